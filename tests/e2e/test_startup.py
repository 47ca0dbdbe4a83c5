"""What a service needs to start, what it says when that is missing, and how it stops."""

import http.client
import time

import pytest
import yaml

from harness.client import address, curl
from harness.kms import LocalKms
from harness.process import Process, free_port
from harness.world import Service, policy

POLICY = policy(card=("envelope", "payments", "$.card"))
UNREACHABLE = {
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "AKIAUNREACHABLE00000",
    "AWS_SECRET_ACCESS_KEY": "nothing",
}


def start_with_ring(world, name, change, environment):
    """A gateway whose key ring was changed by `change`."""
    ring = yaml.safe_load(yaml.safe_dump(world.ring))
    change(ring)
    world.write(f"{name}.keys.yaml", ring)
    world.write(f"{name}.policy.yaml", POLICY)
    document = yaml.safe_load((world.folder / "startup.yaml").read_text())
    document["keys"] = f"{name}.keys.yaml"
    world.write(f"{name}.yaml", document)
    process = Process("veilgate-gateway", ["--config", f"{name}.yaml"], world.folder, environment, name)
    world.started.append(process)
    return process


def without_public_key(ring):
    del ring["keys"]["payments"]["versions"][0]["public_key"]


@pytest.fixture(scope="module")
def gateway(world):
    return world.gateway("startup", POLICY)


def test_it_starts_from_public_keys_alone(world, gateway):
    """The fixture's gateway has an empty environment: no credentials, no region, no way to KMS."""
    assert curl(gateway.url, b'{"card": 1}').status == 200


def test_it_starts_when_kms_cannot_be_reached_but_the_keys_are_on_file(world, gateway):
    process = start_with_ring(world, "startup-unreachable", lambda ring: None, UNREACHABLE)
    (url, *_) = process.wait_until_it_listens()
    assert curl(Service(process, url).url, b'{"card": 1}').status == 200


def test_it_says_which_key_it_lacks(world, gateway):
    process = start_with_ring(world, "startup-lacks", without_public_key, UNREACHABLE)
    assert process.wait_for_exit() != 0
    assert "payments" in process.output()


def test_it_says_which_file_is_missing(world, gateway):
    def elsewhere(ring):
        ring["keys"]["payments"]["versions"][0]["public_key"] = "not-there.pem"

    process = start_with_ring(world, "startup-no-file", elsewhere, {})
    assert process.wait_for_exit() != 0
    assert "not-there.pem" in process.output()


def test_it_fetches_public_keys_that_are_not_on_file(world, gateway):
    process = start_with_ring(world, "startup-fetches", without_public_key, world.admin_environment())
    (url, *_) = process.wait_until_it_listens()
    assert curl(url, b'{"card": 1}').status == 200


def test_check_finds_a_mistake_without_starting(world, gateway):
    world.write("startup-typo.yaml", {"version": 1, "listen": "127.0.0.1:0", "ruotes": []})
    for name, expected in [("startup", 0), ("startup-typo", 1)]:
        process = Process(
            "veilgate-gateway", ["--config", f"{name}.yaml", "--check"], world.folder, {}, f"{name}-check"
        )
        world.started.append(process)
        assert bool(process.wait_for_exit()) == bool(expected), process.output()
    assert "ruotes" in process.output()


def test_the_admin_listeners_answer(world):
    ports = free_port(), free_port()
    world.gateway("startup-admin", POLICY, admin=f"127.0.0.1:{ports[0]}")
    world.detokenize("startup-admin-detokenize", admin=f"127.0.0.1:{ports[1]}")
    for port in ports:
        for path in ("healthz", "readyz"):
            assert curl(f"http://127.0.0.1:{port}/{path}").status == 200, (port, path)


def test_a_signal_lets_the_request_in_flight_finish(world):
    service = world.gateway("startup-stops", POLICY)
    connection = http.client.HTTPConnection(*address(service.url), timeout=30)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "12")
    connection.endheaders(b'{"card"')
    # The request must have begun before the signal comes.
    time.sleep(0.3)
    service.process.child.terminate()
    connection.send(b": 12}")
    assert connection.getresponse().status == 200
    assert service.process.wait_for_exit() == 0


def test_local_kms_keeps_its_keys_when_killed(world, tmp_path):
    kms = LocalKms(tmp_path, world.identity.jwks_file)
    key = kms.client().create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    public = kms.client().get_public_key(KeyId=key)["PublicKey"]
    kms.process.child.kill()
    kms.process.child.wait()
    again = LocalKms(tmp_path, world.identity.jwks_file)
    try:
        assert again.client().get_public_key(KeyId=key)["PublicKey"] == public
    finally:
        again.stop()
