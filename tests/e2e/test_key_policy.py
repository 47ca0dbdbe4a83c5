"""The key policy decides: taking the right away takes it within the stated time, giving it gives it."""

import json
import time

import pytest

from harness.client import curl
from harness.kms import arn
from harness.tokens import tokens_in
from harness.world import ALLOWED, policy
from test_round_trip import reveal

# What detokenize.yaml says under cache.data_keys in these tests, and how long a test waits for it.
STATED_TIME = 2.0
BODY = b'{"card": "4111111111111111"}'


@pytest.fixture(scope="module")
def detokenize(world):
    return world.detokenize("key-policy-detokenize")


@pytest.fixture(scope="module")
def received(world):
    gateway = world.gateway("key-policy", policy(card=("envelope", "payments", "$.card")))
    mark = world.upstream.mark()
    assert curl(gateway.url, BODY).status == 200
    return world.upstream.only(mark).body


@pytest.fixture(autouse=True)
def the_usual_policy(world):
    world.allow("payments", *ALLOWED)
    yield
    world.allow("payments", *ALLOWED)
    time.sleep(STATED_TIME)


def test_a_right_that_is_taken_away_ends_within_the_stated_time(world, detokenize, received):
    analyst = world.token()
    before = len(detokenize.audit())
    assert reveal(detokenize, analyst, received) == BODY

    world.allow("payments")
    time.sleep(STATED_TIME)
    assert reveal(detokenize, analyst, received) == received

    world.allow("payments", *ALLOWED)
    time.sleep(STATED_TIME)
    assert reveal(detokenize, analyst, received) == BODY
    assert [line["revealed"] for line in detokenize.audit()[before:]] == [1, 0, 1]


def test_one_callers_data_key_opens_nothing_for_another(world, detokenize, received):
    assert reveal(detokenize, world.token("analyst"), received) == BODY
    assert reveal(detokenize, world.token("support"), received) == received
    assert reveal(detokenize, world.token("analyst"), received) == BODY


def test_an_explicit_deny_wins(world, detokenize, received):
    admin = world.kms.client()
    key_id = world.key_ids["payments"]
    document = json.loads(admin.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])
    document["Statement"].append(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {"ArnLike": {"aws:PrincipalArn": arn("role", "ana*")}},
        }
    )
    admin.put_key_policy(KeyId=key_id, Policy=json.dumps(document))
    time.sleep(STATED_TIME)
    assert reveal(detokenize, world.token("analyst"), received) == received


def test_a_grant_gives_the_right_and_revoking_takes_it(world, detokenize, received):
    support, admin = world.token("support"), world.kms.client()
    assert reveal(detokenize, support, received) == received

    grant = admin.create_grant(
        KeyId=world.key_ids["payments"],
        GranteePrincipal=arn("role", "support"),
        Operations=["Decrypt"],
    )
    time.sleep(STATED_TIME)
    assert reveal(detokenize, support, received) == BODY

    admin.revoke_grant(KeyId=world.key_ids["payments"], GrantId=grant["GrantId"])
    time.sleep(STATED_TIME)
    assert reveal(detokenize, support, received) == received


def test_a_disabled_key_opens_nothing(world, detokenize, received):
    admin, key_id = world.kms.client(), world.key_ids["payments"]
    admin.disable_key(KeyId=key_id)
    try:
        time.sleep(STATED_TIME)
        assert reveal(detokenize, world.token(), received) == received
    finally:
        admin.enable_key(KeyId=key_id)


def test_fields_are_decided_one_by_one(world, detokenize):
    gateway = world.gateway(
        "field-by-field",
        policy(card=("envelope", "payments", "$.card"), name=("rsa", "identity", "$.name")),
    )
    body = b'{"card": 4111, "name": "Ada"}'
    mark = world.upstream.mark()
    curl(gateway.url, body)
    received = world.upstream.only(mark).body
    card, _name = tokens_in(received)

    world.allow("identity", *ALLOWED, arn("role", "support"))
    try:
        time.sleep(STATED_TIME)
        revealed = reveal(detokenize, world.token("support"), received)
        assert revealed == b'{"card": "' + card.encode() + b'", "name": "Ada"}'
    finally:
        world.allow("identity", *ALLOWED)
        time.sleep(STATED_TIME)


def test_no_decrypt_comes_from_a_service_itself(world, detokenize, received):
    """Every Decrypt so far was made by a caller's role session, or by a user of boto3 in these tests.

    Gateways unwrap symmetric keys as user `gateway`, whom no key policy lets decrypt without the encryption
    context of such a key.
    """
    reveal(detokenize, world.token(), received)
    principals = {call["principal"] for call in world.kms.calls() if call["operation"] == "kms:Decrypt"}
    assert principals
    for principal in principals:
        assert ":assumed-role/" in principal or principal in (
            arn("user", "auditor"),
            arn("user", "stranger"),
            arn("user", "gateway"),
        ), principal
