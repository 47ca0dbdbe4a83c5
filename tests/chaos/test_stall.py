"""A store that stalls: requests are refused in time, nothing is forwarded, and then it goes on."""

import time

from clients import Clients, assert_unavailable, send
from redis_servers import DURABLE, RedisServer
from services import Scene

TIMEOUT = 1.0
# Beyond the store's timeout: two busy cores.
SLACK = 1.0


def test_a_stalled_store_is_told_in_time(world, ring, rounds, tmp_path):
    stall = 30 if rounds else 3
    rounds = rounds or 1
    server = RedisServer(tmp_path, "stalls", *DURABLE)
    vault = {"redis": {"server": server.address, "timeout": "1s"}}
    try:
        with Scene(world, ring, "redis-stall", vault) as scene:
            for _ in range(rounds):
                with Clients(scene.ledger, scene.urls) as clients:
                    clients.wait_for(5)
                    server.pause()
                    until = time.monotonic() + stall
                    time.sleep(TIMEOUT + SLACK)
                    mark = world.upstream.mark()
                    while time.monotonic() < until:
                        probe = send(scene.ledger, scene.urls[0], scene.ledger.take(3))
                        assert_unavailable([probe])
                        assert probe.seconds < TIMEOUT + SLACK, probe
                    bodies = [request.body for request in world.upstream.since(mark)]
                    assert not any(bodies), "forwarded while the store stood still"
                    server.resume()
                    clients.wait_for(20)
                assert_unavailable(clients.refused())
                slow = [outcome for outcome in clients.refused() if outcome.seconds >= TIMEOUT + SLACK]
                assert not slow, slow
                scene.end_round(clients.outcomes)
            scene.end(rounds)
    finally:
        server.kill()
