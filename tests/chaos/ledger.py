"""The program's own list of tokens: what the upstream saw, and what each of them must open to.

It asks nothing of veilgate but the detokenize service's answers. A value follows from the number of
its record, which passes the gateway untouched, so whatever bytes reached the upstream, in a whole
request or in one that was cut, say by themselves which values their tokens stand for.
"""

import collections
import itertools
import re
import threading
import time

import requests

CLASSES = {
    # one token for a value: its index has to survive together with its record
    "card": {"kind": "vault", "key": "payments", "alphabet": "digits", "index_key": "joins", "deterministic": True},
    # drawn each time: its record has to survive
    "ticket": {"kind": "vault", "key": "payments", "format": "uuid"},
    # only the data key is in the vault: the epoch's head has to survive
    "note": {"kind": "envelope", "key": "payments", "stored": True},
}
POLICY = {
    "version": 1,
    "classes": CLASSES,
    "rules": [{"name": name, "select": f"$.{name}", "class": name} for name in CLASSES],
}
# A record as far as it came: a request that was cut ends anywhere.
SEEN = re.compile(rb'"id":(\d+)(?:,"card":"([^"]+)"(?:,"ticket":"([^"]+)"(?:,"note":"([^"]+)")?)?)?')
BATCH = 5000
# How long a reveal may find the vault away: it, too, waits for a failover.
REVEAL_WITHIN = 60


def values(number):
    """Two records each have the same card, so that its token is asked for again."""
    return {"card": f"9{number // 2:015}", "ticket": f"ticket {number}", "note": f"note {number}"}


def document(numbers):
    """Records as NDJSON."""
    lines = []
    for number in numbers:
        fields = "".join(f',"{name}":"{value}"' for name, value in values(number).items())
        lines.append(f'{{"id":{number}{fields}}}\n')
    return "".join(lines).encode()


class TokensLost(AssertionError):
    """Tokens that the upstream saw do not open."""


class Ledger:
    """Tokens that the upstream saw, and batches that were acknowledged to a client."""

    def __init__(self, world, detokenize):
        self.world = world
        self.detokenize = detokenize
        self.seen = {name: {} for name in CLASSES}
        self.tokens_of_card = collections.defaultdict(set)
        self.cut_requests = 0
        self.acknowledged = set()
        self.checks = 0
        self._mark = world.upstream.mark()
        self._next = 0
        self._paths = itertools.count()
        self._acknowledged = {}
        self._refused = {}
        self._lock = threading.Lock()

    def take(self, count):
        """Numbers that no record has had."""
        with self._lock:
            self._next += count
            return range(self._next - count, self._next)

    def path(self):
        """A path that no request has had: it tells requests from each other at the upstream."""
        with self._lock:
            return f"/batch/{id(self)}-{next(self._paths)}"

    def acknowledge(self, path, numbers):
        """A client got 200 for this request."""
        with self._lock:
            self._acknowledged[path] = numbers

    def refuse(self, path, streams):
        """A client got a refusal for this request, whose body streams or is rewritten whole."""
        with self._lock:
            self._refused[path] = streams

    def collect(self):
        """Reads what the upstream got since the last time. Returns the tokens, by class."""
        self._wait_for_quiet()
        recorded = self.world.upstream.since(self._mark)
        self._mark += len(recorded)
        with self._lock:
            acknowledged, self._acknowledged = self._acknowledged, {}
            refused, self._refused = self._refused, {}
        fresh = {name: {} for name in CLASSES}
        whole = {}
        for request in recorded:
            self.cut_requests += not request.complete
            records = {}
            for number, *tokens in SEEN.findall(request.body):
                if all(tokens):
                    records[int(number)] = tokens
                expected = values(int(number))
                for name, token in zip(CLASSES, tokens):
                    if token:
                        self._see(fresh, name, token.decode(), expected[name])
            if request.complete:
                whole[request.target] = records
            if request.target in refused:
                # a body that streams may have begun; then the upstream sees that it was cut
                assert refused[request.target] and not request.complete, f"refused and forwarded: {request}"
        for path, numbers in acknowledged.items():
            records = whole.get(path, {})
            assert list(records) == list(numbers), f"{path} got 200, and the upstream has not all of it"
            self.acknowledged.update(token for tokens in records.values() for token in tokens)
        for name in CLASSES:
            self.seen[name].update(fresh[name])
        return fresh

    def _see(self, fresh, name, token, value):
        assert token != value, f"the upstream got a value of class {name}: {value}"
        for known in (self.seen[name], fresh[name]):
            assert known.get(token, value) == value, f"{token} stands for {known[token]} and for {value}"
        fresh[name][token] = value
        if name == "card":
            self.tokens_of_card[value].add(token)
            tokens = self.tokens_of_card[value]
            assert len(tokens) == 1, f"{value} has tokens {tokens}"

    def _wait_for_quiet(self):
        """A request that was cut is recorded when its connection's end is seen."""
        count, since = self.world.upstream.mark(), time.monotonic()
        while time.monotonic() - since < 0.3:
            time.sleep(0.05)
            if self.world.upstream.mark() != count:
                count, since = self.world.upstream.mark(), time.monotonic()

    def check(self, tokens=None):
        """Every token opens to its value: these, or all that were ever seen."""
        lost = []
        for name, expected in (tokens or self.seen).items():
            pairs = list(expected.items())
            for start in range(0, len(pairs), BATCH):
                batch = pairs[start:start + BATCH]
                results = self.reveal(name, [token for token, _ in batch])
                lost += [
                    f"{name} {token} ({value}): {result}"
                    for (token, value), result in zip(batch, results, strict=True)
                    if result.get("value") != value
                ]
                self.checks += len(batch)
        if lost:
            raise TokensLost(f"{len(lost)} tokens lost: " + "; ".join(lost[:5]))

    def reveal(self, name, tokens):
        """The batch's results. Waits while the service says 503."""
        deadline = time.monotonic() + REVEAL_WITHIN
        while True:
            answer = requests.post(
                f"{self.detokenize.url}/v1/detokenize/batch",
                json={"policy": "all", "class": name, "tokens": tokens},
                headers={"Authorization": f"Bearer {self.world.token('analyst')}"}, timeout=60,
            )
            if answer.status_code == 503 and time.monotonic() < deadline:
                time.sleep(0.2)
                continue
            assert answer.status_code == 200, (answer.status_code, answer.text)
            return answer.json()["results"]

    def count(self):
        return sum(len(tokens) for tokens in self.seen.values())
