"""The original AWS pattern: what veilgate makes, PyCryptodome and OpenSSL open, and what they
make has the form that veilgate reads."""

import base64
import json
import re

import pytest
from command_line import SIZES, openssl
from Crypto.Cipher import PKCS1_OAEP
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from open_token import kms_decrypt, open_original
from private_kms import PrivateKms

VALUES = ["123-45-6789", "", "naïve ☃ \u0000 \"quoted\"", "4" * 190]
KEY = ("legacy", 1)
OAEP = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256",
        "-pkeyopt", "rsa_mgf1_md:sha256"]


def inner(token):
    return base64.b64decode(re.fullmatch(r"#01#([A-Za-z0-9+/]+={0,2})#10#", token)[1], validate=True)


def private_decrypt(path):
    return kms_decrypt(PrivateKms({"kms-key": path.read_text()}), {KEY: "kms-key"})


def framed(ciphertext):
    return "#01#" + base64.b64encode(ciphertext).decode() + "#10#"


@pytest.fixture(scope="module")
def tokens(make_tokens):
    lines = [
        {"class": f"rsa-{bits}", "value": value} for bits in SIZES.values() for value in VALUES
    ]
    made = iter(make_tokens(lines))
    return {name: [next(made) for _ in VALUES] for name in SIZES}


@pytest.mark.parametrize("name", SIZES)
def test_pycryptodome_opens_what_veilgate_makes(name, keys, tokens):
    cipher = PKCS1_OAEP.new(RSA.import_key((keys / f"{name}.key").read_bytes()), SHA256)
    assert [cipher.decrypt(inner(token)).decode() for token in tokens[name]] == VALUES


@pytest.mark.parametrize("name", SIZES)
def test_openssl_opens_what_veilgate_makes(name, keys, tokens):
    for value, token in zip(VALUES, tokens[name]):
        opened = openssl("pkeyutl", "-decrypt", "-inkey", keys / f"{name}.key", *OAEP,
                         data=inner(token))
        assert opened.decode() == value


@pytest.mark.parametrize("name", SIZES)
def test_tokens_have_exactly_the_original_form(name, tokens):
    lengths = {len(token) for token in tokens[name]}
    assert lengths == {8 + (SIZES[name] // 8 + 2) // 3 * 4}


@pytest.mark.parametrize("name", SIZES)
def test_the_other_way_round(name, keys):
    decrypt = private_decrypt(keys / f"{name}.key")
    public = keys / f"{name}.pem"
    cipher = PKCS1_OAEP.new(RSA.import_key(public.read_bytes()), SHA256)
    for value in VALUES:
        data = value.encode()
        by_openssl = openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", public, *OAEP, data=data)
        for ciphertext in (cipher.encrypt(data), by_openssl):
            assert open_original(framed(ciphertext), decrypt, KEY) == data


def test_a_value_of_191_bytes_is_refused_whole(make_tokens):
    with pytest.raises(AssertionError, match="190"):
        make_tokens([{"class": "rsa-2048", "value": "4" * 191}])


def test_json_values_are_spelled_as_they_were(keys, make_tokens):
    decrypt = private_decrypt(keys / "small.key")
    values = [1.5, True, None, [1, {"a": "b"}]]
    tokens = make_tokens([{"class": "rsa-2048", "value": value} for value in values])
    assert [json.loads(open_original(token, decrypt, KEY)) for token in tokens] == values
