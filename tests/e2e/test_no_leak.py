"""Runs last: no plaintext, no key and no bearer token in anything that the whole run left behind."""

import re

from harness.client import curl
from harness.world import policy

# What tests sent as values of selected fields, beside what they registered with world.keep_secret.
USED = ("4111111111111111", "078-05-1120", "secret-malformed", "secret-trunca", "secret-two", "Zoë Legacy")


def logs(world):
    found = [path for path in world.folder.rglob("*") if path.suffix in (".log", ".jsonl")]
    return {path.name: path.read_text(errors="replace") for path in found}


def test_something_was_logged(world):
    """Without this the tests below could pass by reading nothing."""
    secret = "kept-out-of-every-log-8264"
    world.keep_secret(secret)
    gateway = world.gateway("no-leak", policy(card=("envelope", "payments", "$.card")))
    detokenize = world.detokenize("no-leak-detokenize")
    mark = world.upstream.mark()
    assert curl(gateway.url, b'{"card": "%s"}' % secret.encode()).status == 200
    assert curl(gateway.url, b'{"card": "%s" oops}' % secret.encode()).status == 400
    received = world.upstream.only(mark).body
    for role in ("analyst", "support"):
        curl(
            f"{detokenize.url}/v1/detokenize", received, headers=[f"Authorization: Bearer {world.token(role)}"]
        )
    assert len(detokenize.audit()) == 2
    assert sum(len(text) for text in logs(world).values()) > 1000


def test_no_value_is_in_any_log_or_audit_line(world):
    for name, text in logs(world).items():
        leaked = [value for value in (*USED, *world.plaintexts) if value in text]
        assert not leaked, f"{len(leaked)} values in {name}"


def test_no_token_and_no_bearer_token_is_in_any_log_or_audit_line(world):
    token = re.compile(r"~vg1\.[A-Za-z0-9_-]{20,}|#01#[A-Za-z0-9+/]{40,}|eyJ[A-Za-z0-9_-]{20,}\.eyJ")
    for name, text in logs(world).items():
        assert not token.search(text), name


def test_no_key_is_in_any_log_or_audit_line(world):
    edge_key = (world.folder / "edge.key").read_text()
    signer = (world.folder / "signer.1.key").read_text().splitlines()[1]
    for name, text in logs(world).items():
        assert edge_key not in text and signer not in text and "PRIVATE KEY" not in text, name
        assert "local-admin-secret" not in text, name
