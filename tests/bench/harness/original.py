"""The original pattern's function, written from its description, and what it costs in CPU time.

The AWS pattern runs this in a Lambda function at the edge: parse the JSON body, encrypt each sensitive
field with RSA-OAEP-SHA-256 under the public key, put base64 between #01# and #10#, serialize again.
Everything in its favour: the key is loaded once, and neither Lambda's runtime nor HTTP is counted.
"""

import base64
import json
import time
from pathlib import Path
from typing import Callable

PREFIX, SUFFIX = "#01#", "#10#"
Encrypt = Callable[[bytes], bytes]


def with_cryptography(public_key: Path) -> Encrypt:
    """OAEP by `cryptography`, that is, OpenSSL."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding

    key = serialization.load_pem_public_key(public_key.read_bytes())
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    return lambda value: key.encrypt(value, scheme)


def with_pycryptodome(public_key: Path) -> Encrypt:
    """OAEP by `PyCryptodome`, which the original function uses."""
    from Crypto.Cipher import PKCS1_OAEP
    from Crypto.Hash import SHA256
    from Crypto.PublicKey import RSA

    return PKCS1_OAEP.new(RSA.import_key(public_key.read_bytes()), hashAlgo=SHA256).encrypt


def tokenize_document(body: bytes, encrypt: Encrypt, fields: list[tuple[str, str]]) -> bytes:
    """The function itself."""
    document = json.loads(body)
    for group, name in fields:
        sealed = encrypt(document[group][name].encode())
        document[group][name] = PREFIX + base64.b64encode(sealed).decode() + SUFFIX
    return json.dumps(document).encode()


class Original:
    """The function with either library, ready to be measured in turn with the others."""

    def __init__(self, body: bytes, public_key: Path) -> None:
        self._body = body
        self._fields = [
            (group, name)
            for group, members in json.loads(body).items()
            if isinstance(members, dict)
            for name in members
        ]
        self._libraries = {
            "cryptography": with_cryptography(public_key),
            "PyCryptodome": with_pycryptodome(public_key),
        }

    def cpu_us(self, seconds: float) -> dict[str, float]:
        """CPU microseconds for one document, by library; each runs for so long."""
        return {
            name: self._cpu_us(encrypt, seconds) for name, encrypt in self._libraries.items()
        }

    def _cpu_us(self, encrypt: Encrypt, seconds: float) -> float:
        count, began = 0, time.thread_time()
        while True:
            tokenize_document(self._body, encrypt, self._fields)
            count += 1
            used = time.thread_time() - began
            if used >= seconds:
                return used / count * 1e6
