"""Processes that are measured: pinned, waited for, stopped by their id, and asked for their CPU time."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_CPUS = sorted(os.sched_getaffinity(0))
# With two cores or more the measured process has one to itself; load and upstream share another.
MEASURED_CPU = _CPUS[-1]
LOAD_CPU = _CPUS[0]


def pinned(cpu: int, command: list[str]) -> list[str]:
    """The command, held to one core where there is more than one."""
    return command if len(_CPUS) == 1 else ["taskset", "-c", str(cpu), *command]


@contextmanager
def on_cpu(cpu: int) -> Iterator[None]:
    """Holds the calling thread to one core for a while."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tool(name: str) -> str:
    """The path of an installed program; sbin folders are often missing from PATH."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin")
    if found is None:
        raise SystemExit(f"{name} is not installed; tests/bench/run installs it")
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all its threads, and its children, dead or alive."""
    # Everything after the name, which may itself hold spaces and brackets.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(int(ticks) for ticks in fields[11:15])
    children = _children(pid)
    return own / TICKS_PER_SECOND + sum(cpu_seconds(child) for child in children)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found.extend(int(child) for child in (task / "children").read_text().split())
    return found


def resident_bytes(pid: int) -> int:
    """The most memory that the process has had resident so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


@contextmanager
def running(
    command: list[str], log: Path, port: int, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen]:
    """Starts a server, waits until its port answers, and stops it, by its id, at the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **(env or {})},
        )
    try:
        _wait_for_port(process, port, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_port(process: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"{process.args} does not listen:\n{log.read_text(errors='replace')[-4000:]}")
