"""Runs the fuzzers for tests/fuzz/run, and keeps count in tests/fuzz/hours.tsv, which is committed.

    python3 fuzz.py PROGRAMS LIVE LONGEST each SECONDS TARGET...   one after the other
    python3 fuzz.py PROGRAMS LIVE LONGEST share [WORKERS]          all in slices, WORKERS at a time, the one
                                                                   with the least processor time first,
                                                                   until SIGINT
    python3 fuzz.py PROGRAMS LIVE LONGEST reach SECONDS TARGET...  the same, one on each core, until each of
                                                                   these has had so much

PROGRAMS and LIVE are folders: of the built fuzzers, and of what they gather. LONGEST is the longest input
in bytes. What counts is processor time: an hour of a machine that had other work counts as what it gave.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOURS = HERE / "hours.tsv"
HEAD = "target\tprocessor_seconds\texecutions"
SLICE = 300  # seconds of wall time


class Hours:
    """What each target has had."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = set()

    @staticmethod
    def read():
        rows = [line.split("\t") for line in HOURS.read_text().splitlines()[1:]]
        return {target: (float(seconds), int(executions)) for target, seconds, executions in rows}

    def take(self, targets=(), enough=float("inf")):
        """The target that has had the least, not yet enough, and is not being fuzzed; and how much it had."""
        with self.lock:
            rows = self.read()
            hads = {target: rows.get(target, (0, 0))[0] for target in targets or rows}
            idle = [target for target in hads if target not in self.running and hads[target] < enough]
            if not idle:
                return None
            target = min(idle, key=hads.get)
            self.running.add(target)
            return target, hads[target]

    def give_back(self, target, seconds, executions):
        with self.lock:
            rows = self.read()
            had, done = rows.get(target, (0, 0))
            rows[target] = had + seconds, done + executions
            lines = [f"{name}\t{had:.0f}\t{done}" for name, (had, done) in rows.items()]
            HOURS.write_text("\n".join([HEAD, *lines, ""]))
            self.running.discard(target)


class Fuzzers:
    """Starts fuzzers, and tells them to end."""

    def __init__(self, programs, live, longest):
        self.programs, self.live, self.longest = Path(programs), Path(live), longest
        self.hours, self.started, self.ends = Hours(), set(), threading.Event()

    def end(self, *_):
        self.ends.set()
        for process in list(self.started):
            process.send_signal(signal.SIGINT)

    def fuzz(self, target, seconds):
        """Fuzzes a target, and says what came of it; whether all checks held."""
        found = HERE / "found" / target
        for folder in (self.live / target, self.live / "logs", found, HERE / "corpus" / target):
            folder.mkdir(parents=True, exist_ok=True)
        log = self.live / "logs" / f"{target}.log"
        with open(log, "w") as out:
            process = subprocess.Popen(
                [
                    "nice", "-n", os.environ.get("FUZZ_NICE", "15"),
                    self.programs / target,
                    f"-max_total_time={seconds}", f"-max_len={self.longest}",
                    "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1",
                    f"-dict={HERE / 'dictionaries' / f'{target}.dict'}", f"-artifact_prefix={found}/",
                    self.live / target, self.live / "seeds" / target, HERE / "corpus" / target,
                ],
                stdout=out, stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl-C is for this program, which tells the fuzzers
            )
            self.started.add(process)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
            self.started.discard(process)
        text = log.read_text(errors="replace")
        done = re.findall(r"stat::number_of_executed_units: (\d+)", text) or re.findall(r"#(\d+)\t", text)
        spent, count = usage.ru_utime + usage.ru_stime, int(done[-1]) if done else 0
        self.hours.give_back(target, spent, count)
        if found.is_dir() and not any(found.iterdir()):
            found.rmdir()
        broken = re.findall(r"Test unit written to (\S+)", text)
        well = status == 0 or self.ends.is_set() and not broken
        mark = "" if well else f"  BROKE A CHECK: {', '.join(broken) or log}"
        print(f"{target}: {spent:.0f} s, {count} executions{mark}", flush=True)
        return well

    def share(self, workers, targets=(), enough=float("inf")):
        """Gives the targets of which a check broke."""
        broken = set()

        def work():
            while not self.ends.is_set() and (taken := self.hours.take(targets, enough)):
                target, had = taken
                # a core gives a little less than all of a second
                if not self.fuzz(target, int(min(SLICE, (enough - had) * 1.02 + 2))):
                    broken.add(target)

        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return broken


def main():
    programs, live, longest, mode, *rest = sys.argv[1:]
    fuzzers = Fuzzers(programs, live, longest)
    signal.signal(signal.SIGINT, fuzzers.end)
    if mode == "share":
        fuzzers.share(int(rest[0]) if rest else os.cpu_count())
        return
    seconds, *targets = rest
    if mode == "reach":
        broken = fuzzers.share(os.cpu_count(), targets, float(seconds))
    else:
        broken = [t for t in targets if not fuzzers.ends.is_set() and not fuzzers.fuzz(t, int(seconds))]
    if broken:
        sys.exit(f"found something: {' '.join(broken)}")


if __name__ == "__main__":
    main()
