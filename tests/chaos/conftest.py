"""The fixtures of the chaos tests. They stand on the harness of the end-to-end tests."""

import os
import pathlib
import sys

import pytest
import yaml

# The harness, and helpers of test modules there, are imported from where they are.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness.kms import arn  # noqa: E402
from harness.world import World  # noqa: E402
from test_symmetric_keys import keys, wrapping_policy  # noqa: E402

# What the long form's rounds are shared among.
SCENARIOS = 10


@pytest.fixture(scope="session")
def rounds():
    """Rounds for each scenario: CHAOS_ROUNDS shared among all; one or two where it is not set."""
    wanted = int(os.environ.get("CHAOS_ROUNDS") or 0)
    return -(-wanted // SCENARIOS)


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("world"))
    world.allow("payments", arn("role", "analyst"))
    yield world
    world.stop()


@pytest.fixture(scope="session")
def ring(world):
    """The ring with the symmetric key of the deterministic class's index."""
    kms_key = world.kms.client().create_key(Policy=wrapping_policy("joins"))["KeyMetadata"]["KeyId"]
    command = ["create", "--ring", "chaos.keys.yaml", "--key", "joins", "--kms-key", kms_key]
    done = keys(world, world.folder, *command, user="admin")
    assert done.returncode == 0, done.stderr
    joins = yaml.safe_load("keys:\n" + done.stdout)["keys"]
    return world.write("chaos.keys.yaml", {**world.ring, "keys": {**world.ring["keys"], **joins}})
