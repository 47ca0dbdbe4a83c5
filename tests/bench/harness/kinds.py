"""Every kind of token, and what keeps tokens, measured by the examples of the crates that make them."""

import json
import shutil
import subprocess
from pathlib import Path

from .goals import Figure
from .processes import LOAD_CPU, MEASURED_CPU, free_port, pinned, running


def measure(binaries: Path, folder: Path) -> dict:
    """Nanoseconds for a value of each kind; inserts a second beside those of the bare backend."""
    examples = binaries / "examples"
    kinds = {
        line["what"]: Figure.of(line["ns"]) for line in _lines([str(examples / "kind_rates")])
    }
    stored = {}
    for line in _lines([str(examples / "vault_rates"), "sqlite", str(folder)]):
        name = "sqlite, found again" if line["unique"] else "sqlite"
        ratios = [ours / raw for ours, raw in zip(line["ours"], line["raw"])]
        stored[name] = {key: Figure.of(line[key]) for key in ("raw", "ours")} | {"of_raw": Figure.of(ratios)}
    return {"kinds": kinds, "stored": stored | _redis(examples, folder)}


def _redis(examples: Path, folder: Path) -> dict:
    """With an append-only file, written to the disk once a second."""
    if not shutil.which("redis-server"):
        return {}
    port, data = free_port(), folder / "redis"
    data.mkdir()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data), "--save", ""]
    command += ["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"]
    with running(pinned(LOAD_CPU, command), folder / "redis.log", port):
        lines = _lines(pinned(MEASURED_CPU, [str(examples / "vault_rates"), "redis", str(port)]))
    return {
        "redis, found again" if line["unique"] else "redis": {"ours": Figure.of(line["ours"])}
        for line in lines
    }


def _lines(command: list[str]) -> list[dict]:
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if answer.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{answer.stderr}")
    return [json.loads(line) for line in answer.stdout.splitlines()]
