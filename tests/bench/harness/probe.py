"""What needs no HTTP, measured inside one process by the crate `bench-probe`."""

import json
import subprocess
from pathlib import Path

from .processes import MEASURED_CPU, pinned
from .settings import Settings


class Probe:
    """Runs bench-probe's subcommands on the measured core; each prints one JSON object."""

    def __init__(self, binary: Path, seconds: float, rounds: int) -> None:
        self._binary = binary
        self._pace = ["--seconds", str(seconds), "--rounds", str(rounds)]

    def tokens(self, settings: Settings) -> dict:
        """aws-lc-rs's raw rates and those of tokens, turn by turn, as lists of rates per second."""
        return self._run(
            "tokens",
            *("--keys", str(settings.keys), "--edge-key", str(settings.folder / "edge.key")),
            *("--rsa-policy", str(settings.policy("rsa"))),
            *("--envelope-policy", str(settings.policy("envelope"))),
        )

    def scan(self, policy: Path, document: Path) -> dict:
        """Bytes a second through the scanner, nothing being sealed."""
        return self._run("scan", "--policy", str(policy), str(document))

    def splice(self, policy: Path, document: Path, jaq: str | None = None) -> dict:
        """Bytes a second, a constant token in each value's place; beside jaq, which runs a filter."""
        beside = [] if jaq is None else ["--jaq", jaq]
        return self._run("splice", "--policy", str(policy), *beside, str(document))

    def detect(self) -> dict:
        """Bytes a second of free text: with twenty detectors, with all, and with one regex."""
        return self._run("detect")

    def rewrite(self, settings: Settings, policy: Path, document: Path) -> dict:
        """Bytes a second through scanner and sealer together."""
        return self._run(
            "rewrite",
            *("--keys", str(settings.keys), "--edge-key", str(settings.folder / "edge.key")),
            *("--policy", str(policy)),
            str(document),
        )

    def open(self, settings: Settings) -> dict:
        """Values a second out of tokens, their data keys cached."""
        return self._run(
            "open",
            *("--keys", str(settings.keys), "--edge-key", str(settings.folder / "edge.key")),
            *("--policy", str(settings.policy("record-envelope"))),
            *("--private-key", str(settings.folder / "people.1.key")),
        )

    def _run(self, *arguments: str) -> dict:
        command = pinned(MEASURED_CPU, [str(self._binary), *arguments, *self._pace])
        answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if answer.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed:\n{answer.stderr}")
        return json.loads(answer.stdout)
