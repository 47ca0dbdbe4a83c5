"""Key files, and the Rust side's tokens, for tests of other implementations."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from command_line import SIZES, openssl

ROOT = Path(__file__).parents[2]
POLICY = """
version: 1
classes:
  rsa-2048: { kind: rsa, key: small }
  rsa-3072: { kind: rsa, key: middle }
  rsa-4096: { kind: rsa, key: large }
rules:
  - { select: $.a, class: rsa-2048 }
  - { select: $.b, class: rsa-3072 }
  - { select: $.c, class: rsa-4096 }
"""


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """A folder with a policy, a key ring of the original format, and all keys, made by OpenSSL."""
    folder = tmp_path_factory.mktemp("keys")
    ring = ["version: 1", "keys:"]
    for name, bits in SIZES.items():
        private, public = folder / f"{name}.key", folder / f"{name}.pem"
        openssl("genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}",
                "-out", private)
        openssl("pkey", "-in", private, "-pubout", "-out", public)
        ring.append(
            f'  {name}: {{ format: original, prefix: "#01#", suffix: "#10#", '
            f"versions: [{{ version: 1, kms_key: alias/{name}, public_key: {name}.pem }}] }}"
        )
    openssl("genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-out", folder / "signer.key")
    openssl("pkey", "-in", folder / "signer.key", "-pubout", "-out", folder / "signer.pem")
    ring += ["signers:", "  edge: { versions: [{ version: 1, public_key: signer.pem }] }", ""]
    (folder / "keys.yaml").write_text("\n".join(ring))
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "edge.key").write_text("07" * 32)
    return folder


@pytest.fixture(scope="session")
def make_tokens(keys):
    """Tokens that veilgate makes: a list of {class, value} to a list of tokens."""
    cargo = ["cargo", "run", "--quiet", "-p", "seal", "--example", "make_tokens", "--"]
    files = [keys / "policy.yaml", keys / "keys.yaml", keys / "edge.key", keys / "signer.key"]

    def make(lines):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        done = subprocess.run(
            [*cargo, *map(str, files)], input=text.encode(), capture_output=True, cwd=ROOT,
            env=os.environ,
        )
        assert done.returncode == 0, done.stderr.decode()
        tokens = done.stdout.decode("ascii").splitlines()
        assert len(tokens) == len(lines)
        return tokens

    return make
