"""`kill -9` of gateways that write to one SQLite file: no token is lost that the upstream saw."""

import random
import time

from clients import Clients, assert_unavailable
from services import Scene


def test_a_killed_gateway_loses_no_token(world, ring, rounds):
    """All that the upstream saw opens, with no gateway running and after the next one started."""
    rounds = rounds or 3
    with Scene(world, ring, "sqlite-kill", {"sqlite": {"file": "sqlite-kill.db"}}) as scene:
        (gateway,) = scene.gateways
        for _ in range(rounds):
            with Clients(scene.ledger, scene.urls) as clients:
                clients.wait_for(3)
                time.sleep(random.uniform(0, 0.4))
                gateway.kill()
            # what SQLite recovers is read before any writer comes
            scene.end_round(clients.outcomes)
            gateway.start()
            with Clients(scene.ledger, scene.urls) as after:
                after.wait_for(3)
            assert_unavailable(clients.refused() + after.refused())
            scene.end_round(after.outcomes)
        scene.end(rounds)


def test_a_gateway_killed_beside_another_loses_no_token(world, ring, rounds):
    """Two on one file; one dies in the midst of writing, and the other goes on at once."""
    rounds = rounds or 3
    vault = {"sqlite": {"file": "sqlite-two.db"}}
    with Scene(world, ring, "sqlite-two", vault, gateways=2) as scene:
        for number in range(rounds):
            dies, lives = scene.gateways[number % 2], scene.gateways[1 - number % 2]
            with Clients(scene.ledger, scene.urls) as clients:
                clients.wait_for(6)
                time.sleep(random.uniform(0, 0.4))
                dies.kill()
                clients.wait_for(6)
                if number % 3 == 2:
                    # both at once
                    lives.kill()
                    lives.start()
                dies.start()
                clients.wait_for(6)
            assert_unavailable(clients.refused())
            scene.end_round(clients.outcomes)
        scene.end(rounds)
