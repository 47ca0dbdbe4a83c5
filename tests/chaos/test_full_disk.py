"""A full disk: requests are refused, nothing is forwarded, and it goes on once there is room."""

import contextlib
import random
import shutil
import subprocess

import pytest

from clients import Clients, assert_unavailable, send
from services import Scene

# SQLite tells a full disk from a write that failed; either way nothing is kept and nothing forwarded.
FULL = ("vault-full", "vault-unavailable")
# Room for what all rounds keep: it is the ballast that fills it.
SIZE = "512m"
PAGE, PIECE = 4096, 1 << 20


@contextlib.contextmanager
def small_disk(folder):
    """A file system of its own, so that only the vault is short of room."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "chaos", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no file system may be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(file, leave):
    """Takes all room but about so many bytes."""
    with open(file, "wb", buffering=0) as ballast:
        for size in (PIECE, PAGE):
            with contextlib.suppress(OSError):
                while ballast.write(bytes(size)) == size:
                    pass
    size = max(0, file.stat().st_size - leave)
    with open(file, "r+b") as ballast:
        ballast.truncate(size)


def refuse_until_full(scene, most=400):
    """Sends until the vault is full, then some more. Each answer is 200 or says that it is."""
    refused = []
    for _ in range(most):
        outcome = send(scene.ledger, scene.urls[0], scene.ledger.take(20))
        if outcome.status == 200:
            continue
        assert_unavailable([outcome], FULL)
        refused.append(outcome)
        if len(refused) == 10:
            break
    assert refused, f"{most} batches did not fill the disk"
    return refused


def test_a_full_disk_refuses_and_goes_on_when_there_is_room(world, ring, rounds, tmp_path):
    rounds = rounds or 2
    with small_disk(tmp_path / "disk") as disk:
        vault = {"sqlite": {"file": str(disk / "vault.db")}}
        ballast = disk / "ballast"
        with Scene(world, ring, "full-disk", vault) as scene:
            for _ in range(rounds):
                with Clients(scene.ledger, scene.urls) as clients:
                    clients.wait_for(3)
                    fill(ballast, random.randrange(64) * PAGE)
                    refused = refuse_until_full(scene)
                assert_unavailable(clients.refused(), FULL)
                # what was kept is read from a full disk as well
                scene.end_round(clients.outcomes + refused)
                ballast.unlink()
                assert shutil.disk_usage(disk).free > 64 << 20, "the vault itself fills the disk: make SIZE larger"
                with Clients(scene.ledger, scene.urls) as after:
                    after.wait_for(6)
                assert after.outcomes[0].status == 200, after.outcomes[0]
                assert_unavailable(after.refused(), FULL)
                scene.end_round(after.outcomes)
            scene.end(rounds)
