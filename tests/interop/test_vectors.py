"""docs/token-vectors.json through open_token.py, which knows docs/token-format.md only."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from open_token import NotOpened, kms_decrypt, open_original, open_token
from private_kms import InvalidCiphertext, PrivateKms

VECTORS = json.loads(
    (Path(__file__).parents[2] / "docs" / "token-vectors.json").read_text("utf-8")
)
KMS = PrivateKms({key["kms_key"]: key["private_key"] for key in VECTORS["keys"]})
DECRYPT = kms_decrypt(
    KMS, {(key["name"], key["version"]): key["kms_key"] for key in VECTORS["keys"]}
)
SIGNERS = {
    (signer["name"], signer["version"]): serialization.load_pem_public_key(
        signer["public_key"].encode()
    )
    for signer in VECTORS["signers"]
}
EDGE_KEY = bytes.fromhex(VECTORS["edge_key"])


def names(vectors, field):
    return [f"{number}-{vector[field]}" for number, vector in enumerate(vectors)]


@pytest.mark.parametrize("vector", VECTORS["tokens"], ids=names(VECTORS["tokens"], "kind"))
def test_opens(vector):
    value = vector["value"].encode()
    if vector["kind"] == "original":
        assert open_original(vector["token"], DECRYPT, (vector["key"], 1)) == value
        return
    for checks in ({}, {"signers": SIGNERS, "edge_key": EDGE_KEY}):
        opened = open_token(vector["token"], DECRYPT, **checks)
        assert opened.key[0] == vector["key"]
        assert (opened.class_name, opened.tenant) == (vector["class"], vector["tenant"])
        assert (opened.type, opened.value) == (vector["type"], value)


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=names(VECTORS["refused"], "why"))
def test_refuses(vector):
    with pytest.raises((NotOpened, InvalidCiphertext)):
        open_token(vector["token"], DECRYPT, SIGNERS, EDGE_KEY)


def test_there_are_vectors_of_both_sorts():
    assert len(VECTORS["tokens"]) > 30
    assert len(VECTORS["refused"]) > 40
