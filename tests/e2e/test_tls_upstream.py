"""Upstreams over HTTPS: who is believed to be one, and who the gateway is to it."""

import json
import ssl
import time

import pytest

from harness.authority import Authority
from harness.client import curl
from harness.upstream import Upstream
from harness.world import policy

POLICY = policy(card=("envelope", "payments", "$.card"))
CARD = "4111111111111111"
BODY = json.dumps({"card": CARD}).encode()
NOTICED_WITHIN = 20


@pytest.fixture(scope="module")
def authority(world):
    world.keep_secret(CARD)
    return Authority(world.folder, "upstreams")


@pytest.fixture
def secure():
    """Starts upstreams with a certificate, which may ask for clients'."""
    started = []

    def start(issued, clients=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.certificate, issued.key)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients.root)
        started.append(Upstream(tls=context))
        return started[-1]

    yield start
    for upstream in started:
        upstream.close()


def gateway_to(world, name, url, **tls):
    return world.gateway(f"tls-to-{name}", POLICY, upstreams={"app": {"url": url, "tls": tls}})


def check_refused(gateway, upstream):
    answer = curl(f"{gateway.url}/orders", BODY)
    assert (answer.status, answer.problem()["code"]) == (502, "upstream-unreachable")
    assert upstream.raw_bytes == 0


def test_tokens_go_on_encrypted(world, authority, secure):
    upstream = secure(authority.issue("app"))
    gateway = gateway_to(world, "app", upstream.url, roots=authority.root.name)
    for _ in range(3):
        assert curl(f"{gateway.url}/orders", BODY).status == 200
    bodies = [request.body for request in upstream.since(0, count=3)]
    assert len(bodies) == 3 and not any(CARD.encode() in body for body in bodies)
    assert all(json.loads(body)["card"].startswith("~vg1.") for body in bodies)


def test_http2_by_alpn(world, upstream, authority):
    """The upstream is another gateway, which lets bodies pass."""
    issued = authority.issue("second")
    routes = [{"match": {"path": "/*"}, "upstream": "app", "policy": "none"}]
    tls = {"certificate": issued.certificate.name, "key": issued.key.name}
    second = world.gateway("tls-second", routes=routes, tls=tls)
    upstreams = {"app": {"url": second.url, "protocol": "http2", "tls": {"roots": authority.root.name}}}
    first = world.gateway("tls-first", POLICY, upstreams=upstreams)
    mark = upstream.mark()

    assert curl(f"{first.url}/orders", BODY).status == 200

    received = upstream.only(mark)
    assert CARD.encode() not in received.body
    assert received.header("via") == "1.1 veilgate, 2 veilgate"


@pytest.mark.parametrize("fault", ["stranger", "name"])
def test_who_is_not_the_upstream_gets_nothing(world, authority, secure, fault):
    if fault == "stranger":
        upstream = secure(Authority(world.folder, "strange-upstreams").issue("stranger"))
    else:
        upstream = secure(authority.issue("elsewhere", "127.0.0.9"))
    gateway = gateway_to(world, fault, upstream.url, roots=authority.root.name)
    check_refused(gateway, upstream)
    assert "certificate" in gateway.process.output()


def test_the_gateway_shows_its_certificate(world, authority, secure):
    clients = Authority(world.folder, "clients-of-app")
    upstream = secure(authority.issue("asking"), clients)
    roots = authority.root.name
    without = gateway_to(world, "asking-without", upstream.url, roots=roots)
    answer = curl(f"{without.url}/orders", BODY)
    assert (answer.status, upstream.since(0)) == (502, [])

    own = clients.issue("gateway")
    tls = {"roots": roots, "certificate": own.certificate.name, "key": own.key.name}
    shown = gateway_to(world, "asking", upstream.url, **tls)
    assert curl(f"{shown.url}/orders", BODY).status == 200


def test_new_roots_are_believed_without_a_restart(world, authority, secure):
    upstream = secure(authority.issue("renewed"))
    roots = world.folder / "changing-roots.pem"
    roots.write_bytes(Authority(world.folder, "former").root.read_bytes())
    gateway = gateway_to(world, "renewed", upstream.url, roots=roots.name)
    check_refused(gateway, upstream)
    roots.write_bytes(authority.root.read_bytes())
    deadline = time.monotonic() + NOTICED_WITHIN
    while curl(f"{gateway.url}/orders", BODY).status != 200:
        assert time.monotonic() < deadline, "the new roots are not believed"
        time.sleep(0.2)


def test_a_certificate_of_the_wrong_scheme_is_named(world, upstream):
    with pytest.raises(RuntimeError) as failed:
        gateway_to(world, "cleartext", upstream.url, roots="nowhere.pem")
    assert "`tls` is for an upstream whose URL begins with `https`" in str(failed.value)
