"""docs/token-vectors.json: what `fpe`, `hmac` and `date` make, computed anew by
docs/token-format.md, sections 8 to 11."""

import base64
import datetime
import hmac
import json
import uuid
from pathlib import Path

import ff1
import pytest
from open_token import derive

VECTORS = json.loads(
    (Path(__file__).parents[2] / "docs" / "token-vectors.json").read_text("utf-8")
)
SECRETS = {
    (key["name"], key["version"]): bytes.fromhex(key["plaintext"])
    for key in VECTORS["symmetric_keys"]
}


def settings(vector):
    return VECTORS["classes"][vector["class"]]


def key(vector, purpose):
    secret = SECRETS[vector["key"], vector["version"]]
    return derive(secret, purpose, vector["class"], vector["tenant"])


def names(vectors):
    return [f"{number}-{vector['class']}" for number, vector in enumerate(vectors)]


# NIST's examples for FF1 with AES-256 (samples 7 to 9)
NIST = "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94"
SAMPLES = [
    (10, "", "0123456789", "6657667009"),
    (10, "39383736353433323130", "0123456789", "1001623463"),
    (36, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
]


@pytest.mark.parametrize("radix, tweak, plain, sealed", SAMPLES)
def test_ff1_agrees_with_nist(radix, tweak, plain, sealed):
    plain, sealed = ([int(each, 36) for each in text] for text in (plain, sealed))
    nist, tweak = bytes.fromhex(NIST), bytes.fromhex(tweak)
    assert ff1.encrypt(nist, radix, tweak, plain) == sealed
    assert ff1.decrypt(nist, radix, tweak, sealed) == plain


@pytest.mark.parametrize("vector", VECTORS["fpe"], ids=names(VECTORS["fpe"]))
def test_fpe(vector):
    shape = ff1.Shape(settings(vector))
    assert shape.tokenize(key(vector, "fpe"), vector["value"]) == vector["token"]
    assert shape.reveal(key(vector, "fpe"), vector["token"]) == vector["value"]


@pytest.mark.parametrize("vector", VECTORS["hmac"], ids=names(VECTORS["hmac"]))
def test_hmac(vector):
    tag = hmac.digest(key(vector, "hmac"), vector["value"].encode(), "sha256")
    length = settings(vector).get("length")
    match settings(vector).get("output", "hex"):
        case "hex":
            token = tag.hex()[: length or 64]
        case "base64url":
            token = base64.urlsafe_b64encode(tag).decode()[: length or 43]
        case "digits":
            length = length or 24
            token = str(int.from_bytes(tag[:16], "big") % 10**length).zfill(length)
        case "uuid":
            token = uuid.UUID(bytes=tag[:16]).int & ~(0xF << 76) & ~(3 << 62) | 8 << 76 | 2 << 62
            token = str(uuid.UUID(int=token))
            assert uuid.UUID(token).version == 8 and uuid.UUID(token).variant == uuid.RFC_4122
        case "integer":
            token = str(int.from_bytes(tag[:8], "big") >> 1)
    assert token == vector["token"]


@pytest.mark.parametrize("vector", VECTORS["date"], ids=names(VECTORS["date"]))
def test_date(vector):
    most = settings(vector).get("max_days", 365)
    subject = vector["subject"].encode()
    word = int.from_bytes(hmac.digest(key(vector, "date"), subject, "sha256")[:8], "big")
    days = word % (2 * most) - most
    if days >= 0:
        days += 1
    value = datetime.datetime.strptime(vector["value"], vector["form"].replace("%-", "%"))
    token = value + datetime.timedelta(days=days)
    assert token.strftime(vector["form"]) == vector["token"]
    assert token != value
