"""Symmetric keys: made by `veilgate keys`, wrapped by KMS, unwrapped for whom the key policy names."""

import base64
import json
import subprocess

import botocore.exceptions
import pytest
import yaml

from harness.client import curl
from harness.kms import REGION, access_key, arn
from harness.process import binary
from harness.world import policy
from test_round_trip import reveal


def wrapping_policy(*names):
    """The admin manages the key but cannot decrypt; the gateway may, for keys of these names."""
    may_unwrap = {
        "Effect": "Allow",
        "Principal": {"AWS": arn("user", "gateway")},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:veilgate-key": list(names)}},
    }
    administration = {
        "Effect": "Allow",
        "Principal": {"AWS": arn("user", "admin")},
        "NotAction": ["kms:Decrypt", "kms:ReEncrypt*"],
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [administration, may_unwrap]})


def keys(world, folder, *arguments, user="gateway"):
    """Runs `veilgate keys` in a folder, as one of the users."""
    access_key_id, secret_access_key = access_key(user)
    return subprocess.run(
        [binary("veilgate"), "keys", *arguments],
        cwd=folder,
        env={
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_KMS": world.kms.url,
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": secret_access_key,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def wrapping_key(world):
    """A symmetric KMS key with which the gateway may unwrap the key `joins`."""
    made = world.kms.client().create_key(Policy=wrapping_policy("joins"))
    return made["KeyMetadata"]["KeyId"]


def create(world, folder, kms_key, name):
    """Makes a version of a key, and adds what is printed to the ring."""
    ring = folder / "keys.yaml"
    command = ["create", "--ring", "keys.yaml", "--key", name, "--kms-key", kms_key]
    done = keys(world, folder, *command, user="admin")
    assert done.returncode == 0, done.stderr
    with open(ring, "a") as file:
        file.write(done.stdout)
    return yaml.safe_load(ring.read_text())["keys"][name]["versions"][-1]


def decrypt(world, folder, version, context):
    """Decrypts a version's file with boto3, as the gateway, in the context {"veilgate-…": …}."""
    return world.kms.client("gateway").decrypt(
        KeyId=version["kms_key"],
        CiphertextBlob=base64.b64decode((folder / version["wrapped_key"]).read_text()),
        EncryptionContext={f"veilgate-{name}": value for name, value in context.items()},
    )["Plaintext"]


def test_the_key_policy_tells_keys_apart_by_the_encryption_context(world, tmp_path, wrapping_key):
    first = create(world, tmp_path, wrapping_key, "joins")
    second = create(world, tmp_path, wrapping_key, "joins")
    other = create(world, tmp_path, wrapping_key, "others")
    assert (first["version"], second["version"], other["version"]) == (1, 2, 1)

    contexts = [{"key": "joins", "version": number} for number in ("1", "2")]
    plain = [decrypt(world, tmp_path, *each) for each in zip((first, second), contexts)]
    assert [len(each) for each in plain] == [32, 32] and plain[0] != plain[1]
    for version, context, code in [
        (other, {"key": "others", "version": "1"}, "AccessDeniedException"),
        (other, {"key": "joins", "version": "1"}, "InvalidCiphertextException"),
        (first, {"key": "joins", "version": "2"}, "InvalidCiphertextException"),
        (first, {"key": "joins"}, "InvalidCiphertextException"),
        (first, {}, "AccessDeniedException"),
    ]:
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            decrypt(world, tmp_path, version, context)
        assert refused.value.response["Error"]["Code"] == code, context

    done = keys(world, tmp_path, "check", "--ring", "keys.yaml")
    assert done.returncode == 1, done.stderr
    first_line, second_line, third_line = done.stdout.splitlines()
    assert first_line.startswith("right  key joins version 1") and second_line.startswith("right  key joins version 2")
    assert third_line.startswith("wrong  key others version 1") and "kms:Decrypt" in third_line

    world.kms.client().put_key_policy(KeyId=wrapping_key, Policy=wrapping_policy("joins", "others"))
    done = keys(world, tmp_path, "check", "--ring", "keys.yaml")
    assert done.returncode == 0, done.stdout
    shown = done.stdout + done.stderr + "".join(file.read_text() for file in tmp_path.iterdir())
    for secret in plain:
        assert secret.hex() not in shown and base64.b64encode(secret).decode() not in shown


def test_who_may_not_make_keys_leaves_no_file(world, tmp_path, wrapping_key):
    command = ["create", "--ring", "keys.yaml", "--key", "joins", "--kms-key", wrapping_key]
    done = keys(world, tmp_path, *command, user="stranger")
    assert done.returncode == 1 and "kms:GenerateDataKeyWithoutPlaintext" in done.stderr
    assert not done.stdout and not list(tmp_path.iterdir())


def test_a_key_that_boto3_wrapped_is_as_good(world, tmp_path, wrapping_key):
    version = create(world, tmp_path, wrapping_key, "joins")
    wrapped = world.kms.client().encrypt(
        KeyId=wrapping_key,
        Plaintext=bytes(range(32)),
        EncryptionContext={"veilgate-key": "joins", "veilgate-version": "1"},
    )["CiphertextBlob"]
    (tmp_path / version["wrapped_key"]).write_bytes(base64.b64encode(wrapped))
    done = keys(world, tmp_path, "check", "--ring", "keys.yaml")
    assert done.returncode == 0, done.stdout


def test_services_start_with_a_ring_that_has_one(world, wrapping_key):
    """A key that no policy uses is not unwrapped: this gateway has no credentials."""
    command = ["create", "--ring", "keys.yaml", "--key", "joins", "--kms-key", wrapping_key]
    done = keys(world, world.folder, *command, user="admin")
    assert done.returncode == 0, done.stderr
    ring = yaml.safe_load("keys:\n" + done.stdout)["keys"]
    ring = world.write("symmetric.keys.yaml", {**world.ring, "keys": {**world.ring["keys"], **ring}})
    gateway = world.gateway("symmetric", policy(card=("envelope", "payments", "$.card")), keys=ring)
    detokenize = world.detokenize("symmetric-detokenize", keys=ring)
    mark = world.upstream.mark()
    assert curl(gateway.url, b'{"card": 4111}').status == 200
    received = world.upstream.only(mark).body
    assert b"4111" not in received
    assert reveal(detokenize, world.token(), received) == b'{"card": 4111}'
