"""`veilgate keys sync`: a ring's versions are the KMS keys that aliases with numbers point to."""

import json
import time

import pytest
import yaml

from harness.client import curl
from harness.kms import arn, key_policy
from harness.world import ALLOWED, policy, public_pem
from test_kinds import gateway_environment
from test_round_trip import reveal
from test_symmetric_keys import keys

BODY = b'{"card": "4111111111111111"}'


def rsa_key(world, spec="RSA_2048"):
    made = world.kms.client().create_key(KeySpec=spec, KeyUsage="ENCRYPT_DECRYPT", Policy=key_policy(*ALLOWED))
    return made["KeyMetadata"]["Arn"]


def mac_key(world):
    """The gateway may make MACs."""
    statements = json.loads(key_policy())["Statement"] + [
        {"Effect": "Allow", "Principal": {"AWS": arn("user", "gateway")}, "Action": "kms:GenerateMac", "Resource": "*"}
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    made = world.kms.client().create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC", Policy=document)
    return made["KeyMetadata"]["Arn"]


def alias(world, name, kms_key):
    world.kms.client().create_alias(AliasName=f"alias/{name}", TargetKeyId=kms_key)


def sync(world, folder, *more, ring="keys.yaml", user="admin"):
    return keys(world, folder, "sync", "--ring", ring, *more, user=user)


def synced(*arguments, **options):
    done = sync(*arguments, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def listing(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_new_alias_is_a_new_version_for_gateway_and_detokenize_service(world):
    """Readers first: the ring is synced, the detokenize service gets it, then the gateway."""
    folder = world.folder
    first = rsa_key(world)
    alias(world, "world-cards-1", first)
    ring = folder / "synced.keys.yaml"
    text = (
        "# the ring of the test\nversion: 1\nkeys:\n  cards:\n    versions_by_alias: alias/world-cards-*\n"
        "signers:\n  edge: { versions: [ { version: 1, public_key: signer.1.pem } ] }  # by hand\n"
    )
    ring.write_text(text)
    rules = policy(card=("envelope", "cards", "$.card"))
    for start in (lambda: world.gateway("unsynced", rules, keys=ring.name),
                  lambda: world.detokenize("unsynced-detokenize", keys=ring.name)):
        with pytest.raises(RuntimeError, match="VG0210") as refused:
            start()
        assert f"veilgate keys sync --ring {ring.name}" in str(refused.value)

    (line,) = synced(world, folder, ring=ring.name)
    assert line == f"added      key cards version 1: `{first}`, `cards.1.pem`"
    before, after = text.splitlines(), ring.read_text().splitlines()
    assert [each for each in after if each in before] == before and len(after) == len(before) + 2
    gateway = world.gateway("synced", rules, keys=ring.name)

    def send(body=BODY):
        mark = world.upstream.mark()
        assert curl(gateway.url, body, content_type="application/json").status == 200
        return world.upstream.only(mark).body

    old = send()
    assert reveal(world.detokenize("synced-1", keys=ring.name), world.token(), old) == BODY

    second = rsa_key(world, "RSA_3072")
    alias(world, "world-cards-2", second)
    # what the gateway reads is not the file that is synced: it is deployed last
    (folder / "next.keys.yaml").write_text(ring.read_text())
    lines = synced(world, folder, ring="next.keys.yaml")
    assert lines == [
        f"unchanged  key cards version 1: `{first}`",
        f"added      key cards version 2: `{second}`, `cards.2.pem`",
    ]
    der = world.kms.client().get_public_key(KeyId=second)["PublicKey"]
    assert (folder / "cards.2.pem").read_bytes() == public_pem(der)
    detokenize = world.detokenize("synced-2", keys="next.keys.yaml")
    lines = synced(world, folder, ring=ring.name)
    assert lines[1].startswith("added      key cards version 2"), "the PEM file is there, and is the same"

    # the gateway reloads by itself: a token of version 2 does not open without it
    unaware = world.detokenize("unaware-of-2", keys=world.write("one.keys.yaml", only_first(ring)))
    deadline = time.monotonic() + 30
    while reveal(unaware, world.token(), new := send()) == BODY:
        assert time.monotonic() < deadline, "the gateway goes on with version 1"
        time.sleep(0.5)
    assert reveal(detokenize, world.token(), b"[%s, %s]" % (old, new)) == b"[%s, %s]" % (BODY, BODY)


def only_first(ring):
    document = yaml.safe_load(ring.read_text())
    document["keys"]["cards"]["versions"] = document["keys"]["cards"]["versions"][:1]
    return document


def test_an_alias_that_was_moved_is_refused_by_name(world, tmp_path):
    first, second, third = rsa_key(world), rsa_key(world), rsa_key(world)
    alias(world, "moved-1", first)
    ring = tmp_path / "keys.yaml"
    ring.write_text("version: 1\nkeys:\n  moved:\n    versions_by_alias: alias/moved-*\n    versions: [ ]\n")
    synced(world, tmp_path)
    world.kms.client().update_alias(AliasName="alias/moved-1", TargetKeyId=second)
    alias(world, "moved-2", third)
    before = listing(tmp_path)
    for more in ((), ("--check",)):
        done = sync(world, tmp_path, *more)
        wrong, missing = done.stdout.splitlines()
        assert done.returncode == 1 and listing(tmp_path) == before
        assert wrong.startswith("wrong      key moved version 1: ") and missing.startswith("missing    key moved version 2")
        assert first in wrong and second in wrong and "would not open" in wrong
    world.kms.client().update_alias(AliasName="alias/moved-1", TargetKeyId=first)
    assert len(synced(world, tmp_path)) == 2


def test_check_writes_nothing_and_says_whether_the_ring_is_up_to_date(world, tmp_path):
    first = rsa_key(world)
    alias(world, "checked-1", first)
    ring = tmp_path / "keys.yaml"
    ring.write_text("version: 1\nkeys:\n  checked:\n    versions_by_alias: alias/checked-*\n")
    before = listing(tmp_path)
    done = sync(world, tmp_path, "--check")
    assert (done.returncode, done.stdout) == (1, f"missing    key checked version 1: `{first}`, `checked.1.pem`\n")
    assert listing(tmp_path) == before
    synced(world, tmp_path)
    assert synced(world, tmp_path, "--check") == [f"unchanged  key checked version 1: `{first}`"]
    world.kms.client().delete_alias(AliasName="alias/checked-1")
    (line,) = synced(world, tmp_path, "--check")
    assert line.startswith(f"no alias   key checked version 1: `{first}` stays")


def test_mac_keys_have_versions_by_alias_too(world):
    first = mac_key(world)
    alias(world, "macs-1", first)
    ring = world.folder / "synced-macs.keys.yaml"
    ring.write_text(
        "version: 1\nkeys:\n  people: { versions_by_alias: alias/macs-*, versions: [] }\n"
        "signers: { edge: { versions: [ { version: 1, public_key: signer.1.pem } ] } }\n"
    )
    assert synced(world, world.folder, ring=ring.name) == [f"added      key people version 1: `{first}`"]
    alias(world, "macs-2", rsa_key(world))
    done = sync(world, world.folder, ring=ring.name)
    assert done.returncode == 1 and "wants HMAC_256 for GENERATE_VERIFY_MAC" in done.stdout
    world.kms.client().delete_alias(AliasName="alias/macs-2")
    second = mac_key(world)
    alias(world, "macs-2", second)
    synced(world, world.folder, ring=ring.name)
    versions = yaml.safe_load(ring.read_text())["keys"]["people"]["versions"]
    assert versions == [{"version": 1, "mac_key": first}, {"version": 2, "mac_key": second}]

    rules = {
        "version": 1,
        "classes": {"person": {"kind": "hmac", "key": "people"}},
        "rules": [{"select": "$.name", "class": "person"}],
    }
    gateway = world.gateway("synced-macs", rules, keys=ring.name, environment=gateway_environment(world))
    mark = world.upstream.mark()
    assert curl(gateway.url, b'{"name": "Grace Hopper"}', content_type="application/json").status == 200
    assert b"Grace" not in world.upstream.only(mark).body


def test_who_may_not_list_aliases_is_told_so(world, tmp_path):
    (tmp_path / "keys.yaml").write_text("version: 1\nkeys:\n  denied: { versions_by_alias: alias/denied-* }\n")
    done = sync(world, tmp_path, user="stranger")
    assert done.returncode == 1 and "AccessDeniedException" in done.stderr and "kms:ListAliases" in done.stderr
