"""Both services over HTTPS: versions, clients' certificates, renewal, and what is refused."""

import http.client
import json
import socket
import ssl

import pytest
from cryptography import x509

from harness.authority import Authority
from harness.client import CurlFailed, address, curl, raw_exchange
from harness.process import Process
from harness.waiting import wait_for
from harness.world import policy

POLICY = policy(card=("envelope", "payments", "$.card"))
CARD = "4111111111111111"
BODY = json.dumps({"card": CARD}).encode()


@pytest.fixture(scope="module")
def authority(world):
    world.keep_secret(CARD)
    return Authority(world.folder)


@pytest.fixture(scope="module")
def tls(authority):
    issued = authority.issue("server")
    return {"certificate": issued.certificate.name, "key": issued.key.name}


@pytest.fixture(scope="module")
def gateway(world, tls):
    return world.gateway("tls", POLICY, tls=tls)


def trusting(authority, client=None):
    """curl's options."""
    options = ["--cacert", str(authority.root)]
    if client:
        options += ["--cert", str(client.certificate), "--key", str(client.key)]
    return options


@pytest.mark.parametrize("version", ["1.1", "2"])
def test_values_come_and_go_encrypted(world, upstream, authority, tls, gateway, version):
    detokenize = world.detokenize(f"tls-detokenize-{version}", tls=tls)
    assert gateway.url.startswith("https://") and detokenize.url.startswith("https://")
    options = [*trusting(authority), f"--http{version}"]
    mark = upstream.mark()

    answer = curl(f"{gateway.url}/orders", BODY, options=options)

    assert (answer.status, answer.version) == (200, version)
    received = upstream.only(mark)
    assert CARD.encode() not in received.body
    assert received.header("x-forwarded-proto") == "https"
    assert received.header("forwarded") == "for=127.0.0.1;proto=https"
    bearer = [f"Authorization: Bearer {world.token('analyst')}"]
    revealed = curl(f"{detokenize.url}/v1/detokenize", received.body, headers=bearer, options=options)
    assert (revealed.status, revealed.version, revealed.json()) == (200, version, {"card": CARD})


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_tls_versions(authority, gateway, version):
    options = [*trusting(authority), f"--tlsv{version}", "--tls-max", version]
    assert curl(f"{gateway.url}/orders", BODY, options=options).status == 200


def test_tls_1_1_is_refused(authority, gateway):
    options = [*trusting(authority), "--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT:@SECLEVEL=0"]
    with pytest.raises(CurlFailed) as failed:
        curl(f"{gateway.url}/orders", BODY, options=options)
    # the server's refusal, not curl's own
    assert " alert " in failed.value.args[1], failed.value


def test_cleartext_is_no_way_in(world, upstream, tls):
    gateway = world.gateway("tls-cleartext", POLICY, tls=tls, environment={"VEILGATE_LOG": "debug"})
    mark = upstream.mark()
    request = b"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    answer, closed = raw_exchange(gateway.url, request % len(BODY) + BODY)
    assert closed and b"HTTP/" not in answer
    assert upstream.since(mark) == []
    wait_for(lambda: "connection ended before its first request" in gateway.process.output())
    assert CARD not in gateway.process.output()


def test_who_says_nothing_is_let_go(world, tls):
    gateway = world.gateway("tls-silent", POLICY, tls=tls, limits={"header_timeout": "1s"})
    with socket.create_connection(address(gateway.url), timeout=10) as silent:
        assert silent.recv(1) == b""


@pytest.mark.parametrize("service", ["gateway", "detokenize"])
def test_clients_without_the_certificate_are_not_heard(world, upstream, authority, tls, service):
    tls = {**tls, "client_roots": authority.root.name}
    if service == "gateway":
        running, path, body = world.gateway("tls-clients", POLICY, tls=tls), "/orders", BODY
    else:
        running, path, body = world.detokenize("tls-clients-detokenize", tls=tls), "/v1/detokenize", b"{}"
    strangers = Authority(world.folder, f"strangers-of-{service}")
    mark = upstream.mark()
    for client in [None, strangers.issue(f"stranger-of-{service}")]:
        with pytest.raises(CurlFailed) as failed:
            curl(f"{running.url}{path}", body, options=trusting(authority, client))
        # with TLS 1.3 the refusal comes after the client's side of the handshake is done
        assert failed.value.args[0] in (35, 55, 56), failed.value
    assert upstream.since(mark) == []

    options = trusting(authority, authority.issue(f"client-of-{service}"))
    headers = [f"Authorization: Bearer {world.token('analyst')}"] if service == "detokenize" else []
    assert curl(f"{running.url}{path}", body, headers=headers, options=options).status == 200


@pytest.mark.parametrize("service", ["gateway", "detokenize"])
def test_a_renewed_certificate_is_shown_without_a_restart(world, authority, service):
    shown = authority.issue(f"renewed-{service}")
    tls = {"certificate": shown.certificate.name, "key": shown.key.name}
    name = f"tls-renewal-{service}"
    running = world.gateway(name, POLICY, tls=tls) if service == "gateway" else world.detokenize(name, tls=tls)
    assert serial(running.url) == shown.serial
    old = connection(running.url, authority)
    old.request("GET", "/nothing")
    old.getresponse().read()

    following = authority.issue(f"following-{service}")
    shown.certificate.write_bytes(following.certificate.read_bytes())
    wait_for(lambda: "the old one stays in force" in running.process.output())
    assert serial(running.url) == shown.serial, "half of a renewal"
    shown.key.write_bytes(following.key.read_bytes())
    wait_for(lambda: serial(running.url) == following.serial)

    old.request("GET", "/nothing")
    assert old.getresponse().read(), "a connection that was open goes on"


@pytest.mark.parametrize("binary", ["veilgate-gateway", "veilgate-detokenize"])
def test_a_key_of_another_certificate_is_named_at_the_start(world, authority, tls, gateway, binary):
    world.detokenize("tls-pair", tls=tls)
    document = "tls.yaml" if binary == "veilgate-gateway" else "tls-pair.yaml"
    other = authority.issue(f"other-of-{binary}")
    text = (world.folder / document).read_text().replace(f"key: {tls['key']}", f"key: {other.key.name}")
    (world.folder / f"pair-{binary}.yaml").write_text(text)
    arguments = ["--config", f"pair-{binary}.yaml", "--check"]
    process = Process(binary, arguments, world.folder, {}, f"pair-{binary}")
    world.started.append(process)
    assert process.wait_for_exit() == 1
    said = process.output()
    line = text.splitlines().index("tls:") + 2
    assert f"pair-{binary}.yaml:{line}" in said and "the key is another certificate's" in said, said


def serial(url):
    pem = ssl.get_server_certificate(address(url))
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def connection(url, authority):
    context = ssl.create_default_context(cafile=authority.root)
    return http.client.HTTPSConnection(*address(url), context=context, timeout=10)
