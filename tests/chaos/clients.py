"""Clients that go on sending: a batch that was not taken is sent again until it is."""

import collections
import dataclasses
import http.client
import itertools
import json
import random
import threading
import time

from harness.client import address
from ledger import document

# A body up to this is forwarded whole or not at all; a longer one streams.
SMALL_BODY = 64 << 10
# Records in a batch of either sort.
SMALL, LONG = 20, 1200
GIVE_UP = 60


@dataclasses.dataclass
class Outcome:
    """What a client got. `status` is 0 where the connection failed."""

    status: int
    code: str = ""
    retry_after: str | None = None
    seconds: float = 0.0
    url: str = ""


def post(url, path, body, timeout=GIVE_UP):
    begin = time.monotonic()
    connection = http.client.HTTPConnection(*address(url), timeout=timeout)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/x-ndjson"})
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException):
        return Outcome(0, seconds=time.monotonic() - begin, url=url)
    finally:
        connection.close()
    code = json.loads(content).get("code", "") if answer.status >= 400 else ""
    return Outcome(answer.status, code, answer.getheader("Retry-After"), time.monotonic() - begin, url)


def send(ledger, url, numbers):
    """Sends records, and tells the list what became of them."""
    path, body = ledger.path(), document(numbers)
    outcome = post(url, path, body)
    if outcome.status == 200:
        ledger.acknowledge(path, numbers)
    elif outcome.status:
        ledger.refuse(path, streams=len(body) > SMALL_BODY)
    return outcome


class Clients:
    """Threads that send to one or more gateways, until the `with` block ends."""

    def __init__(self, ledger, urls, count=6):
        self.ledger = ledger
        self.urls = urls
        self.outcomes = []
        self.taken = 0
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, client):
        numbers = None
        for turn in itertools.count(client):
            if self._ended.is_set():
                return
            if numbers is None:
                numbers = self.ledger.take(LONG if client == 0 and random.random() < 0.5 else SMALL)
            outcome = send(self.ledger, self.urls[turn % len(self.urls)], numbers)
            if outcome.status == 200:
                numbers = None
            with self._changed:
                self.outcomes.append(outcome)
                self.taken += outcome.status == 200
                self._changed.notify_all()
            if outcome.status != 200:
                self._ended.wait(0.05)

    def wait_for(self, more, within=40):
        """Waits until so many more batches were taken."""
        with self._changed:
            wanted = self.taken + more
            arrived = self._changed.wait_for(lambda: self.taken >= wanted, within)
        assert arrived, f"not taken within {within} s: {more} batches; last answers: {self.outcomes[-5:]}"

    def refused(self):
        """The answers that were neither 200 nor a failed connection."""
        with self._changed:
            return [outcome for outcome in self.outcomes if outcome.status not in (0, 200)]


def statuses(outcomes):
    """How often there was which status and code."""
    counts = collections.Counter((outcome.status, outcome.code) for outcome in outcomes)
    return ", ".join(f"{count} x {status} {code}".rstrip() for (status, code), count in sorted(counts.items()))


def assert_unavailable(outcomes, codes=("vault-unavailable",)):
    """Each refusal is a 503 of one of these codes that says when to try again."""
    wrong = [
        outcome for outcome in outcomes
        if outcome.status != 503 or outcome.code not in codes or not outcome.retry_after
    ]
    assert not wrong, f"{len(wrong)} of {len(outcomes)} refusals are wrong: {wrong[:5]}"
