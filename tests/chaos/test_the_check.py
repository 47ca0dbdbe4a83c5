"""The check itself: it must notice a token that does not open, or the rest shows nothing."""

import pytest

from clients import send
from ledger import TokensLost
from redis_servers import DURABLE, RedisServer
from services import Scene


def test_one_record_that_is_lost_is_noticed(world, ring, tmp_path):
    server = RedisServer(tmp_path, "loses", *DURABLE)
    try:
        with Scene(world, ring, "loses", {"redis": {"server": server.address}}) as scene:
            assert send(scene.ledger, scene.urls[0], scene.ledger.take(20)).status == 200
            scene.end_round([])
            lost = server.cli("--scan", "--pattern", "vg:r:*").splitlines()[0]
            assert server.cli("del", lost) == "1"
            with pytest.raises(TokensLost, match="^1 tokens lost"):
                scene.ledger.check()
    finally:
        server.kill()
