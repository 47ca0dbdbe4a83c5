"""Runs every measurement, prints the table, writes results/latest.json and docs/benchmarks.svg."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from . import check, documents, goals, kinds, nginx, plot, processes, settings
from .goals import Figure
from .load import CONNECTIONS, Round, send
from .original import Original
from .probe import Probe
from .processes import LOAD_CPU, MEASURED_CPU, free_port, on_cpu, pinned, running
from .settings import Settings

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent.parent
ROUTES = ["none", "miss", "envelope", "rsa"]


def main() -> None:
    arguments = _arguments()
    quick = arguments.quick
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="veilgate-bench-") as name:
        folder = Path(name)
        figures = {"http": _http(folder, arguments.binaries, quick)}
        made = settings.write(folder, 0, 0, 0)
        probe = Probe(arguments.binaries / "bench-probe", 0.15 if quick else 0.3, 3 if quick else 7)
        figures["tokens"] = _tokens(probe.tokens(made))
        size = 8_000_000 if quick else 32_000_000
        figures |= _scanner(probe, made, size)
        figures["splice"] = _splice(probe, made, size)
        _say("free text")
        figures["detect"] = _detect(probe.detect())
        figures["open"] = _figures(probe.open(made))
        _say("every kind of token, and vaults")
        figures |= kinds.measure(arguments.binaries, folder)
    table = goals.rows(figures)
    print(goals.table(table))
    _write(figures, table, arguments, time.monotonic() - began)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True, help="folder of the release build")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--results", type=Path, default=BENCH / "results" / "latest.json")
    parser.add_argument("--plot", type=Path, default=ROOT / "docs" / "benchmarks.svg")
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _figures(samples: dict[str, list[float]]) -> dict[str, Figure]:
    return {name: Figure.of(values) for name, values in samples.items()}


def _http(folder: Path, binaries: Path, quick: bool) -> dict:
    """nginx and the gateway in turn, under the same load, with the same upstream behind them."""
    upstream, peer, port, logging_port = free_port(), free_port(), free_port(), free_port()
    with ExitStack() as stack:
        echo = stack.enter_context(check.echo_upstream())
        made = settings.write(folder, port, upstream, echo)
        logging = settings.write_gateway(folder, "logging", logging_port, upstream, echo)

        def start(name: str, cpu: int, at: int, command: list[str], **env: str) -> int:
            log = folder / f"{name}.log"
            return stack.enter_context(running(pinned(cpu, command), log, at, env)).pid

        start("upstream", LOAD_CPU, upstream, nginx.upstream_command(folder / "upstream", upstream))
        proxy = nginx.proxy_command(folder / "peer", peer, upstream)
        gateway = [str(binaries / "veilgate-gateway"), "--config"]
        peer_pid = start("nginx", MEASURED_CPU, peer, proxy)
        # nginx writes no access log, so neither does the gateway, but in a row of its own.
        silent, log = {"VEILGATE_LOG": "warn"}, {"VEILGATE_LOG": "info"}
        command = [*gateway, str(made.gateway)]
        gateway_pid = start("gateway", MEASURED_CPU, port, command, **silent)
        command = [*gateway, str(logging)]
        logging_pid = start("logging", MEASURED_CPU, logging_port, command, **log)
        tokenized = check.routes(port, made.body.read_bytes())
        targets = {"nginx": (peer_pid, f"http://127.0.0.1:{peer}/")}
        targets |= {name: (gateway_pid, f"http://127.0.0.1:{port}/{name}") for name in ROUTES}
        targets["logged"] = (logging_pid, f"http://127.0.0.1:{logging_port}/envelope")
        python = Original(made.body.read_bytes(), made.public_key)
        rounds, originals = _rounds(targets, made.body, python, 4 if quick else 20)
        resident = processes.resident_bytes(gateway_pid)
    return _http_figures(rounds, originals) | {
        "tokenized_bytes": tokenized,
        "gateway_peak_resident_bytes": resident,
    }


def _http_figures(rounds: dict[str, list[Round]], originals: dict[str, list[float]]) -> dict:
    """Absolute figures; and ratios, each taken within a round, so that what drifts cancels out."""
    shown = ["cpu_us", "requests_per_second", "p50_us", "p99_us", "busy"]
    return {
        **{
            key: {name: Figure.of([getattr(one, key) for one in all_]) for name, all_ in rounds.items()}
            for key in shown
        },
        "cpu_times_nginx": {
            name: Figure.of([one.cpu_us / peer.cpu_us for one, peer in zip(all_, rounds["nginx"])])
            for name, all_ in rounds.items()
        },
        "original_cpu_us": _figures(originals),
        "original_times_envelope": {
            name: Figure.of([python / one.cpu_us for python, one in zip(all_, rounds["envelope"])])
            for name, all_ in originals.items()
        },
    }


def _rounds(
    targets: dict[str, tuple[int, str]], body: Path, python: Original, count: int
) -> tuple[dict[str, list[Round]], dict[str, list[float]]]:
    """A second of each target to warm up, then in turn, so that drift falls on all alike."""
    rounds: dict[str, list[Round]] = {name: [] for name in targets}
    originals: dict[str, list[float]] = {name: [] for name in python.cpu_us(0.1)}
    for pid, url in targets.values():
        send(pid, url, body, 1)
    for number in range(count):
        for name, (pid, url) in targets.items():
            rounds[name].append(send(pid, url, body, 1))
        with on_cpu(MEASURED_CPU):
            for name, cpu_us in python.cpu_us(0.3).items():
                originals[name].append(cpu_us)
        shown = ", ".join(f"{name} {all_[-1].cpu_us:.1f}" for name, all_ in rounds.items())
        _say(f"round {number + 1} of {count}, µs CPU for a request: {shown}")
    return rounds, originals


def _tokens(rates: dict[str, list[float]]) -> dict[str, Figure]:
    """Rates, and those of tokens beside aws-lc-rs's of the same turn."""
    beside = {
        "rsa_of_raw": ("rsa_tokens", "raw_rsa_oaep"),
        "envelope_of_raw": ("envelope_tokens", "raw_aes_256_gcm"),
    }
    ratios = {
        name: [ours / raw for ours, raw in zip(rates[ours_], rates[raw_])]
        for name, (ours_, raw_) in beside.items()
    }
    return _figures(rates | ratios)


def _scanner(probe: Probe, made: Settings, size: int) -> dict:
    """The scanner over made-up NDJSON and, where present, real documents; then with sealing."""
    _say("the scanner, and scanner with sealer")
    records = made.folder / "records.ndjson"
    documents.write_records(records, size)
    inputs = {"NDJSON": (records, "record-miss")}
    inputs |= {path.name: (path, "miss") for path in _corpora()}
    scanned = {}
    for name, (path, policy) in inputs.items():
        scanned[f"{name}, rooted paths"] = probe.scan(made.policy(policy), path)
        scanned[f"{name}, `$..` paths"] = probe.scan(made.policy("anywhere-miss"), path)
    rewritten = probe.rewrite(made, made.policy("record-envelope"), records)
    return {
        "scan": {name: Figure.of(rates["bytes_per_second"]) for name, rates in scanned.items()},
        "rewrite": Figure.of(rewritten["bytes_per_second"]),
    }


def _splice(probe: Probe, made: Settings, size: int) -> dict[str, Figure]:
    """The scanner with a constant token in each value's place: what a token costs is not in it."""
    _say("scanner with a constant for a token, and jaq")
    table, patients = made.folder / "table.csv", made.folder / "patients.xml"
    documents.write_table(table, size)
    documents.write_patients(patients, size)
    records = made.folder / "records.ndjson"
    beside = probe.splice(made.policy("record-envelope"), records, documents.jaq_filter())
    ours, jaq = beside["bytes_per_second"], beside["jaq_bytes_per_second"]
    library = ROOT / "policies" / "library" / "hipaa.yaml"
    rates = {
        "csv": probe.splice(made.policy("table"), table)["bytes_per_second"],
        "xml": probe.splice(library, patients)["bytes_per_second"],
        "ndjson": ours,
        "jaq": jaq,
        "ndjson_of_jaq": [one / other for one, other in zip(ours, jaq)],
    }
    return _figures(rates)


def _detect(rates: dict[str, list[float]]) -> dict[str, Figure]:
    """Rates, and those with detectors beside one regular expression of the same turn."""
    regex = rates["card_regex"]
    ratios = {
        f"{name}_of_regex": [ours / one for ours, one in zip(rates[name], regex)]
        for name in ["twenty", "all"]
    }
    return _figures(rates | ratios)


def _corpora() -> list[Path]:
    """Real documents beside the project; they are not ours to publish, so they may be missing."""
    for folder in ROOT.parents:
        corpora = folder / "shared" / "vectors" / "json-corpora"
        if corpora.is_dir():
            return sorted(corpora.iterdir())
    _say("skipped: shared/vectors/json-corpora is not here")
    return []


def _write(
    figures: dict, table: list[goals.Row], arguments: argparse.Namespace, took: float
) -> None:
    date = time.strftime("%Y-%m-%d", time.gmtime())
    result = {
        "date": date,
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "quick": arguments.quick,
        "seconds": round(took, 1),
        "machine": machine(),
        "load": {
            "connections": CONNECTIONS,
            "measured_cpu": MEASURED_CPU,
            "load_and_upstream_cpu": LOAD_CPU,
            "document_bytes": documents.DOCUMENT_BYTES,
        },
        "goals": [row.as_json() for row in table],
        "figures": figures,
    }
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=2, ensure_ascii=False, default=lambda figure: vars(figure))
    arguments.results.write_text(text + "\n")
    arguments.plot.write_text(plot.draw(figures, table, result["machine"]["cpu"], date))
    _say(f"\nwrote {arguments.results} and {arguments.plot} after {took:.0f} s")


def machine() -> dict:
    """What the figures were seen on."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "cpu": f"{len(models)} × {models[0] if models else platform.machine()}",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "nginx": nginx.version(),
        "rustc": subprocess.run(
            ["rustc", "--version"], capture_output=True, text=True, check=True
        ).stdout.strip(),
        "load_average_at_end": os.getloadavg()[0],
    }


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    main()
