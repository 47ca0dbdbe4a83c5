"""JSONTestSuite through the gateway: y passes byte for byte, n is refused and not forwarded."""

import http.client

import pytest

from harness.client import address
from harness.corpora import vectors
from harness.world import policy


@pytest.fixture(scope="module")
def connection(world):
    gateway = world.gateway("json-parsing", policy(none=("envelope", "payments", "$.no.such.name.in.the.suite")))
    connection = http.client.HTTPConnection(*address(gateway.url), timeout=30)
    yield connection
    connection.close()


def files(prefix):
    return sorted(vectors("json-parsing", "test_parsing").glob(f"{prefix}_*.json"))


def post(connection, body):
    connection.request("POST", "/", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.getheader("content-type"), answer.read()


def test_what_must_be_accepted_passes_byte_for_byte(world, connection):
    assert len(files("y")) > 90
    for file in files("y"):
        mark = world.upstream.mark()
        status, _, answer = post(connection, file.read_bytes())
        assert status == 200, (file.name, answer)
        assert world.upstream.only(mark).body == file.read_bytes(), file.name


def test_what_must_be_refused_is_refused_and_not_forwarded(world, connection):
    assert len(files("n")) > 180
    for file in files("n"):
        if not file.stat().st_size:
            # No bytes are no body, which is not malformed: see test_bad_input.
            continue
        mark = world.upstream.mark()
        status, content_type, answer = post(connection, file.read_bytes())
        assert 400 <= status < 500 and content_type == "application/problem+json", (file.name, status, answer)
        assert world.upstream.since(mark) == [], file.name


def test_what_may_be_either_is_passed_as_it_is_or_refused(world, connection):
    for file in files("i"):
        mark = world.upstream.mark()
        status, _, _ = post(connection, file.read_bytes())
        if status == 200:
            assert world.upstream.only(mark).body == file.read_bytes(), file.name
        else:
            assert 400 <= status < 500 and world.upstream.since(mark) == [], (file.name, status)
