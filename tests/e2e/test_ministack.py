"""Against ministack, an AWS emulator that nobody here wrote, with authorization on.

It knows no grants and no kms:EncryptionAlgorithm; everything here needs neither.
"""

import json
import sys

import botocore.exceptions
import pytest

from harness.client import curl
from harness.kms import ACCOUNT, arn
from harness.ministack import Ministack
from harness.process import PROJECT
from harness.tokens import tokens_in
from harness.world import policy, public_pem
from test_round_trip import reveal

sys.path.insert(0, str(PROJECT / "tests" / "interop"))

POLICY = policy(card=("envelope", "payments", "$.card"), ssn=("rsa", "identity", "$.ssn"))
BODY = b'{"card": 4111111111111111, "ssn": "123-45-6789"}'
MAY_REVEAL = (arn("user", "auditor"), arn("role", "analyst"))


def key_policy(*decrypt):
    administration = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "NotAction": "kms:Decrypt",
        "Resource": "*",
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": list(decrypt)},
        "Action": "kms:Decrypt",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [administration, *([statement] if decrypt else [])]})


class Stage:
    """Two keys in ministack, two users, two roles, and a key ring that names them."""

    def __init__(self, world, folder):
        self.world = world
        self.ministack = Ministack(folder)
        self.users = {name: self.ministack.user(name) for name in ("auditor", "stranger")}
        self.ministack.provider()
        for role in ("analyst", "support"):
            self.ministack.role(role)
        self.key_ids, keys = {}, {}
        for name in ("payments", "identity"):
            keys[name] = {"versions": [self._make_key(name)]}
        world.write("ministack.keys.yaml", {**world.ring, "keys": keys})

    def _make_key(self, name):
        kms = self.ministack.client("kms")
        key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT", Policy=key_policy(*MAY_REVEAL))
        self.key_ids[name] = key["KeyMetadata"]["KeyId"]
        pem = public_pem(kms.get_public_key(KeyId=self.key_ids[name])["PublicKey"])
        (self.world.folder / f"ministack.{name}.pem").write_bytes(pem)
        return {"version": 1, "kms_key": key["KeyMetadata"]["Arn"], "public_key": f"ministack.{name}.pem"}

    def decrypt_as(self, user):
        kms = self.ministack.client("kms", self.users[user])
        return lambda key, _version, ciphertext: kms.decrypt(
            KeyId=self.key_ids[key], CiphertextBlob=ciphertext, EncryptionAlgorithm="RSAES_OAEP_SHA_256"
        )["Plaintext"]


@pytest.fixture(scope="module")
def stage(world, tmp_path_factory):
    stage = Stage(world, tmp_path_factory.mktemp("ministack"))
    yield stage
    stage.ministack.stop()


@pytest.fixture(scope="module")
def received(world, stage):
    gateway = world.gateway("ministack", POLICY, keys="ministack.keys.yaml")
    mark = world.upstream.mark()
    assert curl(gateway.url, BODY).status == 200
    return world.upstream.only(mark).body


def test_boto3_opens_as_the_user_whom_the_key_policy_names(stage, received):
    open_token = pytest.importorskip("open_token")
    opened = [open_token.open_token(token, stage.decrypt_as("auditor")) for token in tokens_in(received)]
    assert [value.value for value in opened] == [b"4111111111111111", b"123-45-6789"]


def test_boto3_is_refused_as_another_user(stage, received):
    open_token = pytest.importorskip("open_token")
    for token in tokens_in(received):
        with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
            open_token.open_token(token, stage.decrypt_as("stranger"))


def test_the_detokenize_service_reveals_by_its_key_policy(world, stage, received):
    detokenize = world.detokenize(
        "ministack-detokenize", endpoint=stage.ministack.url, keys="ministack.keys.yaml"
    )
    assert reveal(detokenize, world.token("analyst"), received) == BODY
    assert reveal(detokenize, world.token("support"), received) == received
