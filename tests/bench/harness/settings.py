"""Keys, policies and configurations for a gateway with no AWS: public keys on files, a local signer."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from . import documents

_KMS_KEY = "arn:aws:kms:us-east-1:000000000000:key/people"


@dataclass(frozen=True)
class Settings:
    """The files that the services and the probe read."""

    folder: Path
    keys: Path
    gateway: Path
    body: Path
    public_key: Path

    def policy(self, name: str) -> Path:
        """One of: miss, envelope, rsa, anywhere-miss, record-miss, record-envelope, table."""
        return self.folder / f"{name}.yaml"


def write(folder: Path, port: int, upstream: int, echo: int) -> Settings:
    """Writes everything, with fresh keys; `echo` is an upstream that answers with what it received."""
    body = folder / "customer.json"
    body.write_bytes(documents.customer_document())
    _write_keys(folder)
    _write_policies(folder)
    gateway = write_gateway(folder, "gateway", port, upstream, echo)
    return Settings(
        folder=folder,
        keys=folder / "keys.yaml",
        gateway=gateway,
        body=body,
        public_key=folder / "people.1.pem",
    )


def write_gateway(folder: Path, name: str, port: int, upstream: int, echo: int) -> Path:
    """A gateway's configuration over the folder's keys and policies."""
    path = folder / f"{name}.yaml"
    path.write_text(_gateway(port, upstream, echo))
    return path


def _write_keys(folder: Path) -> None:
    signer = ec.generate_private_key(ec.SECP256R1())
    (folder / "signer.1.key").write_bytes(_private_pem(signer))
    (folder / "signer.1.pem").write_bytes(_public_pem(signer))
    people = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    # The gateway never reads it: it stands in for KMS where opening is measured.
    (folder / "people.1.key").write_bytes(_private_pem(people))
    (folder / "people.1.pem").write_bytes(_public_pem(people))
    (folder / "edge.key").write_text(secrets.token_hex(32) + "\n")
    (folder / "keys.yaml").write_text(
        "version: 1\n"
        "keys:\n"
        "  people:\n"
        f'    versions: [{{ version: 1, kms_key: "{_KMS_KEY}", public_key: people.1.pem }}]\n'
        "signers:\n"
        "  edge:\n"
        "    versions: [{ version: 1, public_key: signer.1.pem }]\n"
    )


def _write_policies(folder: Path) -> None:
    fields, records = documents.customer_selectors(), documents.record_selectors()
    absent_records = [selector + "_absent" for selector in records]
    _write_policy(folder / "miss.yaml", "envelope", documents.absent_selectors())
    _write_policy(folder / "envelope.yaml", "envelope", fields)
    _write_policy(folder / "rsa.yaml", "rsa", fields)
    anywhere = ["$..ssn_absent", "$..card.number_absent", "$..email_absent"]
    _write_policy(folder / "anywhere-miss.yaml", "envelope", anywhere)
    _write_policy(folder / "record-miss.yaml", "envelope", absent_records)
    _write_policy(folder / "record-envelope.yaml", "envelope", records)
    _write_policy(folder / "table.yaml", "envelope", documents.TABLE_COLUMNS, "columns")


def _write_policy(path: Path, kind: str, places: list[str], field: str = "select") -> None:
    path.write_text(
        "version: 1\n"
        "classes:\n"
        f"  person: {{ kind: {kind}, key: people }}\n"
        "rules:\n"
        f"  - {field}: {json.dumps(places)}\n"
        "    class: person\n"
    )


def _gateway(port: int, upstream: int, echo: int) -> str:
    routes = "".join(
        f"  - {{ match: {{ path: /{path} }}, upstream: {name}, policy: {policy} }}\n"
        for name, prefix in [("application", ""), ("echo", "echo/")]
        for path, policy in [
            (prefix + "none", "none"),
            (prefix + "miss", "miss.yaml"),
            (prefix + "envelope", "envelope.yaml"),
            (prefix + "rsa", "rsa.yaml"),
        ]
    )
    return (
        "version: 1\n"
        f"listen: 127.0.0.1:{port}\n"
        "keys: keys.yaml\n"
        "edge_keys: [edge.key]\n"
        "signer: { name: edge, version: 1, private_key: signer.1.key }\n"
        "upstreams:\n"
        f"  application: {{ url: http://127.0.0.1:{upstream} }}\n"
        f"  echo: {{ url: http://127.0.0.1:{echo} }}\n"
        "routes:\n" + routes
    )


def _private_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _public_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
