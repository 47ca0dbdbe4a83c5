"""A deterministic class under concurrent writers: one value has one token, whoever asks first."""

import random
import threading

import pytest

from clients import assert_unavailable, send
from redis_servers import DURABLE, RedisServer
from services import Scene

WRITERS = 64
BATCH = 50
ATTEMPTS = 50


def write_all(scene, turn, numbers, outcomes, ready):
    """One writer: all records in an order of its own, again where the vault was too busy."""
    order = list(numbers)
    random.shuffle(order)
    ready.wait()
    for start in range(0, len(order), BATCH):
        batch = order[start:start + BATCH]
        for _ in range(ATTEMPTS):
            outcome = send(scene.ledger, scene.urls[turn % 2], batch)
            outcomes.append(outcome)
            if outcome.status == 200:
                break


@pytest.mark.parametrize("backend", ["sqlite", "redis"])
def test_one_value_gets_one_token(world, ring, rounds, tmp_path, backend):
    """64 writers, half of them at each of two gateways on one vault."""
    count = 1000 if rounds else 100
    rounds = rounds or 1
    server = RedisServer(tmp_path, "one-token", *DURABLE) if backend == "redis" else None
    vault = {"redis": {"server": server.address}} if server else {"sqlite": {"file": "one-token.db"}}
    try:
        with Scene(world, ring, f"one-token-{backend}", vault, gateways=2) as scene:
            for _ in range(rounds):
                # two records have one card: so many cards
                numbers, outcomes, ready = scene.ledger.take(2 * count)[::2], [], threading.Barrier(WRITERS)
                threads = [
                    threading.Thread(target=write_all, args=(scene, turn, numbers, outcomes, ready))
                    for turn in range(WRITERS)
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                taken = sum(outcome.status == 200 for outcome in outcomes)
                assert_unavailable([outcome for outcome in outcomes if outcome.status != 200])
                assert taken == WRITERS * -(-count // BATCH), f"{taken} batches were taken"
                scene.end_round(outcomes)
            # the list fails where a card has two tokens; this is that it has one at all
            assert len(scene.ledger.tokens_of_card) == len(scene.ledger.seen["card"]) == rounds * count
            scene.end(rounds)
    finally:
        if server:
            server.kill()
