"""What bad input gets: a problem document with a code and an offset, and nothing at the upstream."""

import json

import pytest

from harness.client import curl, raw_exchange
from harness.world import policy

POLICY = {
    **policy(person=("envelope", "identity", "$..name"), short=("rsa", "identity", "$..ssn")),
    "json": {"max_depth": 50, "max_key_bytes": "1KiB", "max_value_bytes": "8KiB"},
}
JSON = "application/json"


@pytest.fixture(scope="module")
def gateway(world):
    lenient = world.write("lenient.policy.yaml", POLICY)
    unprocessable = world.write("unprocessable.policy.yaml", {**POLICY, "malformed": {"status": 422}})
    return world.gateway(
        "bad-input",
        routes=[
            {"match": {"path": "/other/*"}, "upstream": "app", "policy": lenient, "other_content_types": "pass"},
            {"match": {"path": "/422/*"}, "upstream": "app", "policy": unprocessable},
            {"match": {"path": "/untouched/*"}, "upstream": "app", "policy": "none"},
            {"match": {"path": "/v1/*"}, "upstream": "app", "policy": lenient},
        ],
        limits={"body": "1MiB"},
    )


def refused(world, gateway, body, *, content_type=JSON, path="/v1/x", headers=()):
    """Sends; checks that it was refused and that the upstream saw nothing at all. Returns the problem."""
    raw, mark = world.upstream.raw_bytes, world.upstream.mark()
    answer = curl(gateway.url + path, body, content_type=content_type, headers=headers)
    problem = answer.problem()
    assert 400 <= answer.status < 500, problem
    assert problem["code"] and problem["title"]
    assert (world.upstream.raw_bytes, world.upstream.since(mark)) == (raw, [])
    return problem


@pytest.mark.parametrize(
    ("body", "offset"),
    [
        (b'{"name": "secret-malformed" "x"}', 28),
        (b'{"name": "secret-malformed"', 27),
        (b'{"name": "secret-trunca', 23),
        (b'["secret-comma",]', 16),
        (b"{'name': 'secret-quotes'}", 1),
        (b'{"name": secret-bare}', 9),
        (b'{"name": 01}', 10),
        (b'{"name": "a"} {"name": "secret-two"}', 14),
        (b'{"name": "secret\xff"}', 16),
        (b'{"name": "\xed\xa0\x80"}', 11),
        (b'\x00{"name": "x"}', 0),
        (b'{"name": "a\x00b"}', 11),
        (b"\xef\xbb\xbf{}", 0),
    ],
)
def test_malformed(world, gateway, body, offset):
    problem = refused(world, gateway, body)
    assert problem["status"] == 400
    assert problem["offset"] == offset
    assert "secret" not in json.dumps(problem)


@pytest.mark.parametrize("body", [b"   ", b'{"name": "\\ud800"}', b'{"\\udc00": 1}', b'{"name": "\\u00"}'])
def test_malformed_where_the_offset_may_be_any(world, gateway, body):
    problem = refused(world, gateway, body)
    assert 0 <= problem["offset"] <= len(body)


def test_a_request_without_a_body_is_no_malformed_one(world, gateway):
    """Clients send `Content-Length: 0` with a JSON content type: there is nothing to inspect."""
    mark = world.upstream.mark()
    assert curl(f"{gateway.url}/v1/x", b"").status == 200
    assert world.upstream.only(mark).body == b""


def test_the_status_can_be_422(world, gateway):
    assert refused(world, gateway, b"{", path="/422/x")["status"] == 422


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 51 + b"]" * 51,
        b'{"a":' * 60 + b"1" + b"}" * 60,
        b'{"' + b"k" * 2000 + b'": 1}',
        b'{"name": "' + b"v" * 9000 + b'"}',
    ],
    ids=["arrays", "objects", "key", "value"],
)
def test_over_a_limit(world, gateway, body):
    problem = refused(world, gateway, body)
    assert 0 < problem["offset"] <= len(body)


def test_100_000_open_brackets_cost_no_stack(world, gateway):
    refused(world, gateway, b"[" * 100_000)


def test_a_body_over_the_routes_limit(world, gateway):
    assert refused(world, gateway, b'["' + b"x" * (2 << 20) + b'"]')["status"] == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "text/csv", "image/png", "nonsense"])
def test_a_content_type_without_rules(world, gateway, content_type):
    assert refused(world, gateway, b'{"name": "x"}', content_type=content_type)["status"] == 415


def test_no_content_type_with_a_body(world, gateway):
    head = b"POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    mark = world.upstream.mark()
    answer, _ = raw_exchange(gateway.url, head)
    assert answer.startswith(b"HTTP/1.1 415 ")
    assert world.upstream.since(mark) == []


def test_another_content_type_passes_where_the_route_says_so(world, gateway):
    mark = world.upstream.mark()
    assert curl(f"{gateway.url}/other/x", b"\x00plain", content_type="text/plain").status == 200
    assert world.upstream.only(mark).body == b"\x00plain"


def test_a_json_type_is_scanned_where_other_types_pass(world, gateway):
    refused(world, gateway, b'{"name": ', path="/other/x")
    refused(world, gateway, b'{"name": ', path="/other/x", content_type="application/problem+json")
    refused(world, gateway, b'{"name": ', path="/other/x", content_type="Application/JSON ; a=b")


@pytest.mark.parametrize("charset", ["utf-7", "utf-32", "iso-8859-15", "shift_jis", "utf-9"])
def test_a_charset_that_is_not_known(world, gateway, charset):
    problem = refused(world, gateway, b'{"name": "x"}', content_type=f"application/json; charset={charset}")
    assert problem["status"] == 415


def test_utf8_by_name_is_accepted(world, gateway):
    for charset in ("utf-8", '"UTF-8"', "UTF8"):
        answer = curl(f"{gateway.url}/v1/x", b"{}", content_type=f"application/json; charset={charset}")
        assert answer.status == 200, charset


@pytest.mark.parametrize("coding", ["compress", "unknown", "gzip, compress", "gzip, gzip, gzip, gzip"])
def test_a_content_coding_that_cannot_be_read(world, gateway, coding):
    problem = refused(world, gateway, b'{"name": "x"}', headers=[f"Content-Encoding: {coding}"])
    assert problem["status"] == 415


def test_no_route(world, gateway):
    assert refused(world, gateway, b"{}", path="/elsewhere")["status"] == 404


def test_a_route_without_policy_passes_what_is_not_json(world, gateway):
    mark = world.upstream.mark()
    assert curl(f"{gateway.url}/untouched/x", b"{not json").status == 200
    assert world.upstream.only(mark).body == b"{not json"


@pytest.mark.parametrize(("length", "fits"), [(189, True), (190, True), (191, False), (8000, False)])
def test_an_rsa_value_over_190_bytes_is_refused_and_never_cut(world, gateway, length, fits):
    body = b'{"ssn": "' + b"7" * length + b'"}'
    if fits:
        assert curl(f"{gateway.url}/v1/x", body).status == 200
        return
    problem = refused(world, gateway, body)
    assert (problem["limit"], problem["length"], problem["class"]) == (190, length, "short")


def test_a_fault_after_bytes_have_gone_aborts_the_upstream_request(world, gateway):
    """Long enough to stream, and broken at its end: the upstream must not take it for whole."""
    elements = b", ".join(b'{"id": %d, "other": "%s"}' % (number, b"x" * 100) for number in range(6000))
    mark = world.upstream.mark()
    answer = curl(f"{gateway.url}/v1/x", b"[" + elements + b", oops]")
    assert answer.status == 400
    assert answer.problem()["offset"] == len(elements) + 3
    for request in world.upstream.since(mark):
        assert not request.complete
        assert b"oops" not in request.body


def test_a_client_that_stops_in_mid_body_aborts_the_upstream_request(world, gateway):
    body = b'["' + b"x" * 500_000
    head = b"POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n"
    mark = world.upstream.mark()
    raw_exchange(gateway.url, head + body, half_close=True)
    for request in world.upstream.since(mark):
        assert not request.complete
