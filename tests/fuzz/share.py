"""Fuzzes all targets side by side in slices, and keeps count: python3 share.py PROGRAMS LIVE [WORKERS]

The target with the least processor time so far is next. tests/fuzz/hours.tsv, which is committed, holds
the processor seconds and executions of each: an hour of a machine that had other work counts as what it
got. It ends when LIVE/stop exists, or by SIGINT.
"""

import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOURS = HERE / "hours.tsv"
SLICE = 300  # seconds of wall time
LONGEST = 2048  # bytes, as in tests/fuzz/run


class Hours:
    """What each target has had, in the file and in memory."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = set()

    def read(self):
        rows = [line.split("\t") for line in HOURS.read_text().splitlines()[1:]]
        return {target: (float(seconds), int(executions)) for target, seconds, executions in rows}

    def take(self):
        """The target that has had the least and is not being fuzzed."""
        with self.lock:
            idle = {t: had for t, (had, _) in self.read().items() if t not in self.running}
            target = min(idle, key=idle.get)
            self.running.add(target)
            return target

    def give_back(self, target, seconds, executions):
        with self.lock, open(HOURS, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            rows = self.read()
            had, done = rows[target]
            rows[target] = (had + seconds, done + executions)
            lines = [f"{t}\t{s:.0f}\t{n}" for t, (s, n) in rows.items()]
            file.truncate()
            file.write("\n".join(["target\tprocessor_seconds\texecutions", *lines, ""]))
            self.running.discard(target)


def fuzz(target, programs, live):
    """One slice. Its processor seconds, its executions, and whether a check broke."""
    (live / target).mkdir(parents=True, exist_ok=True)
    (live / "logs").mkdir(exist_ok=True)
    (HERE / "found" / target).mkdir(parents=True, exist_ok=True)
    log = live / "logs" / f"{target}.log"
    with open(log, "w") as out:
        process = subprocess.Popen(
            [
                programs / target,
                f"-max_total_time={SLICE}",
                f"-max_len={LONGEST}",
                "-timeout=20",
                "-rss_limit_mb=2048",
                f"-dict={HERE / 'dictionaries' / f'{target}.dict'}",
                f"-artifact_prefix={HERE / 'found' / target}/",
                "-print_final_stats=1",
                live / target,
                live / "seeds" / target,
                HERE / "corpus" / target,
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: os.nice(15),
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
    text = log.read_text(errors="replace")
    done = re.findall(r"stat::number_of_executed_units: (\d+)", text) or re.findall(r"#(\d+)", text)
    if status != 0:
        log.rename(log.with_suffix(f".{os.getpid()}.{process.pid}.failed"))
    return usage.ru_utime + usage.ru_stime, int(done[-1]) if done else 0, status != 0


def work(hours, programs, live):
    while not (live / "stop").exists():
        target = hours.take()
        seconds, executions, broke = fuzz(target, programs, live)
        hours.give_back(target, seconds, executions)
        mark = "  BROKE A CHECK" if broke else ""
        print(f"{target}: {seconds:.0f} s, {executions} executions{mark}", flush=True)


def main():
    programs, live = Path(sys.argv[1]), Path(sys.argv[2])
    workers = int(sys.argv[3]) if len(sys.argv) > 3 else os.cpu_count()
    (live / "stop").unlink(missing_ok=True)
    signal.signal(signal.SIGINT, lambda *_: (live / "stop").touch())
    hours = Hours()
    threads = [threading.Thread(target=work, args=(hours, programs, live)) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
