"""Tenants from a claim of the client's bearer token: a real gateway, and tokens that PyJWT made."""

import hashlib
import hmac
import json
import re
import signal
import time

import pytest
import requests
from cryptography.hazmat.primitives import serialization

from harness.authority import Authority
from harness.client import curl
from harness.issuer import AUDIENCE, ISSUER, Issuer, JwksServer, base64url
from harness.kms import arn
from harness.process import Process, free_port
from harness.waiting import wait_for
from harness.world import policy

CARD = "4929 7226 5379 7141"
BODY = json.dumps({"card": CARD}).encode()
POLICY = {
    **policy(card=("vault", "payments", "$.card")),
    "classes": {"card": {"kind": "vault", "key": "payments", "alphabet": "digits", "outside": "keep",
                         "keep_last": 4, "min_length": 12}},
}
KEYS = {"rsa": "rsa", "p256": "p256", "p384": "p384", "ed": "ed"}


@pytest.fixture(scope="module")
def issuer():
    return Issuer(**KEYS, old="rsa", new="rsa")


@pytest.fixture(scope="module", autouse=True)
def secrets(world):
    """What no log of any service may hold (test_no_leak.py, which looks for bearer tokens too)."""
    world.keep_secret(CARD)


def route(world, service, **settings):
    claim = {"name": "tenant_id", "issuer": ISSUER, "audience": ["another", AUDIENCE], **settings}
    file = world.write(f"{service}.policy.yaml", POLICY)
    return [{"match": {"path": "/*"}, "upstream": "app", "policy": file, "tenant": {"claim": claim}}]


def start(world, service, environment=None, **settings):
    """A gateway; `settings` are those of its claim."""
    vault = {"sqlite": {"file": f"{service}.db"}}
    routes = route(world, service, **settings)
    return world.gateway(service, routes=routes, vault=vault, environment=environment)


@pytest.fixture(scope="module")
def gateway(world, issuer):
    (world.folder / "claims.jwks").write_text(issuer.jwks(*KEYS))
    return start(world, "claims", jwks="claims.jwks")


def ask(gateway, *tokens):
    """The answer to a request with these bearer tokens."""
    headers = [f"Authorization: Bearer {token}" for token in tokens]
    return curl(gateway.url, BODY, headers=headers)


def code(answer):
    return answer.problem()["code"], answer.problem().get("reason")


def test_tenants_of_tokens_are_apart(world, issuer, gateway):
    world.allow("payments", arn("role", "analyst"))
    detokenize = world.detokenize(
        "claims-detokenize", vault={"sqlite": {"file": "claims.db"}}, policies={"all": "claims.policy.yaml"}
    )

    def reveal(document, tenant):
        answer = requests.post(
            f"{detokenize.url}/v1/detokenize", params={"policy": "all", "tenant": tenant}, data=document,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {world.token()}"}, timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["card"]

    for tenant, other in [("acme", "globex"), ("globex", "acme")]:
        mark = world.upstream.mark()
        token = issuer.token("rsa", "RS256", tenant_id=tenant)
        assert ask(gateway, token).status == 200
        received = world.upstream.only(mark)
        sealed = received.json()["card"]
        assert sealed != CARD and sealed.endswith("7141")
        assert received.header("authorization") == f"Bearer {token}", "it is the application's"
        assert reveal(received.body, tenant) == CARD
        assert reveal(received.body, other) == sealed


@pytest.mark.parametrize("kid, algorithm", [
    *(("rsa", name) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
    ("p256", "ES256"), ("p384", "ES384"), ("ed", "EdDSA"),
])
def test_what_pyjwt_signs_is_accepted(issuer, gateway, kid, algorithm):
    for _ in range(2):
        assert ask(gateway, issuer.token(kid, algorithm)).status == 200


def forged(head, issuer, secret=b""):
    """A token with a head of one's own and, with a secret, an HMAC."""
    claims = issuer.token("rsa", "RS256").split(".")[1]
    message = f"{base64url(json.dumps(head).encode())}.{claims}"
    tag = hmac.digest(secret, message.encode(), hashlib.sha256) if secret else b""
    return f"{message}.{base64url(tag)}"


def attacks(issuer):
    """Name, what is wrong, and the tokens that are sent."""
    public = issuer.keys["rsa"].public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    mine, now = issuer.keys["old"], int(time.time())
    good = issuer.token("rsa", "RS256")
    own_key = {"jwk": issuer.jwk("old"), "jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/"}
    yield "no token", "missing", []
    yield "two tokens", "twice", [good, good]
    yield "alg none", "algorithm", [forged({"alg": "none", "kid": "rsa"}, issuer)]
    for name, secret in [("PEM", pem), ("PEM without its last line break", pem.strip()), ("DER", der)]:
        yield f"HS256 by the public key as {name}", "algorithm", [forged({"alg": "HS256", "kid": "rsa"}, issuer, secret)]
    yield "a kid of nobody", "unknown-key", [issuer.token("rsa", "RS256", {"kid": "nobody"})]
    yield "the kid of another key", "signature", [issuer.token("rsa", "RS256", key=mine)]
    yield "a key of another type", "unknown-key", [issuer.token("p256", "ES256", {"kid": "rsa"})]
    yield "a key of its own", "signature", [issuer.token("rsa", "RS256", own_key, key=mine)]
    yield "expired", "expired", [issuer.token("rsa", "RS256", exp=now - 60)]
    yield "without exp", "no-expiry", [issuer.token("rsa", "RS256", exp=None)]
    yield "not yet valid", "not-yet-valid", [issuer.token("rsa", "RS256", nbf=now + 300)]
    yield "another audience", "audience", [issuer.token("rsa", "RS256", aud="elsewhere")]
    yield "no audience", "audience", [issuer.token("rsa", "RS256", aud=None)]
    yield "another issuer", "issuer", [issuer.token("rsa", "RS256", iss="https://evil.example/")]
    yield "crit", "head", [issuer.token("rsa", "RS256", {"crit": ["exp"], "exp": now})]
    yield "another type", "head", [issuer.token("rsa", "RS256", {"typ": "logout+jwt"})]
    yield "a huge token", "too-long", [issuer.token("rsa", "RS256", padding="x" * (16 << 10))]
    yield "two tokens in one field", "malformed", [f"{good}, {good}"]
    yield "no token at all", "malformed", ["x"]


def test_attacks_are_refused_and_nothing_goes_on(world, issuer, gateway):
    seen = set()
    mark = world.upstream.mark()
    for name, reason, tokens in attacks(issuer):
        headers = [("Authorization", f"Bearer {token}") for token in tokens]
        assert code(ask(gateway, *tokens)) == ("bad-token", reason), name
        if len(headers) < 2:
            answer = requests.post(gateway.url, data=BODY, headers=dict(headers), timeout=30)
            error = "" if reason == "missing" else ', error="invalid_token"'
            assert answer.status_code == 401, name
            assert answer.headers["WWW-Authenticate"] == f'Bearer realm="veilgate"{error}', name
        seen.add(reason)
    assert len(seen) == 13, "every reason"
    for tenant in ("a b", "", 7, None, ["acme"], "x" * 129):
        assert code(ask(gateway, issuer.token("rsa", "RS256", tenant_id=tenant))) == ("no-tenant", None), tenant
    assert not world.upstream.since(mark)


def test_a_claim_inside_another(world, issuer, gateway):
    nested = start(world, "claims-nested", jwks="claims.jwks", name="/org/id")
    assert ask(nested, issuer.token("rsa", "RS256", org={"id": "acme"})).status == 200
    assert code(ask(nested, issuer.token("rsa", "RS256"))) == ("no-tenant", None)


def test_keys_of_a_file_change_while_it_runs(world, issuer):
    file = world.folder / "claims-rotated.jwks"
    file.write_text(issuer.jwks("old"))
    gateway = start(world, "claims-rotated", jwks="claims-rotated.jwks")
    old, new = issuer.token("old", "RS256"), issuer.token("new", "RS256")
    assert ask(gateway, old).status == 200, "and is remembered"
    assert code(ask(gateway, new)) == ("bad-token", "unknown-key")

    file.write_text(issuer.jwks("old", "new"))
    wait_for(lambda: ask(gateway, new).status == 200)
    assert ask(gateway, old).status == 200

    file.write_text(issuer.jwks("new"))
    gateway.process.child.send_signal(signal.SIGHUP)
    wait_for(lambda: ask(gateway, old).status == 401)
    assert code(ask(gateway, old)) == ("bad-token", "unknown-key")

    file.write_text('{"keys": [')
    wait_for(lambda: "no JSON Web Key Set" in gateway.process.output())
    assert ask(gateway, new).status == 200, "the old ones stay in force"
    assert ask(gateway, old).status == 401


@pytest.fixture
def server(issuer):
    server = JwksServer(issuer.jwks("old"))
    yield server
    server.close()


def test_keys_are_fetched_and_a_new_one_when_a_token_names_it(world, issuer, server):
    started = time.monotonic()
    gateway = start(world, "claims-fetched", jwks_url=server.url)

    def fetches_are_few():
        """One at the start, and then at most one in ten seconds, whatever clients send."""
        return server.count <= 1 + (time.monotonic() - started) / 10

    old, new = issuer.token("old", "RS256"), issuer.token("new", "RS256")
    assert ask(gateway, old).status == 200
    for kid in range(30):
        assert code(ask(gateway, issuer.token("old", "RS256", {"kid": f"unknown-{kid}"})))[1] == "unknown-key"
    assert fetches_are_few()
    server.text = issuer.jwks("new")
    wait_for(lambda: ask(gateway, new).status == 200)
    assert server.count > 1 and fetches_are_few()
    assert code(ask(gateway, old)) == ("bad-token", "unknown-key"), "its key has been withdrawn"


def test_the_last_good_keys_are_kept(world, issuer, server):
    gateway = start(world, "claims-kept", jwks_url=server.url, refresh="1s")
    old = issuer.token("old", "RS256")
    assert ask(gateway, old).status == 200
    for status, text in [(500, server.text), (200, "<html>"), (200, '{"keys": []}')]:
        server.status, server.text = status, text
        count = server.count
        wait_for(lambda: server.count > count + 1)
        assert ask(gateway, old).status == 200, (status, text)
    assert "could not be fetched" in gateway.process.output()
    server.silent.set()
    assert code(ask(gateway, issuer.token("new", "RS256"))) == ("bad-token", "unknown-key")
    assert ask(gateway, old).status == 200
    # A reload does not forget them either.
    gateway.process.child.send_signal(signal.SIGHUP)
    wait_for(lambda: "is in force" in gateway.process.output())
    assert ask(gateway, old).status == 200


def test_without_any_keys_it_says_when_to_try_again(world, issuer):
    port = free_port()
    gateway = start(world, "claims-away", jwks_url=f"http://127.0.0.1:{port}/jwks.json", refresh="1s")
    mark = world.upstream.mark()
    headers = {"Authorization": f"Bearer {issuer.token('old', 'RS256')}"}
    answer = requests.post(gateway.url, data=BODY, headers=headers, timeout=30)
    assert answer.status_code == 503 and answer.json()["code"] == "issuer-keys-unavailable", answer.text
    assert answer.json()["retry"] and int(answer.headers["Retry-After"]) > 0
    assert code(ask(gateway)) == ("bad-token", "missing"), "which no keys would mend"
    assert not world.upstream.since(mark)
    server = JwksServer(issuer.jwks("old"), port)
    try:
        wait_for(lambda: ask(gateway, issuer.token("old", "RS256")).status == 200)
    finally:
        server.close()


def test_a_shadow_route_says_what_it_would_refuse(world, issuer, server):
    port = free_port()
    routes = [{**each, "shadow": True} for each in route(world, "claims-shadow", jwks_url=server.url, refresh="1s")]
    gateway = world.gateway("claims-shadow", routes=routes, vault={"sqlite": {"file": "claims-shadow.db"}},
                            admin=f"127.0.0.1:{port}")

    def count(name, **labels):
        """The sum of a counter's values with these labels."""
        text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
        lines = re.findall(rf"^veilgate_{name}_total\{{(.*)\}} (\d+)$", text, re.M)
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(int(value) for found, value in lines if all(label in found for label in wanted))

    mark = world.upstream.mark()
    for tokens in [(), (), (issuer.token("old", "RS256", tenant_id="a b"),), (issuer.token("old", "RS256"),)]:
        assert ask(gateway, *tokens).status == 200
    assert [request.body for request in world.upstream.since(mark)] == [BODY] * 4
    wait_for(lambda: count("requests", status=200) == 4)
    assert (count("would_refuse", code="bad-token"), count("would_refuse", code="no-tenant")) == (2, 1)
    # values are found all the same, whosever they are
    assert (count("values", outcome="left"), count("values")) == (4, 4)
    assert count("issuer_key_fetches", outcome="done") >= 1
    server.status = 500
    wait_for(lambda: count("issuer_key_fetches", outcome="failed") >= 1)


def test_https_needs_a_certificate_that_the_machine_trusts(world, issuer):
    trusted, stranger = Authority(world.folder, "claims-ca"), Authority(world.folder, "claims-stranger")
    server = JwksServer(issuer.jwks("old"), tls=trusted.issue("claims-server").server_context())
    try:
        for name, authority, status in [("trusted", trusted, 200), ("stranger", stranger, 503)]:
            environment = {"SSL_CERT_FILE": str(authority.root)}
            gateway = start(world, f"claims-{name}", environment, jwks_url=server.url)
            assert ask(gateway, issuer.token("old", "RS256")).status == status, name
        assert "certificate" in gateway.process.output()
    finally:
        server.close()


def test_a_url_that_anybody_could_answer_is_refused(world, gateway):
    document = {
        "version": 1, "listen": "127.0.0.1:0", "keys": "keys.yaml", "edge_keys": ["edge.key"],
        "signer": {"name": "edge", "version": 1, "private_key": "signer.1.key"},
        "vault": {"sqlite": {"file": "claims-http.db"}},
        "upstreams": {"app": {"url": world.upstream.url}},
        "routes": route(world, "claims-http", jwks_url="http://login.example.com/jwks.json"),
    }
    world.write("claims-http.yaml", document)
    process = Process("veilgate-gateway", ["--config", "claims-http.yaml"], world.folder, {}, "claims-http")
    assert process.wait_for_exit() != 0
    said = process.output()
    assert "VG0301" in said and "http://login.example.com" in said and "https://" in said, said
