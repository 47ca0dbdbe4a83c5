"""Waits for what happens in another process."""

import time

WITHIN = 30


def wait_for(what):
    """Waits until `what()` is true, and gives what it was then."""
    deadline = time.monotonic() + WITHIN
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found
