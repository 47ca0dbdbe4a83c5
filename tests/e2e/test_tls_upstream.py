"""Upstreams over HTTPS: who is believed to be one, and who the gateway is to it."""

import json
import ssl

import pytest

from harness.authority import Authority
from harness.client import curl
from harness.upstream import Upstream
from harness.waiting import wait_for
from harness.world import policy

POLICY = policy(card=("envelope", "payments", "$.card"))
CARD = "4111111111111111"
BODY = json.dumps({"card": CARD}).encode()


@pytest.fixture(scope="module")
def authority(world):
    world.keep_secret(CARD)
    return Authority(world.folder, "upstreams")


@pytest.fixture
def secure():
    """Starts upstreams with a certificate, which may ask for clients'."""
    started = []

    def start(issued, clients=None):
        context = issued.server_context()
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
    wait_for(lambda: curl(f"{gateway.url}/orders", BODY).status == 200)


def test_without_roots_the_machine_s_are_asked(world, authority, secure):
    upstream = secure(authority.issue("of-the-machine"))
    strangers = Authority(world.folder, "machine-strangers")
    for name, known, status in [("stranger", strangers, 502), ("known", authority, 200)]:
        gateway = world.gateway(
            f"tls-machine-{name}",
            POLICY,
            upstreams={"app": {"url": upstream.url}},
            environment={"SSL_CERT_FILE": str(known.root)},
        )
        assert curl(f"{gateway.url}/orders", BODY).status == status, name


@pytest.mark.parametrize(
    "scheme, tls, says",
    [
        ("http", {"roots": "nowhere.pem"}, "`tls` is for an upstream whose URL begins with `https`"),
        ("https", {"roots": "nowhere.pem"}, "nowhere.pem` cannot be read"),
        ("https", {"roots": "edge.key"}, "edge.key` holds no certificate in PEM"),
        ("https", {"roots": "upstreams.pem", "key": "signer.1.key"}, "`certificate` and `key` need each other"),
        (
            "https",
            {"roots": "upstreams.pem", "certificate": "upstreams.pem", "key": "signer.1.key"},
            "do not go together: the key is another certificate's",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(world, authority, scheme, tls, says):
    with pytest.raises(RuntimeError) as failed:
        gateway_to(world, "wrong", f"{scheme}://127.0.0.1:9", **tls)
    assert says in str(failed.value) and "tls-to-wrong.yaml:" in str(failed.value), failed.value
