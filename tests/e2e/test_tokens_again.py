"""Tokens that pass through the gateway again, look-alikes, and tokens that were moved or altered."""

import base64

import pytest

from harness.client import curl
from harness.tokens import tokens_in
from harness.world import policy
from test_round_trip import reveal

POLICY = policy(
    card=("envelope", "payments", "$.card"),
    other=("envelope", "payments", "$.other"),
    ssn=("rsa", "identity", "$.ssn"),
)
# A forged token is a value like any other, and longer than `rsa` takes.
POLICY["classes"]["ssn"]["too_long"] = "other"


@pytest.fixture(scope="module")
def gateway(world):
    return world.gateway("tokens-again", POLICY)


@pytest.fixture(scope="module")
def detokenize(world):
    return world.detokenize("tokens-again-detokenize")


def send(world, gateway, body):
    mark = world.upstream.mark()
    assert curl(gateway.url, body).status == 200
    return world.upstream.only(mark).body


def altered(token, position):
    """The token with one bit of its body's byte at this position turned."""
    marker, head, body = token.removesuffix("~").rsplit(".", 2)
    data = bytearray(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    data[position] ^= 1
    return f"{marker}.{head}.{base64.urlsafe_b64encode(data).rstrip(b'=').decode()}~"


def test_a_token_stays_as_it_is(world, gateway):
    first = send(world, gateway, b'{"card": "4111111111111111", "ssn": "078-05-1120"}')
    assert send(world, gateway, first) == first


def test_a_token_stays_as_it_is_at_another_gateway_with_the_same_edge_key(world, gateway):
    first = send(world, gateway, b'{"card": "4111111111111111", "ssn": "078-05-1120"}')
    assert send(world, world.gateway("tokens-again-2", POLICY), first) == first


@pytest.mark.parametrize(
    "look_alike",
    ["~vg1.AAAA.BBBB~", "~vg1.4111111111111111.x~", "#01#NDExMQ==#10#", "~vg1.~", "~vg1."],
)
def test_a_look_alike_is_a_value(world, gateway, detokenize, look_alike):
    body = b'{"card": "%s"}' % look_alike.encode()
    received = send(world, gateway, body)
    assert received != body
    assert reveal(detokenize, world.token(), received) == body


@pytest.mark.parametrize("field", ["card", "ssn"])
def test_an_altered_token_is_a_value_at_the_gateway_and_opens_for_nobody(world, gateway, detokenize, field):
    (token,) = tokens_in(send(world, gateway, b'{"%s": "4111111111111111"}' % field.encode()))
    for position in (0, 1, 8, 20, 40, -17, -1):
        forged = b'{"%s": "%s"}' % (field.encode(), altered(token, position).encode())
        assert reveal(detokenize, world.token(), forged) == forged, position
        assert send(world, gateway, forged) != forged, position


def test_a_real_head_before_something_else_is_a_value(world, gateway, detokenize):
    (token,) = tokens_in(send(world, gateway, b'{"card": "x"}'))
    marker, head, _ = token.rsplit(".", 2)
    forged = b'{"card": "%s.%s.NDExMTExMTExMTExMTExMQ~"}' % (marker.encode(), head.encode())
    received = send(world, gateway, forged)
    assert received != forged
    assert reveal(detokenize, world.token(), received) == forged


def test_a_token_in_another_classes_field_is_a_value_there(world, gateway, detokenize):
    """It is genuine, but not for this field: the gateway does not leave it alone."""
    (token,) = tokens_in(send(world, gateway, b'{"card": "x"}'))
    moved = b'{"other": "%s"}' % token.encode()
    received = send(world, gateway, moved)
    assert received != moved


def test_a_token_whose_class_was_rewritten_opens_for_nobody(world, gateway, detokenize):
    """The class lies in the token's body as text: `card` becomes `carx`."""
    for field in ("card", "ssn"):
        (token,) = tokens_in(send(world, gateway, b'{"%s": "x"}' % field.encode()))
        forged = b'["%s"]' % altered(token, len(field)).encode()
        assert reveal(detokenize, world.token(), forged) == forged


def test_a_token_amid_a_longer_string_is_part_of_a_value(world, gateway, detokenize):
    (token,) = tokens_in(send(world, gateway, b'{"card": "x"}'))
    body = b'{"card": "4111111111111111 %s"}' % token.encode()
    received = send(world, gateway, body)
    assert b"4111111111111111" not in received
