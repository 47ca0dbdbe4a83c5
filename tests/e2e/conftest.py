"""The fixtures that all end-to-end tests share. One KMS and one upstream serve the whole run."""

import pytest

from harness.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.stop()


@pytest.fixture(scope="session")
def upstream(world):
    return world.upstream


def pytest_collection_modifyitems(items):
    """test_no_leak reads what all the others left behind, so it comes last."""
    items.sort(key=lambda item: item.path.name == "test_no_leak.py")
