"""Leaving is easy: boto3 and a page of Python open tokens, with nothing of ours but the format's page."""

import base64
import pathlib
import sys

import botocore.exceptions
import pytest
from Crypto.Cipher import PKCS1_OAEP
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA

from harness.client import curl
from harness.process import PROJECT
from harness.tokens import ORIGINAL, tokens_in
from harness.world import policy

sys.path.insert(0, str(PROJECT / "tests" / "interop"))
open_token = pytest.importorskip("open_token")

BODY = '{"card": "4111111111111111", "ssn": 123456789, "long": {"a": ["é", null]}, "old": "Zoë Legacy"}'.encode()
POLICY = policy(
    card=("envelope", "payments", "$.card"),
    ssn=("rsa", "identity", "$.ssn"),
    long=("rsa", "strong", "$.long"),
    old=("rsa", "legacy", "$.old"),
)


@pytest.fixture(scope="module")
def received(world):
    gateway = world.gateway("boto3-alone", POLICY)
    mark = world.upstream.mark()
    assert curl(gateway.url, BODY).status == 200
    return world.upstream.only(mark).body


def opener(world, user):
    """open_token's function, with boto3 as this IAM user."""
    kms = world.kms.client(user)

    def decrypt(key_name, _version, ciphertext):
        return kms.decrypt(
            KeyId=world.key_ids[key_name],
            CiphertextBlob=ciphertext,
            EncryptionAlgorithm="RSAES_OAEP_SHA_256",
        )["Plaintext"]

    return lambda token: open_token.open_token(token, decrypt)


def test_boto3_opens_rsa_and_envelope_tokens(world, received):
    card, ssn, long = tokens_in(received)
    opened = [opener(world, "auditor")(token) for token in (card, ssn, long)]
    assert [value.value for value in opened] == [b"4111111111111111", b"123456789", '{"a": ["é", null]}'.encode()]
    assert [value.type for value in opened] == ["text", "number", "object"]
    assert [value.class_name for value in opened] == ["card", "ssn", "long"]


def test_who_may_not_decrypt_opens_nothing(world, received):
    for token in tokens_in(received):
        with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
            opener(world, "stranger")(token)


def test_a_token_of_the_original_pattern_is_one_kms_decrypt(world, received):
    (token,) = ORIGINAL.findall(received)
    ciphertext = base64.b64decode(token.removeprefix(b'"#01#').removesuffix(b'#10#"'), validate=True)
    answer = world.kms.client("auditor").decrypt(
        KeyId=world.key_ids["legacy"], CiphertextBlob=ciphertext, EncryptionAlgorithm="RSAES_OAEP_SHA_256"
    )
    assert answer["Plaintext"].decode() == "Zoë Legacy"


def test_what_pycryptodome_made_the_original_way_is_revealed(world):
    """As the original Lambda function makes tokens: RSA-OAEP-SHA-256 with the public key, base64, #01#, #10#."""
    detokenize = world.detokenize("boto3-alone-detokenize")
    public = RSA.import_key(pathlib.Path(world.folder / "legacy.1.pem").read_bytes())
    ciphertext = PKCS1_OAEP.new(public, hashAlgo=SHA256).encrypt("Søren".encode())
    token = b"#01#" + base64.b64encode(ciphertext) + b"#10#"
    answer = curl(
        f"{detokenize.url}/v1/detokenize",
        b'{"name": "' + token + b'"}',
        headers=[f"Authorization: Bearer {world.token()}"],
    )
    assert answer.body == '{"name": "Søren"}'.encode()
