"""Everything that a test meets: KMS with keys, an upstream, callers, and services started on demand."""

import json
import pathlib
import secrets

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.identity import AUDIENCE, ISSUER, Identity
from harness.kms import REGION, ROLES, LocalKms, access_key, arn, key_policy
from harness.process import Process
from harness.upstream import Upstream

# Key name, KMS key spec, and what else its entry in the key ring says.
KEYS = {
    "payments": ("RSA_2048", {}),
    "identity": ("RSA_2048", {}),
    "strong": ("RSA_4096", {}),
    "legacy": ("RSA_2048", {"format": "original", "prefix": "#01#", "suffix": "#10#"}),
}
ALLOWED = (arn("role", "analyst"), arn("user", "auditor"))


class World:
    """One folder, one KMS, one upstream; as many gateways and detokenize services as the tests want."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.identity = Identity(self.folder)
        self.kms = LocalKms(self.folder, self.identity.jwks_file)
        self.upstream = Upstream()
        self.key_ids = {}
        self.plaintexts = set()
        self.started = []
        self._make_keys()

    def _make_keys(self):
        admin = self.kms.client()
        versions = {}
        for name, (spec, _) in KEYS.items():
            key = admin.create_key(KeySpec=spec, KeyUsage="ENCRYPT_DECRYPT", Policy=key_policy(*ALLOWED))
            metadata = key["KeyMetadata"]
            self.key_ids[name] = metadata["KeyId"]
            der = admin.get_public_key(KeyId=metadata["KeyId"])["PublicKey"]
            (self.folder / f"{name}.1.pem").write_bytes(public_pem(der))
            versions[name] = [{"version": 1, "kms_key": metadata["Arn"], "public_key": f"{name}.1.pem"}]
        self.ring = {
            "version": 1,
            "keys": {name: {**extra, "versions": versions[name]} for name, (_, extra) in KEYS.items()},
            "signers": {"edge": {"versions": [{"version": 1, "public_key": "signer.1.pem"}]}},
        }
        self.write("keys.yaml", self.ring)
        (self.folder / "edge.key").write_text(secrets.token_hex(32))
        signer = ec.generate_private_key(ec.SECP256R1())
        (self.folder / "signer.1.key").write_bytes(
            signer.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        (self.folder / "signer.1.pem").write_bytes(
            signer.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def admin_environment(self):
        """For a service that is to use KMS by itself, as the administrator."""
        access_key_id, secret_access_key = access_key("admin")
        return {
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_KMS": self.kms.url,
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": secret_access_key,
        }

    def write(self, name, document):
        path = self.folder / name
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
        return name

    def allow(self, key, *principals):
        """Replaces a key's policy: these principals may decrypt, and nobody else."""
        self.kms.client().put_key_policy(KeyId=self.key_ids[key], Policy=key_policy(*principals))

    def keep_secret(self, *values):
        """Plaintext that must be in no log at the end of the run."""
        self.plaintexts.update(values)

    def token(self, role="analyst", **claims):
        return self.identity.token(f"a-{role}", role, **claims)

    def gateway(self, name, policy=None, *, routes=None, environment=None, **settings):
        """Starts a gateway: either one policy for every path, or a list of routes. Its environment is empty."""
        if routes is None:
            routes = [{"match": {"path": "/*"}, "upstream": "app", "policy": self.write(f"{name}.policy.yaml", policy)}]
        document = {
            "version": 1,
            "listen": "127.0.0.1:0",
            "keys": "keys.yaml",
            "edge_keys": ["edge.key"],
            "signer": {"name": "edge", "version": 1, "private_key": "signer.1.key"},
            "upstreams": {"app": {"url": self.upstream.url}},
            "routes": routes,
            **settings,
        }
        return self._service("veilgate-gateway", name, document, environment or {})

    def detokenize(self, name, endpoint=None, **settings):
        """Starts a detokenize service. It has no credentials of its own; KMS and STS are at `endpoint`."""
        document = {
            "version": 1,
            "listen": "127.0.0.1:0",
            "keys": "keys.yaml",
            "edge_keys": ["edge.key"],
            "callers": [
                {
                    "issuer": ISSUER,
                    "audience": AUDIENCE,
                    "roles": [
                        {"claim": "groups", "value": role, "role": arn("role", role)} for role in ROLES
                    ],
                }
            ],
            "cache": {"credentials": "5m", "data_keys": "2s", "refusals": "2s"},
            "audit": f"{name}.audit.jsonl",
            **settings,
        }
        environment = {
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_KMS": endpoint or self.kms.url,
            "AWS_ENDPOINT_URL_STS": endpoint or self.kms.url,
        }
        service = self._service("veilgate-detokenize", name, document, environment)
        service.audit_file = self.folder / f"{name}.audit.jsonl"
        return service

    def _service(self, binary, name, document, environment):
        self.write(f"{name}.yaml", document)
        process = Process(binary, ["--config", f"{name}.yaml"], self.folder, environment, name)
        self.started.append(process)
        return Service(process, process.wait_until_it_listens()[0])

    def stop(self):
        """Stops everything, the last first; reports what would not stop."""
        failures = []
        for process in [*reversed(self.started), self.kms.process]:
            try:
                process.stop()
            except RuntimeError as failure:
                failures.append(str(failure))
        self.upstream.close()
        assert not failures, failures


class Service:
    """A running service: its process and its address."""

    audit_file = None

    def __init__(self, process, url):
        self.process = process
        self.url = url

    def audit(self):
        """The line that each call leaves when it ends; a streamed answer leaves one at its start too."""
        lines = [json.loads(line) for line in self.audit_file.read_text().splitlines()]
        return [line for line in lines if line["event"] == "detokenize"]


def public_pem(der):
    key = serialization.load_der_public_key(der)
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def policy(**classes_to_selectors):
    """A policy in short: class name -> (kind, key, selector or selectors)."""
    return {
        "version": 1,
        "classes": {
            name: {"kind": kind, "key": key} for name, (kind, key, _) in classes_to_selectors.items()
        },
        "rules": [
            {"name": name, "select": selectors, "class": name}
            for name, (_, _, selectors) in classes_to_selectors.items()
        ],
    }
