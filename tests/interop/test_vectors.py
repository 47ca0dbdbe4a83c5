"""docs/token-vectors.json through open_token.py, which knows docs/token-format.md only."""

import base64
import hmac
import json
from pathlib import Path

import pytest
from Crypto.Cipher import AES
from cryptography.hazmat.primitives import serialization
from open_token import (
    TYPES,
    NotOpened,
    derive,
    kms_decrypt,
    kms_unwrap,
    open_original,
    open_record,
    open_token,
)
from private_kms import InvalidCiphertext, PrivateKms

VECTORS = json.loads(
    (Path(__file__).parents[2] / "docs" / "token-vectors.json").read_text("utf-8")
)
SECRETS = VECTORS["symmetric_keys"]


def ciphertext(key):
    """Stands for what KMS made of the key."""
    return f"{key['name']} {key['version']}".encode()


KMS = PrivateKms(
    {key["kms_key"]: key["private_key"] for key in VECTORS["keys"]},
    [(key["kms_key"], ciphertext(key), key["context"], bytes.fromhex(key["plaintext"]))
     for key in SECRETS],
)
DECRYPT = kms_decrypt(
    KMS, {(key["name"], key["version"]): key["kms_key"] for key in VECTORS["keys"]}
)
UNWRAP = kms_unwrap(
    KMS,
    {(key["name"], key["version"]): (key["kms_key"], base64.b64encode(ciphertext(key)) + b"\n")
     for key in SECRETS},
)
HEADS = {bytes.fromhex(kept["id"]): bytes.fromhex(kept["head"]) for kept in VECTORS["heads"]}
OPENS = {"unwrap": UNWRAP, "find_head": HEADS.get}
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
        opened = open_token(vector["token"], DECRYPT, **checks, **OPENS)
        assert opened.key == (vector["key"], vector.get("version", opened.key[1]))
        assert (opened.class_name, opened.tenant) == (vector["class"], vector["tenant"])
        assert (opened.type, opened.value) == (vector["type"], value)


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=names(VECTORS["refused"], "why"))
def test_refuses(vector):
    with pytest.raises((NotOpened, InvalidCiphertext)):
        open_token(vector["token"], DECRYPT, SIGNERS, EDGE_KEY, **OPENS)


@pytest.mark.parametrize("vector", VECTORS["records"], ids=names(VECTORS["records"], "class"))
def test_opens_records(vector):
    named = vector["token"], vector["class"], vector["tenant"]
    value = vector["value"].encode()
    for signers in (None, SIGNERS):
        record = bytes.fromhex(vector["record"])
        opened = open_record(record, *named, DECRYPT, HEADS.get, signers)
        assert opened == (vector["type"], value)
    if index := vector["index"]:
        secret = UNWRAP(index["key"], index["version"])
        key = derive(secret, "index", vector["class"], vector["tenant"])
        message = bytes([TYPES.index(vector["type"])]) + value
        assert hmac.digest(key, message, "sha256").hex() == index["mac"]


@pytest.mark.parametrize("vector", VECTORS["views"], ids=names(VECTORS["views"], "kind"))
def test_opens_views(vector):
    whole = (vector["type"], vector["value"].encode())
    expected = {None: whole} | {
        name: ("text", shown.encode()) for name, shown in vector["views"].items()
    }
    for view, value in expected.items():
        if vector["kind"] == "vault":
            record = bytes.fromhex(vector["record"])
            named = vector["token"], vector["class"], vector["tenant"]
            opened = open_record(record, *named, DECRYPT, HEADS.get, SIGNERS, view)
        else:
            opened = open_token(vector["token"], DECRYPT, SIGNERS, EDGE_KEY, **OPENS, view=view)
            assert opened.key[0] == ("identity" if view else "payments")
            opened = opened.type, opened.value
        assert opened == value, view


@pytest.mark.parametrize("vector", VECTORS["views"], ids=names(VECTORS["views"], "kind"))
def test_a_right_to_the_view_is_none_to_the_value(vector):
    def decrypt(name, version, ciphertext):
        if name != "identity":
            raise InvalidCiphertext("denied")
        return DECRYPT(name, version, ciphertext)

    def open_it(view):
        if vector["kind"] == "vault":
            record = bytes.fromhex(vector["record"])
            named = vector["token"], vector["class"], vector["tenant"]
            return open_record(record, *named, decrypt, HEADS.get, SIGNERS, view)[1]
        return open_token(vector["token"], decrypt, SIGNERS, EDGE_KEY, **OPENS, view=view).value

    assert open_it("last4") == vector["views"]["last4"].encode()
    with pytest.raises(InvalidCiphertext):
        open_it(None)
    with pytest.raises(NotOpened):
        open_it("postcode")


def test_a_view_opens_in_its_own_token_only():
    """Without the edge tag too: under the same keys, the nonce of another token opens nothing."""
    one, other = [v for v in VECTORS["views"] if v["kind"] == "stored" and not v["tenant"]][:2]
    assert (one["class"], one["type"]) == (other["class"], other["type"])
    head, first = one["token"].removeprefix("~vg1.").removesuffix("~").split(".")
    decode = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    body, foreign = decode(first), decode(other["token"].removesuffix("~").split(".")[2])
    views = len(one["class"]) + 3 + 12  # behind them the value, of another length
    length = 1 + sum(2 + 16 + len(view) for view in one["views"].values())
    foreign_length = 1 + sum(2 + 16 + len(view) for view in other["views"].values())
    mixed = body[:views] + foreign[views : views + foreign_length] + body[views + length :]
    token = "~vg1." + head + "." + base64.urlsafe_b64encode(mixed).decode().rstrip("=") + "~"
    assert open_token(token, DECRYPT, SIGNERS, **OPENS).value == one["value"].encode()
    for view in one["views"]:
        with pytest.raises(NotOpened, match="altered"):
            open_token(token, DECRYPT, SIGNERS, **OPENS, view=view)


@pytest.mark.parametrize(
    "vector", VECTORS["refused_records"], ids=names(VECTORS["refused_records"], "why")
)
def test_refuses_records(vector):
    record, named = bytes.fromhex(vector["record"]), [vector[n] for n in ("token", "class", "tenant")]
    with pytest.raises((NotOpened, InvalidCiphertext)):
        open_record(record, *named, DECRYPT, HEADS.get, SIGNERS)


@pytest.mark.parametrize("vector", [v for v in VECTORS["tokens"] if v["kind"] == "siv"][:12])
def test_pycryptodome_makes_the_same_siv_token(vector):
    """The same value, the same token: made with another implementation of RFC 5297."""
    head, body = vector["token"].removeprefix("~vg1.").removesuffix("~").split(".")
    head = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    bound = b"".join(bytes([len(n)]) + n.encode() for n in (vector["class"], vector["tenant"]))
    bound += bytes([TYPES.index(vector["type"])])
    secret = UNWRAP(vector["key"], vector["version"])
    cipher = AES.new(derive(secret, "siv", vector["class"], vector["tenant"], 64), AES.MODE_SIV)
    cipher.update(head)
    cipher.update(bound)
    sealed, tag = cipher.encrypt_and_digest(vector["value"].encode())
    assert base64.urlsafe_b64encode(bound + sealed + tag).decode().rstrip("=") == body


def test_a_wrapped_key_unwraps_as_itself_only():
    one, other = SECRETS
    assert UNWRAP(one["name"], one["version"]) == bytes.fromhex(one["plaintext"])
    file = base64.b64encode(ciphertext(other))
    swapped = kms_unwrap(KMS, {(one["name"], one["version"]): (one["kms_key"], file)})
    with pytest.raises(InvalidCiphertext):
        swapped(one["name"], one["version"])


def test_there_are_vectors_of_all_sorts():
    assert len(VECTORS["tokens"]) > 60
    assert len(VECTORS["refused"]) > 80
    assert {vector["kind"] for vector in VECTORS["tokens"]} == {
        "rsa", "envelope", "original", "siv", "stored"
    }
    for sort in ("fpe", "hmac", "date", "records", "refused_records", "views"):
        assert len(VECTORS[sort]) > 10, sort
