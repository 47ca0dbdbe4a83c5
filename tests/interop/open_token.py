"""Opens veilgate tokens with boto3 and cryptography alone, following docs/token-format.md.

    import boto3
    from open_token import kms_decrypt, open_token
    decrypt = kms_decrypt(boto3.client("kms"), {("payments", 1): "arn:aws:kms:..."})
    token = open_token(text, decrypt)
    token.value, token.type, token.class_name

Give `signers` and `edge_key` as well to have the token's origin checked; `unwrap` (from kms_unwrap)
for tokens of kind `siv`; `find_head` for those that only name their data key, and for the records of
a vault (open_record).
"""

import base64
import hashlib
import hmac
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

TYPES = ("text", "number", "boolean", "object", "array", "null")


class NotOpened(Exception):
    """Not a token, altered, or not made by whom it should be."""


class Opened(NamedTuple):
    key: tuple  # (name, version)
    class_name: str
    tenant: str
    type: str  # one of TYPES
    value: bytes  # text, or JSON as it was spelled


def kms_decrypt(kms, key_ring):
    """How tokens are decrypted: by a boto3 KMS client, whose caller the key policy lets or not.

    key_ring: {(key name, version): KMS key id or ARN}.
    """

    def decrypt(name, version, ciphertext):
        if (name, version) not in key_ring:
            raise NotOpened("unknown key")
        answer = kms.decrypt(
            KeyId=key_ring[name, version],
            CiphertextBlob=ciphertext,
            EncryptionAlgorithm="RSAES_OAEP_SHA_256",
        )
        return answer["Plaintext"]

    return decrypt


def kms_unwrap(kms, key_ring):
    """How symmetric keys are had (section 8.1): from a boto3 KMS client, likewise.

    key_ring: {(key name, version): (KMS key id or ARN, the text of the key's file)}.
    """

    def unwrap(name, version):
        if (name, version) not in key_ring:
            raise NotOpened("unknown key")
        kms_key, file = key_ring[name, version]
        answer = kms.decrypt(
            KeyId=kms_key,
            CiphertextBlob=base64.b64decode(file.strip(), validate=True),
            EncryptionContext={"veilgate-key": name, "veilgate-version": str(version)},
        )
        return answer["Plaintext"]

    return unwrap


def derive(secret, purpose, class_name, tenant, length=32):
    """The key of a purpose, class and tenant (section 8.2)."""
    info = b"veilgate/1 " + purpose.encode() + b"\0" + _names(class_name, tenant)
    return HKDFExpand(SHA256(), length, info).derive(secret)


def open_token(token, decrypt, signers=None, edge_key=None, unwrap=None, find_head=None,
               view=None, prefix="~vg1.", suffix="~"):
    """Opens a token of format version 1.

    decrypt: from kms_decrypt, or any function of key name, version and ciphertext.
    signers: {(signer name, version): P-256 public key}; None leaves provenance unchecked.
    edge_key: 32 bytes; None leaves the edge tag unchecked.
    unwrap: from kms_unwrap, or any function of key name and version to a symmetric key.
    find_head: a function of a head's id to the head that the vault keeps, or None.
    view: the name of a view (section 13); None for the value.
    """
    head, body = _split(token, prefix, suffix)
    if len(body) < 16:
        raise NotOpened("too short")
    tagged, edge_tag = body[:-16], body[-16:]
    fields = _Reader(tagged)
    parts = _parts(head)  # section 13
    if view is not None and view not in parts:
        raise NotOpened("no such view")
    part = parts[view or ""] if parts else head
    whole = _kept_head(part[1:], find_head) if part[:1] == b"\x04" else part  # section 12
    reader = _Reader(whole)
    kind, key = reader.take(1)[0], (reader.text(), reader.number(2))
    if kind not in (1, 2, 3):
        raise NotOpened("unknown format")
    class_name, tenant = fields.text(), fields.text()
    names = tagged[: fields.at]
    type_byte = fields.take(1)
    if type_byte[0] >= len(TYPES):
        raise NotOpened("unknown type")
    if kind == 1:
        reader.end()
        if edge_key is not None:  # section 6
            message = b"veilgate/1 edge rsa\0" + len(head).to_bytes(2, "big") + head + tagged
            if not hmac.compare_digest(hmac.digest(edge_key, message, "sha256")[:16], edge_tag):
                raise NotOpened("edge tag")
        value = decrypt(*key, fields.rest())
    elif kind == 3:  # section 8; the cipher's tag is in the edge tag's place
        reader.end()
        if unwrap is None:
            raise NotOpened("a symmetric key is needed")
        siv_key = derive(unwrap(*key), "siv", class_name, tenant, 64)
        value = _siv(siv_key, edge_tag + fields.rest(), [head, names + type_byte])
    else:
        prk = _data_key(reader, whole, key, decrypt, signers)  # section 4, steps 1 to 4
        nonce = fields.take(12)
        if edge_key is not None:
            message = b"veilgate/1 edge envelope\0" + head
            tag = _siphash(hmac.digest(edge_key, message, "sha256")[:16], tagged)
            if not hmac.compare_digest(tag, edge_tag):
                raise NotOpened("edge tag")
        sealed = [fields.take(fields.number(2)) for _ in range(fields.number(1))] if parts else []
        sealed.insert(0, fields.rest())
        if parts and len(parts) != len(sealed):
            raise NotOpened("views")
        place = list(parts).index(view) if view else 0
        value = _gcm(_part_key(prk, names + type_byte, view), nonce, sealed[place])
    value_type = "text" if view else TYPES[type_byte[0]]
    return Opened(key, class_name, tenant, value_type, value)


def open_record(record, token, class_name, tenant, decrypt, find_head, signers=None, view=None):
    """Opens what a vault keeps for a token (sections 12 and 13): the record's type and value."""
    fields = _Reader(record)
    version = fields.number(1)
    if version not in (1, 2):
        raise NotOpened("unknown version")
    type_byte = fields.take(1)
    if type_byte[0] >= len(TYPES):
        raise NotOpened("unknown type")
    head_id, nonce = fields.take(16), fields.take(12)
    views = {}
    for _ in range(fields.number(1) if version == 2 else 0):
        name = fields.text()
        views[name] = fields.take(16), fields.take(fields.number(2))
    sealed = fields.rest()
    if view is not None:
        if view not in views:
            raise NotOpened("no such view")
        head_id, sealed = views[view]
    head = _kept_head(head_id, find_head)
    reader = _Reader(head)
    reader.take(1)
    key = reader.text(), reader.number(2)
    prk = _data_key(reader, head, key, decrypt, signers)
    names = _names(class_name, tenant)
    bound = b"veilgate/1 vault\0" + token.encode()
    value = _gcm(_part_key(prk, names + type_byte, view), nonce, sealed, bound)
    return "text" if view else TYPES[type_byte[0]], value


def open_original(token, decrypt, key, prefix="#01#", suffix="#10#"):
    """Opens a token of the original AWS pattern (section 7). key: (name, version)."""
    return decrypt(*key, base64.b64decode(_inner(token, prefix, suffix), validate=True))


def _siphash(key, message):
    """SipHash-2-4 with a 128-bit tag (Aumasson and Bernstein, 2012)."""
    mask = 2**64 - 1
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v0, v1 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D ^ 0xEE
    v2, v3 = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573

    def turn(word, bits):
        return (word << bits | word >> (64 - bits)) & mask

    def rounds(count):
        nonlocal v0, v1, v2, v3
        for _ in range(count):
            v0, v2 = v0 + v1 & mask, v2 + v3 & mask
            v1, v3 = turn(v1, 13) ^ v0, turn(v3, 16) ^ v2
            v0, v2 = turn(v0, 32) + v3 & mask, v2 + v1 & mask
            v1, v3 = turn(v1, 17) ^ v2, turn(v3, 21) ^ v0
            v2 = turn(v2, 32)

    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) % 256])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v3 ^= word
        rounds(2)
        v0 ^= word
    v2 ^= 0xEE
    rounds(4)
    low = v0 ^ v1 ^ v2 ^ v3
    v1 ^= 0xDD
    rounds(4)
    return (low | (v0 ^ v1 ^ v2 ^ v3) << 64).to_bytes(16, "little")


def _data_key(reader, head, key, decrypt, signers):
    reader.take(4)  # made
    bound = head[: reader.at]
    commitment = reader.take(32)
    wrapped = reader.take(reader.number(2))
    reader.end()
    payload = _Reader(decrypt(*key, wrapped))
    data_key, signer, signature = payload.take(32), (payload.text(), payload.number(2)), payload.rest()
    prk = hmac.digest(bound, data_key, "sha256")  # HKDF-Extract (RFC 5869, section 2.2)
    if not hmac.compare_digest(_expand(prk, b"veilgate/1 commitment"), commitment):
        raise NotOpened("commitment")
    if signers is not None:
        if signer not in signers or len(signature) != 64:
            raise NotOpened("signer")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        message = b"veilgate/1 data key\0" + bound + commitment
        try:
            signers[signer].verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            raise NotOpened("signature") from None
    return prk


def _parts(head):
    """The heads of a value (named "") and of its views, in order; none for other formats."""
    if head[:1] != b"\x05":
        return {}
    reader, parts = _Reader(head), {}
    reader.take(1)
    before = None
    for _ in range(reader.number(1)):
        name = reader.text()
        parts[name] = before = reader.take(reader.number(2)) or before
    reader.end()
    return parts


def _part_key(prk, binding, view):
    """The key of the value, or of a view of it."""
    if view is None:
        return _expand(prk, b"veilgate/1 value\0" + binding)
    return _expand(prk, b"veilgate/1 view\0" + binding + bytes([len(view)]) + view.encode())


def _expand(prk, info):
    return HKDFExpand(SHA256(), 32, info).derive(prk)


def _gcm(key, nonce, sealed, bound=None):
    try:
        return AESGCM(key).decrypt(nonce, sealed, bound)
    except InvalidTag:
        raise NotOpened("altered") from None


def _siv(key, sealed, bound):
    try:
        return AESSIV(key).decrypt(sealed, bound)
    except InvalidTag:
        raise NotOpened("altered") from None


def _kept_head(head_id, find_head):
    head = find_head(bytes(head_id)) if find_head else None
    if head is None or hashlib.sha256(head).digest()[:16] != head_id or head[:1] != b"\x02":
        raise NotOpened("no such head")
    return head


def _names(class_name, tenant):
    names = [name.encode() for name in (class_name, tenant)]
    return b"".join(bytes([len(name)]) + name for name in names)


def _split(token, prefix, suffix):
    parts = _inner(token, prefix, suffix).split(".")
    if len(parts) != 2:
        raise NotOpened("not a token")
    decoded = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts]
    for part, raw in zip(parts, decoded):  # one spelling only
        if base64.urlsafe_b64encode(raw).decode().rstrip("=") != part:
            raise NotOpened("base64url")
    return decoded


def _inner(token, prefix, suffix):
    token = token.decode("ascii") if isinstance(token, bytes) else token
    if not (token.startswith(prefix) and token.endswith(suffix)):
        raise NotOpened("not a token")
    return token[len(prefix) : len(token) - len(suffix)]


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        taken = self.data[self.at : self.at + length]
        if len(taken) != length:
            raise NotOpened("too short")
        self.at += length
        return taken

    def number(self, length):
        return int.from_bytes(self.take(length), "big")

    def text(self):
        return self.take(self.number(1)).decode("utf-8", "replace")

    def rest(self):
        return self.take(len(self.data) - self.at)

    def end(self):
        if self.at != len(self.data):
            raise NotOpened("too long")
