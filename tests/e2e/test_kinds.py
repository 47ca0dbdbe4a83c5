"""Every kind of token with real processes: made by the gateway, given back by the detokenize service."""

import csv
import io
import json
import re
import sqlite3
import subprocess

import pytest
import requests
import yaml

from harness.client import curl
from harness.kms import arn
from harness.process import Process, free_port
from test_symmetric_keys import keys

CARD = "4111-1111-1111-1111"
CLASSES = {
    "card": {"kind": "vault", "key": "payments", "alphabet": "digits", "outside": "keep", "keep_last": 4,
             "luhn": "valid", "min_length": 12, "index_key": "links", "deterministic": True, "misfit": "other"},
    "pan": {"kind": "fpe", "key": "links", "alphabet": "digits", "outside": "keep", "keep_last": 4, "min_length": 12},
    "mail": {"kind": "siv", "key": "links"},
    "note": {"kind": "envelope", "key": "payments", "stored": True},
    "person": {"kind": "hmac", "key": "links", "output": "uuid"},
    "born": {"kind": "date", "key": "links", "max_days": 30},
    "age": {"kind": "bucket", "width": 10},
    "phone": {"kind": "mask", "keep_last": 2},
    "name": {"kind": "redact"},
    "remark": {"kind": "redact", "replace": "drop"},
    "other": {"kind": "envelope", "key": "payments"},
}
RECORD = {
    "card": CARD, "pan": "4012 8888 8888 1881", "mail": "ada@example.com", "note": 'a "quoted" note',
    "person": "ada", "born": "1984-03-10", "age": 37, "phone": "+44 20 7946 0958", "name": "Ada", "remark": "x",
}
REVEALED = ("card", "pan", "mail", "note")


def policy_of(classes):
    rules = [
        {"name": name, "select": f"$..{name}", "columns": name, "class": name}
        for name in classes if name != "other"
    ]
    return {"version": 1, "classes": classes, "rules": rules, "csv": {"missing_columns": "pass"}}


def ring_with(world, key, ring):
    """The ring with a symmetric key that the gateway and the analyst may unwrap."""
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": arn("user", "admin")},
         "NotAction": ["kms:Decrypt", "kms:ReEncrypt*"], "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": [arn("user", "gateway"), arn("role", "analyst")]},
         "Action": "kms:Decrypt", "Resource": "*",
         "Condition": {"StringEquals": {"kms:EncryptionContext:veilgate-key": key}}},
    ]
    made = world.kms.client().create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    kms_key = made["KeyMetadata"]["KeyId"]
    command = ["create", "--ring", ring, "--key", key, "--kms-key", kms_key]
    done = keys(world, world.folder, *command, user="admin")
    assert done.returncode == 0, done.stderr
    added = yaml.safe_load("keys:\n" + done.stdout)["keys"]
    return world.write(ring, {**world.ring, "keys": {**world.ring["keys"], **added}})


@pytest.fixture(scope="module")
def ring(world):
    return ring_with(world, "links", "kinds.keys.yaml")


def gateway_environment(world):
    from harness.kms import REGION, access_key

    access_key_id, secret_access_key = access_key("gateway")
    return {
        "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL_KMS": world.kms.url,
        "AWS_ACCESS_KEY_ID": access_key_id, "AWS_SECRET_ACCESS_KEY": secret_access_key,
    }


def start(world, ring, name, vault):
    world.allow("payments", arn("role", "analyst"))
    policy = policy_of(CLASSES)
    gateway = world.gateway(name, policy, keys=ring, vault=vault, environment=gateway_environment(world))
    detokenize = world.detokenize(
        f"{name}-detokenize", keys=ring, vault=vault, policies={"all": f"{name}.policy.yaml"}
    )
    return gateway, detokenize


@pytest.fixture(scope="module")
def services(world, ring):
    return start(world, ring, "kinds", {"sqlite": {"file": "kinds.db"}})


@pytest.fixture(scope="module", autouse=True)
def secrets(world):
    """What no log of any service may hold (test_no_leak.py)."""
    world.keep_secret(CARD, *(RECORD[name] for name in ("pan", "mail", "note", "phone")))


def through(world, gateway, body, content_type="application/json"):
    """What the upstream got of a body."""
    mark = world.upstream.mark()
    answer = curl(gateway.url, body, content_type=content_type)
    assert answer.status == 200, answer.body
    return world.upstream.only(mark).body


def reveal_by_policy(world, detokenize, body, content_type="application/json", role="analyst", **query):
    answer = requests.post(
        f"{detokenize.url}/v1/detokenize", params={"policy": "all", **query}, data=body,
        headers={"Content-Type": content_type, "Authorization": f"Bearer {world.token(role)}"}, timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return answer.content


def test_each_kind_makes_what_it_should_and_gives_back_what_it_can(world, services):
    gateway, detokenize = services
    body = json.dumps(RECORD).encode()
    tokens = json.loads(through(world, gateway, body))
    assert re.fullmatch(r"(\d{4}-){3}1111", tokens["card"]) and tokens["card"] != CARD
    assert re.fullmatch(r"\d{4} \d{4} \d{4} 1881", tokens["pan"]) and tokens["pan"] != RECORD["pan"]
    assert tokens["mail"].startswith("~vg1.") and len(tokens["mail"]) < 100
    assert tokens["note"].startswith("~vg1.") and len(tokens["note"]) < 140
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", tokens["person"])
    assert re.fullmatch(r"1984-0[234]-\d\d", tokens["born"]) and tokens["born"] != RECORD["born"]
    assert (tokens["age"], tokens["phone"], tokens["name"]) == ("30-39", "*" * 14 + "58", "[name]")
    assert tokens["remark"] is None

    again = json.loads(through(world, gateway, body))
    same = {name for name in RECORD if again[name] == tokens[name]}
    assert same == set(RECORD) - {"note"}, "only the envelope differs each time"

    revealed = json.loads(reveal_by_policy(world, detokenize, json.dumps(tokens).encode()))
    assert {name: revealed[name] for name in REVEALED} == {name: RECORD[name] for name in REVEALED}
    assert all(revealed[name] == tokens[name] for name in RECORD if name not in REVEALED)


def test_the_key_policy_decides_for_each_kind(world, services):
    gateway, detokenize = services
    sent = through(world, gateway, json.dumps(RECORD).encode())
    assert reveal_by_policy(world, detokenize, sent, role="support") == sent


def test_columns_keep_their_quotes_and_come_back_byte_for_byte(world, services):
    gateway, detokenize = services
    document = f'id,card,note,mail\r\n1,{CARD},"a ""b"", c",x@y.z\r\n2,"{CARD}",plain,"q,r@s.t"\r\n'.encode()
    sent = through(world, gateway, document, "text/csv")
    rows = list(csv.DictReader(io.StringIO(sent.decode())))
    assert rows[0]["card"] == rows[1]["card"] != CARD
    back = reveal_by_policy(world, detokenize, sent, "text/csv")
    assert list(csv.reader(io.StringIO(back.decode()))) == list(csv.reader(io.StringIO(document.decode())))


def test_a_batch_names_the_class_of_tokens_that_do_not_describe_themselves(world, services):
    gateway, detokenize = services
    tokens = json.loads(through(world, gateway, json.dumps(RECORD).encode()))
    batch = {"policy": "all", "tokens": [
        {"token": tokens["card"], "class": "card"}, {"token": tokens["pan"], "class": "pan"},
        tokens["mail"], tokens["note"], {"token": "5500-0000-0000-0004", "class": "card"},
    ]}
    headers = {"Authorization": f"Bearer {world.token('analyst')}"}
    answer = requests.post(f"{detokenize.url}/v1/detokenize/batch", json=batch, headers=headers, timeout=30)
    results = answer.json()["results"]
    assert [result.get("value") for result in results] == [*(RECORD[name] for name in REVEALED), None]
    batch["tokens"] = [{"token": "x", "class": "name"}]
    answer = requests.post(f"{detokenize.url}/v1/detokenize/batch", json=batch, headers=headers, timeout=30)
    assert answer.status_code == 400 and answer.json()["code"] == "irreversible-class", answer.text


def test_what_does_not_fit_goes_to_the_class_that_stands_in_or_is_refused(world, services):
    gateway, _ = services
    sent = json.loads(through(world, gateway, b'{"card": "4111-1111-1111-1112"}'))
    assert sent["card"].startswith("~vg1.")
    mark = world.upstream.mark()
    answer = curl(gateway.url, b'{"pan": "no card 4111"}')
    problem = json.loads(answer.body)
    assert answer.status == 422 and problem["code"] == "value-unfit" and problem["class"] == "pan"
    assert b"4111" not in answer.body
    assert not world.upstream.since(mark)


def test_the_file_holds_no_value_and_what_kill_left_opens(world, ring):
    gateway, detokenize = start(world, ring, "kinds-kill", {"sqlite": {"file": "kinds-kill.db"}})
    sent = []
    for number in range(20):
        body = json.dumps({"card": CARD[:-9] + f"{number:04}-1111", "note": f"note {number}"}).encode()
        sent.append((body, through(world, gateway, body)))
    gateway.process.child.kill()
    gateway.process.child.wait()
    for body, tokens in sent:
        assert json.loads(reveal_by_policy(world, detokenize, tokens)) == json.loads(body)
    with sqlite3.connect(world.folder / "kinds-kill.db") as database:
        dump = "\n".join(database.iterdump()).encode()
    dump += (world.folder / "kinds-kill.db").read_bytes()
    assert b"note 1" not in dump and b"4111-1111-0001" not in dump


def test_redis_keeps_them_as_well(world, ring, tmp_path):
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--dir", str(tmp_path), "--appendonly", "yes",
         "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            if subprocess.run(["redis-cli", "-p", str(port), "ping"], capture_output=True, check=False).stdout == b"PONG\n":
                break
        vault = {"redis": {"server": f"127.0.0.1:{port}"}}
        gateway, detokenize = start(world, ring, "kinds-redis", vault)
        body = json.dumps({"card": CARD, "note": "n"}).encode()
        sent = through(world, gateway, body)
        assert json.loads(reveal_by_policy(world, detokenize, sent)) == json.loads(body)
        server.terminate()
        server.wait()
        mark = world.upstream.mark()
        answer = curl(gateway.url, b'{"card": "5500-0000-0000-0004"}')
        problem = json.loads(answer.body)
        assert answer.status == 503 and problem["code"] == "vault-unavailable", answer.body
        assert not world.upstream.since(mark)
    finally:
        server.kill()


def test_a_redis_that_could_lose_tokens_is_refused_at_the_start(world, ring, tmp_path):
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--dir", str(tmp_path), "--save", ""], stdout=subprocess.DEVNULL
    )
    try:
        policy = world.write("kinds-lossy.policy.yaml", policy_of(CLASSES))
        for _ in range(100):
            if subprocess.run(["redis-cli", "-p", str(port), "ping"], capture_output=True, check=False).stdout == b"PONG\n":
                break
        world.write("kinds-lossy.yaml", {
            "version": 1, "listen": "127.0.0.1:0", "keys": ring, "edge_keys": ["edge.key"],
            "signer": {"name": "edge", "version": 1, "private_key": "signer.1.key"},
            "upstreams": {"app": {"url": world.upstream.url}}, "vault": {"redis": {"server": f"127.0.0.1:{port}"}},
            "routes": [{"upstream": "app", "policy": policy}],
        })
        process = Process("veilgate-gateway", ["--config", "kinds-lossy.yaml"], world.folder,
                          gateway_environment(world), "kinds-lossy")
        assert process.wait_for_exit() != 0
        assert "appendonly" in process.output(), process.output()
    finally:
        server.kill()


def test_tenants_are_apart_and_a_request_without_one_is_refused(world, ring):
    policy = world.write("kinds-tenants.policy.yaml", policy_of(CLASSES))
    vault = {"sqlite": {"file": "kinds-tenants.db"}}
    routes = [{"match": {"path": "/t/*"}, "upstream": "app", "policy": policy, "tenant": {"path": "/t/{}/**"}}]
    gateway = world.gateway("kinds-tenants", routes=routes, keys=ring, vault=vault,
                            environment=gateway_environment(world))
    detokenize = world.detokenize("kinds-tenants-detokenize", keys=ring, vault=vault, policies={"all": policy})
    body = json.dumps({name: RECORD[name] for name in ("card", "pan", "mail", "person", "note")}).encode()
    sent = {}
    for tenant in ("acme", "globex"):
        mark = world.upstream.mark()
        assert curl(f"{gateway.url}/t/{tenant}/orders", body).status == 200
        sent[tenant] = world.upstream.only(mark).body
    first, second = (json.loads(sent[tenant]) for tenant in ("acme", "globex"))
    assert all(first[name] != second[name] for name in first)
    for tenant in ("acme", "globex"):
        revealed = json.loads(reveal_by_policy(world, detokenize, sent[tenant], tenant=tenant))
        assert {name: revealed[name] for name in REVEALED} == {name: RECORD[name] for name in REVEALED}
    crossed = json.loads(reveal_by_policy(world, detokenize, sent["acme"], tenant="globex"))
    assert crossed["card"] == first["card"] and crossed["pan"] != RECORD["pan"]
    mark = world.upstream.mark()
    answer = curl(f"{gateway.url}/t/", body)
    assert answer.status in (400, 404) and not world.upstream.since(mark)
    answer = curl(f"{gateway.url}/t/no%20tenant/x", body)
    assert answer.status == 400 and json.loads(answer.body)["code"] == "no-tenant", answer.body
