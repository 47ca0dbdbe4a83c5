"""KMS keys that `veilgate keys` makes and imports: the key policy that it writes decides."""

import base64
import hashlib
import hmac
import json
import os
import uuid

import botocore.exceptions
import pytest
import yaml
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from harness.client import curl
from harness.kms import arn
from test_kinds import gateway_environment
from test_symmetric_keys import keys

OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
ADMIN = ("--administrator", arn("user", "admin"))


def make(world, folder, command, purpose, name, *more, user="admin"):
    alias = f"alias/{uuid.uuid4()}"
    arguments = [command, "--for", purpose, "--ring", "keys.yaml", "--key", name, "--alias", alias, *ADMIN, *more]
    return alias, keys(world, folder, *arguments, user=user)


def made(world, folder, *arguments):
    alias, done = make(world, folder, *arguments)
    assert done.returncode == 0, done.stderr
    return alias, done.stdout


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"]


def test_an_rsa_key_opens_for_whom_its_policy_names(world, tmp_path):
    people = ("--reveal", arn("user", "auditor"), "--gateway", arn("user", "gateway"), "--spec", "RSA_2048")
    alias, lines = made(world, tmp_path, "create-kms-key", "tokens", "payments", *people)
    (tmp_path / "keys.yaml").write_text(lines)
    version = yaml.safe_load(lines)["keys"]["payments"]["versions"][0]
    public = serialization.load_pem_public_key((tmp_path / version["public_key"]).read_bytes())
    question = {
        "KeyId": version["kms_key"],
        "CiphertextBlob": public.encrypt(b"value", OAEP),
        "EncryptionAlgorithm": "RSAES_OAEP_SHA_256",
    }
    assert world.kms.client("auditor").decrypt(**question)["Plaintext"] == b"value"
    for user in ("admin", "gateway", "stranger"):
        assert refused(world.kms.client(user).decrypt, **question) == "AccessDeniedException"
    assert world.kms.client("gateway").get_public_key(KeyId=alias)["KeyId"] == version["kms_key"]

    done = keys(world, tmp_path, "check", "--ring", "keys.yaml")
    assert done.returncode == 0, done.stdout
    done = keys(world, tmp_path, "list", "--ring", "keys.yaml", user="admin")
    assert done.returncode == 0, done.stdout
    row = done.stdout.splitlines()[1]
    assert row.startswith("key payments  1 newest") and version["kms_key"] in row and "Enabled" in row
    world.kms.client().disable_key(KeyId=version["kms_key"])
    done = keys(world, tmp_path, "list", "--ring", "keys.yaml", user="admin")
    assert done.returncode == 1 and "wrong  key payments version 1" in done.stdout


def test_a_dry_run_makes_nothing_and_a_creator_is_not_locked_out(world, tmp_path):
    before = world.kms.client().list_keys()["Keys"]
    people = ("--reveal", arn("user", "auditor"))
    alias, done = make(world, tmp_path, "create-kms-key", "wrapping", "joins", *people, "--dry-run")
    assert done.returncode == 0, done.stderr
    policy = json.loads(done.stdout)
    assert {each["Sid"] for each in policy["Statement"]} == {"Manage", "MakeWrappedKeys", "Reveal"}

    other = ("create-kms-key", "--for", "mac", "--ring", "keys.yaml", "--key", "names", "--alias", alias)
    for administrator in (arn("user", "auditor"), arn("user", "nobody")):
        done = keys(world, tmp_path, *other, "--administrator", administrator, user="admin")
        assert done.returncode == 1 and "MalformedPolicyDocumentException" in done.stderr
        assert "--administrator" in done.stderr and "lock out" in done.stderr
    assert world.kms.client().list_keys()["Keys"] == before and not list(tmp_path.iterdir())


def test_an_alias_that_is_there_is_not_moved(world, tmp_path):
    alias, _ = made(world, tmp_path, "create-kms-key", "mac", "names")
    before = world.kms.client().list_keys()["Keys"]
    again = ("create-kms-key", "--for", "mac", "--ring", "keys.yaml", "--key", "names", "--alias", alias, *ADMIN)
    done = keys(world, tmp_path, *again, user="admin")
    assert done.returncode == 1 and "not moved" in done.stderr
    assert world.kms.client().list_keys()["Keys"] == before


def test_a_wrapping_key_wraps_one_key_of_the_ring(world, tmp_path):
    people = ("--gateway", arn("user", "gateway"))
    alias, lines = made(world, tmp_path, "create-kms-key", "wrapping", "joins", *people)
    assert not lines
    for name, expected in (("joins", 0), ("others", 1)):
        command = ("create", "--ring", "keys.yaml", "--key", name, "--kms-key", alias)
        done = keys(world, tmp_path, *command, user="admin")
        assert done.returncode == expected, done.stderr
        if not expected:
            (tmp_path / "keys.yaml").write_text(done.stdout)
    done = keys(world, tmp_path, "check", "--ring", "keys.yaml")
    assert done.returncode == 0, done.stdout


def pem(private):
    encoding = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private.private_bytes(*encoding)


def test_keys_made_outside_are_imported_and_never_shown(world, tmp_path):
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (tmp_path / "rsa.key").write_bytes(pem(private))
    people = ("--reveal", arn("user", "auditor"), "--private-key", "rsa.key")
    alias, lines = made(world, tmp_path, "import-kms-key", "tokens", "payments", *people)
    question = {"CiphertextBlob": private.public_key().encrypt(b"v", OAEP), "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    assert world.kms.client("auditor").decrypt(KeyId=alias, **question)["Plaintext"] == b"v"
    assert "payments.1.pem" in lines

    (tmp_path / "p256.key").write_bytes(pem(ec.generate_private_key(ec.SECP256R1())))
    people = ("--gateway", arn("user", "gateway"), "--private-key", "p256.key")
    _, lines = made(world, tmp_path, "import-kms-key", "signer", "edge", *people)
    assert yaml.safe_load(lines)["signers"]["edge"]["versions"][0]["public_key"] == "edge.1.pem"

    secret = os.urandom(32)
    (tmp_path / "mac.key").write_text(secret.hex())
    people = ("--gateway", arn("user", "gateway"), "--secret-key", "mac.key", "--valid-to", "2099-01-01T00:00:00Z")
    _, done = make(world, tmp_path, "import-kms-key", "mac", "names", *people)
    assert done.returncode == 1 and "schedule-key-deletion" in done.stderr
    alias, done = make(world, tmp_path, "import-kms-key", "mac", "names", *people[:-2])
    assert done.returncode == 0, done.stderr
    assert secret.hex() not in done.stdout + done.stderr
    question = {"KeyId": alias, "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    assert world.kms.client("gateway").generate_mac(**question)["Mac"] == hmac.digest(secret, b"m", "sha256")
    assert refused(world.kms.client().generate_mac, **question) == "AccessDeniedException"
    log = world.folder.rglob("*.log")
    assert all(secret.hex() not in file.read_text() for file in log)
    assert base64.b64encode(secret).decode() not in done.stderr


def test_kms_makes_the_tokens_of_an_hmac_class(world, tmp_path):
    gateway_user = arn("user", "gateway")
    _, lines = made(world, tmp_path, "create-kms-key", "mac", "people", "--gateway", gateway_user)
    people = yaml.safe_load(lines)["keys"]
    ring = world.write("macs.keys.yaml", {**world.ring, "keys": {**world.ring["keys"], **people}})
    policy = {
        "version": 1,
        "classes": {"person": {"kind": "hmac", "key": "people"}, "row": {"kind": "hmac", "key": "people", "output": "integer"}},
        "rules": [{"select": "$.name", "class": "person"}, {"select": "$.id", "class": "row"}],
    }
    gateway = world.gateway("macs", policy, keys=ring, environment=gateway_environment(world))
    body = json.dumps({"name": "Grace Hopper", "id": "7"}).encode()
    mark = world.upstream.mark()
    assert curl(gateway.url, body, content_type="application/json").status == 200
    sent = json.loads(world.upstream.only(mark).body)

    kms_key = people["people"]["versions"][0]["mac_key"]
    def mac(name, value):
        message = b"veilgate/1 mac\0" + bytes([len(name)]) + name.encode() + b"\0" + hashlib.sha256(value).digest()
        client = world.kms.client("gateway")
        return client.generate_mac(KeyId=kms_key, MacAlgorithm="HMAC_SHA_256", Message=message)["Mac"]
    assert sent["name"] == mac("person", b"Grace Hopper").hex()
    assert sent["id"] == int.from_bytes(mac("row", b"7")[:8], "big") >> 1

    admin = world.kms.client()
    taken = json.loads(admin.get_key_policy(KeyId=kms_key)["Policy"])
    taken["Statement"] = [each for each in taken["Statement"] if each["Sid"] != "Gateways"]
    admin.put_key_policy(KeyId=kms_key, Policy=json.dumps(taken))
    mark = world.upstream.mark()
    assert curl(gateway.url, body, content_type="application/json").status == 200, "remembered"
    answer = curl(gateway.url, b'{"name": "Ada Lovelace"}', content_type="application/json")
    problem = json.loads(answer.body)
    assert (answer.status, problem["code"], problem["retry"]) == (503, "mac-unavailable", True)
    assert b"Ada" not in answer.body and len(world.upstream.since(mark)) == 1
    with pytest.raises(RuntimeError, match="allow the gateway.s role `kms:GenerateMac`"):
        world.gateway("macs-denied", policy, keys=ring, environment=gateway_environment(world))
