"""One round of load by wrk, and the CPU time that the process under it took."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .processes import LOAD_CPU, cpu_seconds, pinned, tool

CONNECTIONS = 32
_SCRIPT = Path(__file__).parent.parent / "load" / "post.lua"


@dataclass(frozen=True)
class Round:
    """What one round showed."""

    cpu_us: float  # CPU time of the measured process for one request
    requests_per_second: float
    p50_us: float
    p99_us: float
    busy: float  # share of one core that the measured process had


def send(pid: int, url: str, body: Path, seconds: int) -> Round:
    """Posts the body over and over for some seconds to a server whose process is `pid`."""
    command = [tool("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", str(_SCRIPT), url, "--", str(body)]
    before = cpu_seconds(pid)
    answer = subprocess.run(
        pinned(LOAD_CPU, command), capture_output=True, text=True, timeout=seconds + 30
    )
    used = cpu_seconds(pid) - before
    result = _result(answer)
    if result["not_2xx"] or result["socket_errors"] or not result["requests"]:
        raise SystemExit(f"{url} did not answer every request: {result}")
    return Round(
        cpu_us=used / result["requests"] * 1e6,
        requests_per_second=result["requests"] / result["seconds"],
        p50_us=result["p50_us"],
        p99_us=result["p99_us"],
        busy=used / result["seconds"],
    )


def _result(answer: subprocess.CompletedProcess) -> dict:
    for line in answer.stdout.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line.removeprefix("RESULT "))
    raise SystemExit(f"wrk failed:\n{answer.stdout}{answer.stderr}")
