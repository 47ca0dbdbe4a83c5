"""The quickstart: its screen's lines are pasted into a shell, in order, and do what they say."""

import json
import pathlib
import signal
import socket
import subprocess
import time

import pytest

from harness.process import PROJECT, READY_WITHIN, binary
from harness.tokens import tokens_in

LAST_LINE = "aws kms list-aliases"


class Quickstart:
    def __init__(self, folder, port_base):
        self.folder, self.port_base = folder, port_base
        self.screen_file = folder / "screen.txt"
        with open(self.screen_file, "wb") as output:
            self.child = subprocess.Popen(
                [binary("veilgate-quickstart"), "--port-base", str(port_base)],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait(self):
        deadline = time.monotonic() + READY_WITHIN
        while LAST_LINE not in self.screen():
            assert self.child.poll() is None and time.monotonic() < deadline, self.screen()
            time.sleep(0.05)
        return self

    def screen(self):
        return self.screen_file.read_text()

    def lines(self):
        """The lines to paste, with ./quickstart as the binary that was built."""
        program = str(binary("veilgate-quickstart"))
        lines = [line for line in self.screen().splitlines() if line.startswith(("curl ", "./quickstart "))]
        return [line.replace("./quickstart", program) for line in lines]

    def paste(self, line):
        done = subprocess.run(["bash", "-c", line], cwd=self.folder, capture_output=True, check=False)
        assert done.returncode == 0, (line, done.stdout[:500], done.stderr)
        return done.stdout

    def stop(self, with_signal=signal.SIGINT):
        if self.child.poll() is None:
            self.child.send_signal(with_signal)
        return self.child.wait(READY_WITHIN)


def free_port_base():
    """The first of four free ports that follow each other."""
    for base in range(21000, 30000, 10):
        try:
            for offset in range(4):
                socket.create_server(("127.0.0.1", base + offset)).close()
            return base
        except OSError:
            continue
    raise RuntimeError("no four free ports")


def in_use(port_base):
    return [port for port in range(port_base, port_base + 4) if socket.socket().connect_ex(("127.0.0.1", port)) == 0]


@pytest.fixture
def quickstart(tmp_path):
    quickstart = Quickstart(tmp_path, free_port_base())
    yield quickstart
    quickstart.stop()


def test_the_pasted_lines_do_what_the_screen_says(quickstart):
    lines = quickstart.wait().lines()
    send, look, as_alice, as_bob, revoke, allow_alice, allow_bob, send_list, compare = lines
    files = quickstart.folder / ".quickstart"
    order = (files / "order.json").read_bytes()

    assert json.loads(quickstart.paste(send))["received"] == 1
    shown = quickstart.paste(look)
    assert b"4111111111111111" not in shown and b"900-12-3456" not in shown and b'"sku": "TEA-01"' in shown
    assert quickstart.paste(as_alice) == order
    bobs = quickstart.paste(as_bob)
    assert b"~vg1." in bobs and b"4111111111111111" not in bobs

    quickstart.paste(revoke)
    time.sleep(10)
    assert len(tokens_in(quickstart.paste(as_alice))) == 6
    quickstart.paste(allow_alice)
    quickstart.paste(allow_bob)
    time.sleep(10)
    assert quickstart.paste(as_alice) == order
    half = quickstart.paste(as_bob)
    assert b"900-12-3456" in half and b"4111111111111111" not in half

    quickstart.paste(send_list)
    assert quickstart.paste(compare) == b"the same, byte for byte\n"
    assert len(json.loads((files / "customers.json").read_bytes())) == 10_000


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything(quickstart, with_signal):
    quickstart.wait()
    assert len(in_use(quickstart.port_base)) == 4
    assert quickstart.stop(with_signal) == 0
    assert in_use(quickstart.port_base) == []


def test_it_stops_everything_though_nobody_reads_its_screen(tmp_path):
    base = free_port_base()
    child = subprocess.Popen(
        [binary("veilgate-quickstart"), "--port-base", str(base)], cwd=tmp_path, stdout=subprocess.PIPE
    )
    child.stdout.close()
    deadline = time.monotonic() + READY_WITHIN
    while len(in_use(base)) < 4:
        assert child.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    child.terminate()
    assert child.wait(READY_WITHIN) == 0
    assert in_use(base) == []


def test_it_writes_into_its_own_folder_only(quickstart):
    quickstart.wait()
    assert {path.name for path in quickstart.folder.iterdir()} == {".quickstart", "screen.txt"}


def test_a_second_start_keeps_the_keys_so_old_tokens_still_open(tmp_path):
    first = Quickstart(tmp_path, free_port_base()).wait()
    send, look, as_alice, *_ = first.lines()
    first.paste(send)
    old = first.paste(look.split(" | ")[0])
    first.stop()

    second = Quickstart(tmp_path, first.port_base).wait()
    try:
        kept = tmp_path / "old.json"
        kept.write_bytes(old)
        revealed = second.paste(as_alice.replace(look.split(" | ")[0], f"cat {kept}"))
        assert revealed == (tmp_path / ".quickstart" / "order.json").read_bytes()
    finally:
        second.stop()


def test_a_taken_port_is_named(tmp_path):
    base = free_port_base()
    with socket.create_server(("127.0.0.1", base + 1)):
        quickstart = Quickstart(tmp_path, base)
        assert quickstart.child.wait(READY_WITHIN) == 1
    assert f"port {base + 1}" in quickstart.screen() and "detokenize" in quickstart.screen()
    assert not (tmp_path / ".quickstart").exists()


def test_a_child_that_dies_stops_all_and_shows_its_log(quickstart):
    quickstart.wait()
    pids = pathlib.Path(f"/proc/{quickstart.child.pid}/task/{quickstart.child.pid}/children").read_text().split()
    gateway = next(
        int(pid) for pid in pids if pathlib.Path(f"/proc/{pid}/exe").readlink().name == "veilgate-gateway"
    )
    subprocess.run(["kill", "-9", str(gateway)], check=True)
    assert quickstart.child.wait(READY_WITHIN) == 1
    assert "gateway stopped of itself" in quickstart.screen()
    assert in_use(quickstart.port_base) == []


def test_allow_without_a_quickstart_says_to_start_one(tmp_path):
    done = subprocess.run(
        [binary("veilgate-quickstart"), "allow", "bob", "--port-base", str(free_port_base())],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "start ./quickstart" in done.stderr


def test_the_script_is_executable():
    assert (PROJECT / "quickstart").stat().st_mode & 0o111
