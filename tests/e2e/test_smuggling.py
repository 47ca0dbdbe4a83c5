"""Request smuggling over raw sockets: 400, a closed connection, and nothing at the upstream."""

import pytest
import yaml

from harness.client import curl, raw_exchange
from harness.corpora import vectors
from harness.world import policy


@pytest.fixture(scope="module")
def gateway(world):
    passed = {"match": {"path": "/foo/*"}, "upstream": "app", "policy": "none"}
    scanned = {
        "match": {"path": "/json"},
        "upstream": "app",
        "policy": world.write("smuggling.policy.yaml", policy(it=("envelope", "payments", "$.it"))),
    }
    return world.gateway("smuggling", routes=[passed, scanned])


def cases(file):
    return yaml.safe_load(vectors("http-desync", file).read_text())


def raw_request(case):
    """The case as bytes. A Host is added, so that its absence is not what gets the 400."""
    headers = [(header["name"], str(header["value"])) for header in case.get("headers") or []]
    if not any(name.lower() == "host" for name, _ in headers):
        headers.insert(0, ("Host", "localhost"))
    first = f"{case['method']} {case['uri']} {case['version']}".strip()
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"


def check_refused(world, gateway, data):
    raw, mark = world.upstream.raw_bytes, world.upstream.mark()
    answer, closed = raw_exchange(gateway.url, data + b"GET /foo/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 "), (data, answer)
    assert answer.count(b"HTTP/1.1 ") == 1, "a second request was answered"
    assert closed
    assert (world.upstream.raw_bytes, world.upstream.since(mark)) == (raw, [])


def test_every_severe_case(world, gateway):
    severe = cases("severe.yaml")
    assert len(severe) >= 27
    for case in severe:
        check_refused(world, gateway, raw_request(case))


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: chunked, gzip\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x4\r\n",
        b"Content-Length: 4\r\nContent-Length: 4\r\n",
        b"Content-Length:\r\n",
        b"Host: b\r\n",
        b"X: a\r\n folded\r\n",
        b"No-Colon\r\n",
    ],
)
def test_what_two_parsers_could_read_differently(world, gateway, headers):
    check_refused(world, gateway, b"POST /foo/bar HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "body",
    [
        b"5\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_broken_chunks_are_never_taken_for_a_whole_body(world, gateway, body):
    head = b"POST /foo/bar HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    mark = world.upstream.mark()
    answer, closed = raw_exchange(gateway.url, head + body + b"GET /foo/smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
    assert closed and b" 200 " not in answer.split(b"\r\n")[0], answer
    assert not any(request.complete for request in world.upstream.since(mark))


def test_compliant_cases_are_not_refused_as_severe(world, gateway):
    """Those of the compliant corpus that have a plain target and framing that every parser reads alike."""
    answered = 0
    for case in cases("rfc-compliant.yaml"):
        codings = [h for h in case.get("headers") or [] if h["name"].lower() == "transfer-encoding"]
        if not case["uri"].startswith("/foo/") or any(h["value"] != "chunked" for h in codings):
            continue
        length = next((int(h["value"]) for h in case.get("headers") or [] if h["name"] == "Content-Length"), 0)
        body = b"0\r\n\r\n" if codings else b"x" * length
        data = raw_request(case)[:-2] + b"Connection: close\r\n\r\n" + body
        answer, _ = raw_exchange(gateway.url, data)
        assert answer.startswith(b"HTTP/1.1 200 "), (case["name"], answer)
        answered += 1
    assert answered >= 6


def test_the_gateway_still_works_after_all_this(gateway):
    assert curl(f"{gateway.url}/json", b'{"it": 1}').status == 200
