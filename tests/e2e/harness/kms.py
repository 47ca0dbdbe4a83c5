"""local-kms, with its IAM users and roles, and boto3 clients of it."""

import json
import urllib.request

import boto3
import botocore.config
import yaml

from harness.identity import AUDIENCE, ISSUER, PROVIDER
from harness.process import Process

REGION = "us-east-1"
ACCOUNT = "000000000000"
ROLES = ("analyst", "support")
# IAM users with static access keys. Only the admin has an identity policy.
USERS = ("admin", "auditor", "stranger", "gateway")


def arn(kind, name):
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def access_key(user):
    return f"AKIALOCAL{user.upper():A<11}"[:20], f"local-{user}-secret"


def key_policy(*decrypt):
    """The admin manages the key but cannot decrypt; the principals named may do only that."""
    statements = [
        {
            "Sid": "Administration",
            "Effect": "Allow",
            "Principal": {"AWS": arn("user", "admin")},
            "NotAction": ["kms:Decrypt", "kms:ReEncrypt*"],
            "Resource": "*",
        }
    ]
    if decrypt:
        statements.append(
            {
                "Sid": "Reveal",
                "Effect": "Allow",
                "Principal": {"AWS": list(decrypt)},
                "Action": "kms:Decrypt",
                "Resource": "*",
            }
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def configuration(jwks_file):
    allow_all = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["kms:*", "sts:*"], "Resource": "*"}],
    }
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": arn("oidc-provider", PROVIDER)},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{PROVIDER}:aud": AUDIENCE}},
            }
        ],
    }
    return {
        "version": 1,
        "region": REGION,
        "account": ACCOUNT,
        "users": [
            {
                "name": user,
                "access_key_id": access_key(user)[0],
                "secret_access_key": access_key(user)[1],
                "policies": [allow_all] if user == "admin" else [],
            }
            for user in USERS
        ],
        "roles": [{"name": role, "trust": trust, "policies": []} for role in ROLES],
        "oidc_providers": [{"issuer": ISSUER, "audiences": [AUDIENCE], "jwks_file": str(jwks_file)}],
    }


class LocalKms:
    def __init__(self, folder, jwks_file):
        self.folder = folder
        (folder / "local-kms.yaml").write_text(yaml.safe_dump(configuration(jwks_file)))
        self.process = self._start("127.0.0.1:0")
        (self.url,) = self.process.wait_until_it_listens()

    def _start(self, listen):
        arguments = ["--listen", listen, "--state", "state", "--config", "local-kms.yaml"]
        return Process("veilgate-local-kms", arguments, self.folder)

    def client(self, user="admin", service="kms"):
        return aws_client(service, self.url, *access_key(user))

    def calls(self):
        """Every call that was counted: a list of {operation, principal, outcome, count}."""
        with urllib.request.urlopen(f"{self.url}/_local/calls") as answer:
            return json.load(answer)["calls"]

    def decrypts(self):
        """How many Decrypt calls were answered, whatever the answer."""
        return sum(call["count"] for call in self.calls() if call["operation"] == "kms:Decrypt")

    def stop(self):
        self.process.stop()


def aws_client(service, endpoint, access_key_id, secret_access_key):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=botocore.config.Config(retries={"total_max_attempts": 1}, proxies={}),
    )
