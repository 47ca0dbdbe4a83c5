"""The whole loop: tokens at the upstream, values back for the caller who may, tokens for who may not."""

import json

import pytest

from harness.client import curl
from harness.corpora import as_json, people, vectors
from harness.tokens import put_back, selected, strings_of, tokens_in
from harness.world import policy

SELECTED = ("name", "email", "ssn", "number", "balance", "vip", "address")
POLICY = policy(
    person=("envelope", "identity", ["$[*].name", "$..email", "$..address", "$[100:].ssn"]),
    first_ssn=("rsa", "identity", "$[:100].ssn"),
    card=("envelope", "payments", ["$..card.number", "$..balance", "$..vip"]),
)


@pytest.fixture(scope="module")
def gateway(world):
    return world.gateway("round-trip", POLICY)


@pytest.fixture(scope="module")
def detokenize(world):
    return world.detokenize("round-trip-detokenize")


def reveal(detokenize, token, body, content_type="application/json"):
    answer = curl(
        f"{detokenize.url}/v1/detokenize",
        body,
        content_type=content_type,
        headers=[f"Authorization: Bearer {token}"],
    )
    assert answer.status == 200, answer.body[:500]
    return answer.body


@pytest.mark.parametrize("count", [1, 20, 10_000])
def test_customers(world, upstream, gateway, detokenize, count):
    document = people(count)
    body, values = as_json(document), selected(document, SELECTED)
    world.keep_secret(*(person[key] for person in document[:50] for key in ("email", "ssn")))
    mark = upstream.mark()

    assert curl(f"{gateway.url}/customers", body).status == 200

    received = upstream.only(mark)
    assert received.complete
    assert put_back(received.body, values) == body
    check_no_value_is_left(received.body, document)
    assert reveal(detokenize, world.token("analyst"), received.body) == body
    assert reveal(detokenize, world.token("support"), received.body) == received.body


def check_no_value_is_left(body, document):
    """Looks for each value by itself, in case one was sent beside its token."""
    left = as_json([[person["id"], person["notes"], person["card"]["expires"]] for person in document])
    for person in document[:50]:
        for text in (person["email"], person["ssn"], person["card"]["number"], person["address"]["street"]):
            assert text.encode() in left or text.encode() not in body


def test_numbers_booleans_and_objects_keep_their_type(world, upstream, gateway, detokenize):
    body = b'[{"balance": -1.50e+3, "vip": false, "address": {"city" : [1, null ]}, "name": "\xc3\xa9"}]'
    mark = upstream.mark()
    assert curl(gateway.url, body).status == 200
    received = upstream.only(mark).body
    assert len(tokens_in(received)) == 4
    assert reveal(detokenize, world.token(), received) == body


def test_escapes_come_back_as_the_same_value(world, upstream, gateway, detokenize):
    body = rb'[{"name": "a\u0062\n\"\\\/\ud83d\ude00", "\u006eame": "twice"}]'
    mark = upstream.mark()
    assert curl(gateway.url, body).status == 200
    received = upstream.only(mark).body
    assert len(tokens_in(received)) == 2
    revealed = reveal(detokenize, world.token(), received)
    assert json.loads(revealed) == json.loads(body)
    assert b'"\\u006eame"' in revealed


def test_a_real_document(world, upstream, gateway, detokenize):
    body = vectors("json-corpora", "github_events.json").read_bytes()
    values = selected(json.loads(body), ("email",))
    assert len(values) > 10
    mark = upstream.mark()

    assert curl(f"{gateway.url}/events", body).status == 200

    received = upstream.only(mark).body
    assert put_back(received, values) == body
    assert not any(text.encode() in received for text in strings_of(values))
    assert json.loads(reveal(detokenize, world.token(), received)) == json.loads(body)
    assert reveal(detokenize, world.token("support"), received) == received


def test_lines_of_json(world, upstream, gateway, detokenize):
    lines = b"\n".join(as_json([person]) for person in people(50)) + b"\n"
    mark = upstream.mark()
    assert curl(gateway.url, lines, content_type="application/x-ndjson").status == 200
    received = upstream.only(mark)
    assert received.header("content-type") == "application/x-ndjson"
    assert len(tokens_in(received.body)) == 50 * len(SELECTED)
    revealed = reveal(detokenize, world.token(), received.body, "application/x-ndjson")
    assert revealed == lines


def test_tokens_open_in_any_text(world, upstream, gateway, detokenize):
    mark = upstream.mark()
    curl(gateway.url, b'[{"name": "Ada", "balance": 12.5}]')
    name, balance = tokens_in(upstream.only(mark).body)
    text = f"name;balance\n{name};{balance}\nnot a token: ~vg1.x.y~\n".encode()
    revealed = reveal(detokenize, world.token(), text, "text/csv")
    assert revealed == b"name;balance\nAda;12.5\nnot a token: ~vg1.x.y~\n"


def test_a_batch_answers_for_each_token(world, upstream, gateway, detokenize):
    mark = upstream.mark()
    curl(gateway.url, b'[{"name": "Ada", "balance": 12.5}]')
    name, balance = tokens_in(upstream.only(mark).body)
    request = as_json({"tokens": [balance, "~vg1.AAAA.AAAA~", name]})

    def ask(role):
        answer = curl(
            f"{detokenize.url}/v1/detokenize/batch",
            request,
            headers=[f"Authorization: Bearer {world.token(role)}"],
        )
        assert answer.status == 200, answer.body
        return answer.json()["results"]

    allowed, refused = ask("analyst"), ask("support")
    assert [result.get("value") for result in allowed] == [12.5, None, "Ada"]
    assert [result["error"] for result in [allowed[1], *refused]] == [{"code": "not-revealed"}] * 4


def test_every_reveal_leaves_one_audit_line(world, upstream, gateway, detokenize):
    mark = upstream.mark()
    curl(gateway.url, b'[{"name": "Grace Hopper-Audit", "balance": 98765.4321}]')
    world.keep_secret("Grace Hopper-Audit", "98765.4321")
    received = upstream.only(mark).body
    before = len(detokenize.audit())

    reveal(detokenize, world.token("analyst"), received)
    reveal(detokenize, world.token("support"), received)

    allowed, refused = detokenize.audit()[before:]
    assert "role/analyst" in allowed["principal"] and "role/support" in refused["principal"]
    assert allowed["revealed"] == 2 and refused["revealed"] == 0
    assert not any(token in json.dumps([allowed, refused]) for token in tokens_in(received))


@pytest.mark.parametrize(
    "claims",
    [{"exp": 1}, {"aud": "another"}, {"iss": "https://elsewhere.example"}, {"groups": ["nobody"]}],
    ids=["expired", "audience", "issuer", "no-role"],
)
def test_who_is_not_a_caller_is_refused(world, detokenize, claims):
    token = world.token("analyst", **claims)
    answer = curl(
        f"{detokenize.url}/v1/detokenize", b"{}", headers=[f"Authorization: Bearer {token}"]
    )
    assert answer.status in (401, 403), answer.body
    assert answer.problem()["code"]


def test_without_a_token_the_answer_says_how_to_prove_oneself(detokenize):
    answer = curl(f"{detokenize.url}/v1/detokenize", b"{}")
    assert answer.status == 401
    assert answer.problem()["code"]
