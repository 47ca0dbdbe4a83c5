"""Views with real processes: who may see the last four digits needs no right to the whole."""

import json
import subprocess

import pytest
import requests

from harness.client import curl
from harness.kms import arn
from harness.process import binary
from harness.world import ALLOWED
from test_symmetric_keys import keys

CARD = "4111-1111-1111-4321"
LAST4 = {"last4": {"key": "identity", "keep_last": 4}}
CLASSES = {
    "card": {"kind": "envelope", "key": "payments", "views": LAST4},
    "short": {"kind": "envelope", "key": "payments", "stored": True, "views": LAST4},
    "kept": {"kind": "vault", "key": "payments", "format": "uuid", "views": LAST4},
    "mail": {"kind": "envelope", "key": "payments", "views": {"domain": {"key": "identity", "part": "domain"}}},
    "note": {"kind": "envelope", "key": "payments"},
}
RECORD = {"card": CARD, "short": CARD, "kept": CARD, "mail": "grace@navy.example", "note": "nothing but a note"}


@pytest.fixture(scope="module")
def services(world):
    rules = [{"name": name, "select": f"$.{name}", "class": name} for name in CLASSES]
    vault = {"sqlite": {"file": "views.db"}}
    gateway = world.gateway("views", {"version": 1, "classes": CLASSES, "rules": rules}, vault=vault)
    policies = {"all": "views.policy.yaml"}
    detokenize = world.detokenize("views-detokenize", vault=vault, policies=policies)
    world.keep_secret(CARD, RECORD["mail"], "navy.example", RECORD["note"])
    world.allow("payments", arn("role", "analyst"))
    world.allow("identity", arn("role", "support"))
    yield gateway, detokenize
    for key in ("payments", "identity"):
        world.allow(key, *ALLOWED)


def tokens(world, gateway):
    mark = world.upstream.mark()
    answer = curl(gateway.url, json.dumps(RECORD).encode(), content_type="application/json")
    assert answer.status == 200, answer.body
    return world.upstream.only(mark).body


def reveal(world, detokenize, body, role, **query):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {world.token(role)}"}
    url = f"{detokenize.url}/v1/detokenize"
    answer = requests.post(url, params={"policy": "all", **query}, data=body, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content)


def test_each_sees_what_their_key_opens(world, services):
    gateway, detokenize = services
    sent = tokens(world, gateway)
    made = json.loads(sent)
    assert not set(made.values()) & set(RECORD.values())
    seen = reveal(world, detokenize, sent, "support", view="last4,domain")
    expected = {"card": "4321", "short": "4321", "kept": "4321", "mail": "navy.example", "note": made["note"]}
    assert seen == expected
    assert reveal(world, detokenize, sent, "support") == made, "a right to the view is none to the value"
    assert reveal(world, detokenize, sent, "analyst") == RECORD
    assert reveal(world, detokenize, sent, "analyst", view="last4") == made, "and the other way round"


def test_a_batch_asks_for_views_too(world, services):
    gateway, detokenize = services
    made = json.loads(tokens(world, gateway))
    batch = {
        "policy": "all", "views": ["last4", "domain"],
        "tokens": [made["card"], {"token": made["kept"], "class": "kept"}, made["mail"], made["note"]],
    }
    headers = {"Authorization": f"Bearer {world.token('support')}"}
    url = f"{detokenize.url}/v1/detokenize/batch"
    answer = requests.post(url, json=batch, headers=headers, timeout=30)
    results = answer.json()["results"]
    assert [result.get("value") for result in results] == ["4321", "4321", "navy.example", None]
    assert results[3] == {"error": {"code": "not-revealed"}}


@pytest.mark.parametrize("view", ["last 4", "a,,b", ",".join("abcdefghijklmnopq"), ""])
def test_what_can_name_no_view_is_refused(world, services, view):
    _, detokenize = services
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {world.token('support')}"}
    url = f"{detokenize.url}/v1/detokenize"
    answer = requests.post(url, params={"view": view}, data=b"{}", headers=headers, timeout=30)
    assert answer.status_code == 400 and answer.json()["code"] == "bad-option", answer.text


def test_the_audit_says_which_view_was_seen(world, services):
    gateway, detokenize = services
    reveal(world, detokenize, tokens(world, gateway), "support", view="last4")
    assert "card/last4" in json.dumps(detokenize.audit()[-1])


def test_the_key_of_a_view_is_in_use(world, services):
    listed = keys(world, world.folder, "list", "--ring", "keys.yaml", "--policy", "views.policy.yaml", user="admin")
    rows = {line.split()[1]: line for line in listed.stdout.splitlines() if line.startswith("key ")}
    assert rows["identity"].endswith("card, short, kept, mail"), listed.stdout
    assert rows["payments"].endswith("card, short, kept, mail, note")
    assert rows["strong"].split()[-1] == "-"


def test_files_are_tokenized_with_views_too(world, services):
    _, detokenize = services
    command = [binary("veilgate"), "tokenize", "--config", "views.yaml", "--policy", "views.policy.yaml",
               "--content-type", "application/json"]
    done = subprocess.run(command, cwd=world.folder, input=json.dumps(RECORD).encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    made = done.stdout
    assert reveal(world, detokenize, made, "support", view="last4")["card"] == "4321"
    assert reveal(world, detokenize, made, "analyst") == RECORD
