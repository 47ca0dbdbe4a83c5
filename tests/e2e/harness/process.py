"""Starts one of veilgate's binaries, waits until it listens, stops it by its process id."""

import os
import pathlib
import re
import socket
import subprocess
import time

PROJECT = pathlib.Path(__file__).resolve().parents[3]
LISTENING = re.compile(r"listening on (https?://[0-9.]+:[0-9]+)")
READY_WITHIN = 30
# As /proc/net/tcp spells the state.
TCP_LISTEN = "0A"
STOP_WITHIN = 15


def binary(name):
    """The path of a binary: in VEILGATE_BIN_DIR, or in target/debug."""
    folder = os.environ.get("VEILGATE_BIN_DIR") or PROJECT / "target" / "debug"
    path = pathlib.Path(folder) / name
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: build it, or set VEILGATE_BIN_DIR")
    return path


class Process:
    """A running binary. Its output is in `log`; its environment is what it is given, and nothing else."""

    def __init__(self, name, arguments, folder, environment=None, log_name=None):
        self.name = name
        self.log = pathlib.Path(folder) / f"{log_name or name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "wb") as output:
            self.child = subprocess.Popen(
                [binary(name), *arguments],
                cwd=folder,
                env=environment or {},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_it_listens(self):
        """Returns the addresses that it announced, in their order."""
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            addresses = LISTENING.findall(self.output())
            if addresses:
                return addresses
            if self.child.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.child.returncode}:\n{self.output()}")
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} does not listen:\n{self.output()}")

    def wait_for_exit(self):
        return self.child.wait(READY_WITHIN)

    def output(self):
        return self.log.read_text(errors="replace")

    def peak_resident_bytes(self):
        """VmHWM: the most memory that was ever resident."""
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_until_it_has_no_connections(self):
        """Waits until no socket of the process is connected to anything."""
        deadline = time.monotonic() + READY_WITHIN
        while connected := self.connections():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} still has {connected} connections")
            time.sleep(0.1)

    def connections(self):
        """How many TCP connections the process holds, in whatever state."""
        sockets = set()
        for descriptor in pathlib.Path(f"/proc/{self.child.pid}/fd").iterdir():
            try:
                sockets.add(str(descriptor.readlink()))
            except FileNotFoundError:
                # It was closed in the meantime.
                continue
        lines = pathlib.Path(f"/proc/{self.child.pid}/net/tcp").read_text().splitlines()[1:]
        rows = [line.split() for line in lines]
        return sum(row[3] != TCP_LISTEN and f"socket:[{row[9]}]" in sockets for row in rows)

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
                raise RuntimeError(f"{self.name} did not stop on SIGTERM:\n{self.output()[-2000:]}")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
