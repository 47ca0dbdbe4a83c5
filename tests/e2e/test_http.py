"""HTTP as real clients speak it: versions, keep-alive, Expect, headers, upstreams that misbehave."""

import base64
import hashlib
import http.client
import json
import re
import socket
import subprocess

import pytest

from harness.client import CurlFailed, address, curl, raw_exchange
from harness.tokens import tokens_in
from harness.upstream import Upstream
from harness.world import policy

BODY = b'{"card": "4111111111111111"}'


@pytest.fixture(scope="module")
def gateway(world):
    return world.gateway(
        "http", policy(card=("envelope", "payments", "$..card")), limits={"answer_timeout": "1s"}
    )


def test_http2_with_prior_knowledge(world, gateway):
    mark = world.upstream.mark()
    answer = curl(gateway.url, BODY, options=["--http2-prior-knowledge"])
    assert (answer.status, answer.version) == (200, "2")
    assert len(tokens_in(world.upstream.only(mark).body)) == 1


def test_http2_with_a_long_body(world, gateway):
    body = json.dumps([{"card": str(number)} for number in range(20_000)]).encode()
    mark = world.upstream.mark()
    assert curl(gateway.url, body, options=["--http2-prior-knowledge"]).status == 200
    request = world.upstream.only(mark)
    assert request.framing == "chunked" and len(tokens_in(request.body)) == 20_000


def test_malformed_over_http2(world, gateway):
    mark = world.upstream.mark()
    answer = curl(gateway.url, b'{"card": ', options=["--http2-prior-knowledge"])
    assert answer.problem()["offset"] == 9
    assert world.upstream.since(mark) == []


def test_one_connection_serves_many_requests(world, gateway):
    connection = http.client.HTTPConnection(*address(gateway.url), timeout=10)
    connection.connect()
    first = connection.sock
    for _ in range(20):
        connection.request("POST", "/", BODY, {"Content-Type": "application/json"})
        assert connection.getresponse().read()
        connection.request("POST", "/", b"{", {"Content-Type": "application/json"})
        assert connection.getresponse().read()
    assert connection.sock is first
    connection.close()


def test_pipelined_requests_are_answered_in_order(world, gateway):
    one = b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n%s\r\n{}"
    mark = world.upstream.mark()
    answer, _ = raw_exchange(gateway.url, one % (1, b"") + one % (2, b"") + one % (3, b"Connection: close\r\n"))
    assert answer.count(b"HTTP/1.1 200") == 3
    assert [request.target for request in world.upstream.since(mark)] == ["/1", "/2", "/3"]


def test_expect_100_continue_with_a_long_body(world, gateway, tmp_path):
    file = tmp_path / "long.json"
    file.write_bytes(json.dumps([{"card": "4"}, "x" * (3 << 20)]).encode())
    done = subprocess.run(
        ["curl", "-sv", "--noproxy", "*", "-H", "Expect: 100-continue", "-H", "Content-Type: application/json"]
        + ["--data-binary", f"@{file}", gateway.url],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "< HTTP/1.1 100 Continue" in done.stderr and "< HTTP/1.1 200" in done.stderr


def test_a_refused_expectation_costs_no_body(gateway):
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
    answer, _ = raw_exchange(gateway.url, head, half_close=True)
    assert answer.startswith(b"HTTP/1.1 415 ")


def test_a_small_body_has_a_length_and_a_long_one_has_chunks(world, gateway):
    mark = world.upstream.mark()
    curl(gateway.url, BODY)
    small = world.upstream.only(mark)
    assert small.framing == "length" and small.header("content-length") == str(len(small.body))
    mark = world.upstream.mark()
    curl(gateway.url, json.dumps([{"card": "1"}, "x" * 500_000]).encode())
    assert world.upstream.only(mark).framing == "chunked"


def test_headers_of_one_hop_stay_on_it(world, gateway):
    mark = world.upstream.mark()
    answer = curl(
        gateway.url,
        BODY,
        headers=[
            "Connection: keep-alive, X-This-Hop",
            "X-This-Hop: secret",
            "Keep-Alive: timeout=5",
            "Proxy-Authorization: Basic abc",
            "TE: trailers",
            "X-Kept: yes",
        ],
    )
    request = world.upstream.only(mark)
    assert answer.status == 200
    assert request.header("x-kept") == "yes"
    for name in ("x-this-hop", "keep-alive", "proxy-authorization"):
        assert request.header(name) is None, name


def test_the_upstream_learns_of_the_client_and_of_the_gateway(world, gateway):
    mark = world.upstream.mark()
    curl(gateway.url, BODY, headers=["Host: api.example.com"])
    request = world.upstream.only(mark)
    assert re.search(r"1\.1 ", request.header("via"))
    assert "127.0.0.1" in (request.header("x-forwarded-for") or "") + (request.header("forwarded") or "")


def content_digest(body):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def test_a_digest_is_checked_and_never_forwarded_stale(world, gateway):
    mark = world.upstream.mark()
    assert curl(gateway.url, BODY, headers=[f"Content-Digest: {content_digest(BODY)}"]).status == 200
    request = world.upstream.only(mark)
    assert request.header("content-digest") in (None, content_digest(request.body))

    mark = world.upstream.mark()
    answer = curl(gateway.url, BODY, headers=[f"Content-Digest: {content_digest(b'another')}"])
    assert answer.status == 400 and answer.problem()["code"]
    assert world.upstream.since(mark) == []


def test_chunks_from_the_client(world, gateway):
    mark = world.upstream.mark()
    assert curl(gateway.url, BODY, headers=["Transfer-Encoding: chunked"]).status == 200
    assert len(tokens_in(world.upstream.only(mark).body)) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "QUERY"])
def test_any_method_with_a_body_is_rewritten(world, gateway, method):
    mark = world.upstream.mark()
    assert curl(gateway.url, BODY, method=method).status == 200
    request = world.upstream.only(mark)
    assert request.method == method and b"4111111111111111" not in request.body


def test_requests_without_a_body_pass(world, gateway):
    for options in ([], ["-I"], ["-X", "OPTIONS"], ["-X", "DELETE"]):
        assert curl(f"{gateway.url}/a?b=c%20d", options=options).status == 200


def test_the_answer_comes_back_as_it_is(world, gateway):
    answer = curl(f"{gateway.url}/echo", b'{"x": 1}')
    assert (answer.body, answer.content_type) == (b'{"x": 1}', "application/json")


def test_early_hints_do_not_end_the_exchange(gateway):
    assert curl(f"{gateway.url}/hints", BODY).status == 200


def test_an_upstream_that_is_down(world):
    unused = Upstream()
    unused.close()
    gateway = world.gateway(
        "http-down", policy(card=("envelope", "payments", "$.card")), upstreams={"app": {"url": unused.url}}
    )
    answer = curl(gateway.url, BODY)
    assert answer.status == 502 and answer.problem()["code"]
    assert "4111" not in answer.body.decode()


@pytest.mark.parametrize(
    ("behaviour", "status"), [("reset", 502), ("close", 502), ("garbage", 502), ("stall", 504)]
)
def test_an_upstream_that_misbehaves(gateway, behaviour, status):
    answer = curl(f"{gateway.url}/{behaviour}", BODY)
    assert answer.status == status
    assert answer.problem()["code"]


def test_a_cut_answer_is_not_taken_for_whole(gateway):
    with pytest.raises(CurlFailed):
        curl(f"{gateway.url}/cut-answer", BODY)


def test_an_answer_before_the_whole_body_reaches_the_client(gateway):
    body = json.dumps(["x" * 100_000] * 20).encode()
    assert curl(f"{gateway.url}/early-refusal", body).status in (403, 502)


def test_an_upstream_that_does_not_read_is_let_go(world):
    gateway = world.gateway(
        "http-deaf",
        policy(card=("envelope", "payments", "$..card")),
        limits={"answer_timeout": "1s", "body_idle_timeout": "1s"},
    )
    body = b"[" + (b'{"card": "4111", "x": "' + b"x" * 1000 + b'"},') * 100_000 + b"1]"
    try:
        answer = curl(f"{gateway.url}/deaf", body)
        assert answer.status in (502, 504), answer.body
    except CurlFailed as failed:
        # The connection was closed while curl was still sending.
        assert failed.args[0] in (55, 56)
    assert gateway.process.peak_resident_bytes() < 64 << 20
    gateway.process.wait_until_it_has_no_connections()


def test_a_client_that_does_not_read_its_answer_is_let_go(world):
    passed = {"match": {"path": "/echo"}, "upstream": "app", "policy": "none"}
    gateway = world.gateway("http-deaf-client", routes=[passed], limits={"body_idle_timeout": "1s"})
    length = 20_000_000
    with socket.create_connection(address(gateway.url)) as client:
        client.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length)
        gateway.process.wait_until_it_has_no_connections()


def test_a_client_that_is_slow_with_its_head_is_let_go(world):
    gateway = world.gateway(
        "http-slow-head", policy(card=("envelope", "payments", "$.card")), limits={"header_timeout": "1s"}
    )
    answer, closed = raw_exchange(gateway.url, b"POST / HTTP/1.1\r\nHost: a\r\n", timeout=15)
    assert closed and (not answer or answer.startswith(b"HTTP/1.1 408 "))


def test_a_client_that_is_slow_with_its_body_is_let_go(world):
    gateway = world.gateway(
        "http-slow-body", policy(card=("envelope", "payments", "$.card")), limits={"body_idle_timeout": "1s"}
    )
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    mark = world.upstream.mark()
    answer, closed = raw_exchange(gateway.url, head, timeout=15)
    assert closed and answer.startswith(b"HTTP/1.1 408 ")
    assert world.upstream.since(mark) == []


def test_every_answer_of_the_gateway_carries_its_request_id(gateway):
    done = subprocess.run(
        ["curl", "-s", "--noproxy", "*", "-i", "--json", "{", gateway.url], capture_output=True, text=True, check=True
    )
    assert re.search(r"(?im)^x-request-id: \S+", done.stdout)
