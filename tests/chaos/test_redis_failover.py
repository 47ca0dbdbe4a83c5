"""`kill -9` of a primary: what was acknowledged is on its replica, and what is not is not forwarded."""

import random
import time

import pytest

from clients import Clients, assert_unavailable
from redis_servers import Cluster, SentinelGroup
from services import Scene

# Between two servers. A gateway that asks a sentinel too early meets a primary that is a replica again.
BETWEEN = ("vault-unavailable", "vault-read-only")


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_primary_that_sentinel_replaces_loses_no_token(world, ring, rounds, tmp_path, replicas):
    """With one replica, writes wait for the dead server to come back; with two they go on without it."""
    rounds = rounds or 1
    group = SentinelGroup(tmp_path, replicas)
    try:
        with Scene(world, ring, f"sentinel-{replicas}", group.vault()) as scene:
            for _ in range(rounds):
                with Clients(scene.ledger, scene.urls) as clients:
                    clients.wait_for(10)
                    time.sleep(random.uniform(0, 0.4))
                    primary = group.primary()
                    primary.kill()
                    promoted = group.wait_for_another(primary)
                    if replicas > 1:
                        clients.wait_for(10)
                    group.bring_back(primary, promoted)
                    clients.wait_for(10)
                assert clients.refused(), "the failover was not noticed"
                assert_unavailable(clients.refused(), BETWEEN)
                scene.end_round(clients.outcomes)
                group.wait_until_sound()
            scene.end(rounds)
    finally:
        group.stop()


def test_a_cluster_s_primary_loses_no_token(world, ring, rounds, tmp_path):
    rounds = rounds or 1
    cluster = Cluster(tmp_path)
    try:
        with Scene(world, ring, "cluster", cluster.vault()) as scene:
            for _ in range(rounds):
                with Clients(scene.ledger, scene.urls) as clients:
                    clients.wait_for(10)
                    time.sleep(random.uniform(0, 0.4))
                    dead = random.choice(cluster.primaries())
                    dead.kill()
                    cluster.wait_for_another()
                    dead.start()
                    cluster.wait_until_sound()
                    clients.wait_for(10)
                assert clients.refused(), "the failover was not noticed"
                assert_unavailable(clients.refused(), BETWEEN)
                scene.end_round(clients.outcomes)
            scene.end(rounds)
    finally:
        cluster.stop()
