"""Key versions, a signer in KMS, gateways behind one another, and what the AWS command line opens."""

import base64
import copy
import json
import os
import shutil
import subprocess
import sys

import pytest

from harness.client import curl
from harness.kms import REGION, access_key, key_policy
from harness.tokens import ORIGINAL, tokens_in
from harness.world import ALLOWED, policy, public_pem
from test_round_trip import reveal

POLICY = policy(card=("envelope", "payments", "$.card"), ssn=("rsa", "identity", "$.ssn"))
BODY = b'{"card": "4111111111111111", "ssn": "078-05-1120"}'


def send(world, gateway, body=BODY, **options):
    mark = world.upstream.mark()
    answer = curl(gateway.url, body, **options)
    assert answer.status == 200, answer.body
    return world.upstream.only(mark).body


@pytest.fixture(scope="module")
def second_ring(world):
    """The ring after a rotation: `payments` and `identity` have a second version, under keys of their own."""
    admin, ring = world.kms.client(), copy.deepcopy(world.ring)
    for name in ("payments", "identity"):
        key = admin.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT", Policy=key_policy(*ALLOWED))
        arn = key["KeyMetadata"]["Arn"]
        (world.folder / f"{name}.2.pem").write_bytes(public_pem(admin.get_public_key(KeyId=arn)["PublicKey"]))
        ring["keys"][name]["versions"].append({"version": 2, "kms_key": arn, "public_key": f"{name}.2.pem"})
    return world.write("rotated.keys.yaml", ring)


def test_after_a_rotation_old_tokens_still_open(world, second_ring):
    old = send(world, world.gateway("before-rotation", POLICY))
    gateway = world.gateway("after-rotation", POLICY, keys=second_ring)
    detokenize = world.detokenize("after-rotation-detokenize", keys=second_ring)

    new = send(world, gateway)
    assert reveal(detokenize, world.token(), b"[%s, %s]" % (old, new)) == b"[%s, %s]" % (BODY, BODY)


def test_after_a_rotation_new_tokens_need_the_new_version(world, second_ring):
    new = send(world, world.gateway("after-rotation-2", POLICY, keys=second_ring))
    unaware = world.detokenize("unaware-detokenize")
    assert reveal(unaware, world.token(), new) == new


def test_old_tokens_pass_a_gateway_that_has_a_newer_version(world, second_ring):
    old = send(world, world.gateway("before-rotation-3", POLICY))
    assert send(world, world.gateway("after-rotation-3", POLICY, keys=second_ring), old) == old


def test_a_signer_in_kms(world):
    admin, ring = world.kms.client(), copy.deepcopy(world.ring)
    key = admin.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    (world.folder / "signer.2.pem").write_bytes(public_pem(admin.get_public_key(KeyId=key)["PublicKey"]))
    ring["signers"]["edge"]["versions"].append({"version": 2, "kms_key": key, "public_key": "signer.2.pem"})
    keys = world.write("kms-signer.keys.yaml", ring)
    gateway = world.gateway(
        "kms-signer",
        POLICY,
        keys=keys,
        signer={"name": "edge", "version": 2},
        environment=world.admin_environment(),
    )
    received = send(world, gateway)
    assert reveal(world.detokenize("kms-signer-detokenize", keys=keys), world.token(), received) == BODY
    assert reveal(world.detokenize("no-signer-detokenize"), world.token(), received).count(b"~vg1.") == 1


def test_a_signer_in_kms_that_cannot_be_reached_forwards_nothing(world):
    ring = copy.deepcopy(world.ring)
    version = {"version": 2, "kms_key": "alias/signer", "public_key": "signer.1.pem"}
    ring["signers"]["edge"]["versions"].append(version)
    gateway = world.gateway(
        "no-signer",
        POLICY,
        keys=world.write("no-signer.keys.yaml", ring),
        signer={"name": "edge", "version": 2},
        environment={**world.admin_environment(), "AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:9"},
    )
    mark = world.upstream.mark()
    answer = curl(gateway.url, BODY)
    assert answer.status == 503 and answer.problem()["retry"] is True
    assert world.upstream.since(mark) == []


def test_a_data_key_that_no_signer_of_the_ring_signed_opens_nothing(world):
    """Anyone can encrypt with a public key: what another gateway made under the same one is foreign."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pair = ec.generate_private_key(ec.SECP256R1())
    encoding = serialization.Encoding.PEM
    private = pair.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = pair.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    (world.folder / "foreign.key").write_bytes(private)
    (world.folder / "foreign.pem").write_bytes(public)
    ring = copy.deepcopy(world.ring)
    ring["signers"]["edge"]["versions"][0]["public_key"] = "foreign.pem"
    gateway = world.gateway(
        "foreign",
        policy(card=("envelope", "payments", "$.card")),
        keys=world.write("foreign.keys.yaml", ring),
        signer={"name": "edge", "version": 1, "private_key": "foreign.key"},
    )
    received = send(world, gateway, b'{"card": "x"}')
    assert reveal(world.detokenize("foreign-detokenize"), world.token(), received) == received


def test_two_gateways_behind_one_another_over_http2(world):
    last = world.gateway("chain-last", POLICY)
    first = world.gateway("chain-first", POLICY, upstreams={"app": {"url": last.url, "protocol": "http2"}})
    for size in (1, 3000):
        body = json.dumps([{"card": "no match"}] * size).encode()
        assert send(world, first, body) == body
        received = send(world, first)
        assert len(tokens_in(received)) == 2
        assert reveal(world.detokenize(f"chain-detokenize-{size}"), world.token(), received) == BODY


def test_kms_that_cannot_be_reached_is_an_error_and_no_refusal(world):
    """Tokens that come back unchanged would say that the caller may not see them."""
    received = send(world, world.gateway("unreachable", POLICY))
    detokenize = world.detokenize("unreachable-detokenize", endpoint="http://127.0.0.1:9")
    answer = curl(
        f"{detokenize.url}/v1/detokenize", received, headers=[f"Authorization: Bearer {world.token()}"]
    )
    assert answer.status in (502, 503, 504)
    assert answer.problem()["retry"] is True


def test_the_aws_command_line_opens_a_token_of_the_original_pattern(world, tmp_path):
    received = send(world, world.gateway("aws-cli", policy(old=("rsa", "legacy", "$.old"))), b'{"old": "Ada"}')
    (token,) = ORIGINAL.findall(received)
    ciphertext = token.removeprefix(b'"#01#').removesuffix(b'#10#"').decode()
    opened = aws(world, "auditor", ciphertext, tmp_path)
    assert opened.stdout == base64.b64encode(b"Ada") + b"\n", opened.stderr
    refused = aws(world, "stranger", ciphertext, tmp_path)
    assert refused.returncode != 0 and b"AccessDenied" in refused.stderr


def aws(world, user, ciphertext, folder):
    """`aws kms decrypt` as one of the users."""
    file = folder / "ciphertext"
    file.write_bytes(base64.b64decode(ciphertext))
    access_key_id, secret_access_key = access_key(user)
    program = shutil.which("aws", path=os.path.dirname(sys.executable)) or shutil.which("aws")
    if program is None:
        pytest.skip("the AWS command line is not installed")
    return subprocess.run(
        [program, "kms", "decrypt", "--key-id", world.key_ids["legacy"], "--ciphertext-blob", f"fileb://{file}"]
        + ["--encryption-algorithm", "RSAES_OAEP_SHA_256", "--query", "Plaintext", "--output", "text"],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": world.kms.url,
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": secret_access_key,
        },
        capture_output=True,
        check=False,
    )
