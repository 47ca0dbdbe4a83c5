"""Gateways that are killed and start again, the detokenize service beside them, and what is reported."""

import json
import os
import sys

from clients import statuses
from harness.process import Process, free_port
from ledger import POLICY, Ledger
from test_kinds import gateway_environment


class Gateway:
    """A gateway on a port that stays the same. Each start has a log of its own."""

    def __init__(self, world, ring, name, vault):
        self.world = world
        self.name = name
        self.starts = 0
        self.url = f"http://127.0.0.1:{free_port()}"
        world.write(f"{name}.policy.yaml", POLICY)
        world.write(f"{name}.yaml", {
            "version": 1, "listen": self.url.removeprefix("http://"), "keys": ring, "edge_keys": ["edge.key"],
            "signer": {"name": "edge", "version": 1, "private_key": "signer.1.key"},
            "upstreams": {"app": {"url": world.upstream.url}}, "vault": vault,
            "routes": [{"match": {"path": "/*"}, "upstream": "app", "policy": f"{name}.policy.yaml"}],
        })
        self.start()

    def start(self):
        self.starts += 1
        self.process = Process(
            "veilgate-gateway", ["--config", f"{self.name}.yaml"], self.world.folder,
            gateway_environment(self.world), f"{self.name}-{self.starts}",
        )
        self.world.started.append(self.process)
        self.process.wait_until_it_listens()

    def kill(self):
        """SIGKILL: it has no time for anything."""
        self.process.child.kill()
        self.process.child.wait()

    def stop(self):
        self.process.stop()


class Scene:
    """One vault with gateways in front of it, a detokenize service, and the list of tokens."""

    def __init__(self, world, ring, name, vault, gateways=1):
        self.name = name
        self.gateways = [Gateway(world, ring, f"{name}-{number}", vault) for number in range(1, gateways + 1)]
        self.detokenize = world.detokenize(
            f"{name}-detokenize", keys=ring, vault=vault, policies={"all": f"{name}-1.policy.yaml"}
        )
        self.ledger = Ledger(world, self.detokenize)
        self.outcomes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for service in [*self.gateways, self.detokenize.process]:
            service.stop()

    @property
    def urls(self):
        return [gateway.url for gateway in self.gateways]

    def end_round(self, outcomes):
        """The round's tokens open."""
        self.outcomes += outcomes
        self.ledger.check(self.ledger.collect())

    def end(self, rounds):
        """All tokens of all rounds open: a later fault took none of an earlier round."""
        self.ledger.check()
        ledger = self.ledger
        result = {
            "scenario": self.name, "rounds": rounds, "tokens": ledger.count(),
            "acknowledged": len(ledger.acknowledged), "cut_requests": ledger.cut_requests,
            "reveals": ledger.checks, "answers": statuses(self.outcomes),
        }
        print("\nchaos:", json.dumps(result), file=sys.stderr)
        if os.environ.get("CHAOS_RESULTS"):
            with open(os.environ["CHAOS_RESULTS"], "a", encoding="utf-8") as file:
                file.write(json.dumps(result) + "\n")
