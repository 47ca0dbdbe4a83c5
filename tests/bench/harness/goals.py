"""From measured figures to ratios, each beside the goal that the design sets for it."""

import statistics
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """A quantity over the run's rounds."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(samples: list[float]) -> "Figure":
        return Figure(statistics.median(samples), min(samples), max(samples))


@dataclass(frozen=True)
class Row:
    """One line of the table. `goal` and `met` are None where the design sets no goal."""

    what: str
    measured: float
    unit: str
    against: str
    goal: float | None = None
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.measured <= self.goal if self.at_most else self.measured >= self.goal

    def as_json(self) -> dict:
        return {**asdict(self), "met": self.met}


def rows(figures: dict) -> list[Row]:
    """The table: `figures` is what main.py gathered, every leaf a Figure."""
    cpu = {name: figure.median for name, figure in figures["http"]["cpu_us"].items()}
    # Each round beside nginx's of the same round, then the median: what drifts, drifts in both.
    ratio = {name: figure.median for name, figure in figures["http"]["cpu_times_nginx"].items()}
    original = figures["http"]["original_times_envelope"]
    nginx, envelope = cpu["nginx"], cpu["envelope"]
    against = f"nginx, same body untouched: {nginx:.1f} µs CPU"
    table = [
        Row("gateway, body untouched (policy: none)", ratio["none"], "× nginx", against),
        Row("gateway, scanned, nothing matches", ratio["miss"], "× nginx", against),
        Row("gateway, 24 envelope fields in 1 KB", ratio["envelope"], "× nginx", against, 1.4, True),
        Row("the same with an access log line each", ratio["logged"], "× nginx", against),
        Row("gateway, 24 rsa fields in 1 KB", ratio["rsa"], "× nginx", against),
        Row(
            "the same with the original function (PyCryptodome)",
            original["PyCryptodome"].median,
            "× the CPU",
            f"24 envelope fields: {envelope:.1f} µs CPU",
            90,
        ),
        Row(
            "the original function on `cryptography` instead",
            original["cryptography"].median,
            "× the CPU",
            f"24 envelope fields: {envelope:.1f} µs CPU",
        ),
    ]
    table += _scan_rows(figures) + _splice_rows(figures["splice"]) + _text_rows(figures["detect"])
    table += _token_rows(figures["tokens"]) + _open_rows(figures)
    return table + _kind_rows(figures["kinds"]) + _vault_rows(figures["stored"])


def _scan_rows(figures: dict) -> list[Row]:
    table = [
        Row(f"scan of {name}, nothing matches", figure.median / 1e9, "GB/s", "one core", 1.0)
        for name, figure in figures["scan"].items()
    ]
    rewritten = figures["rewrite"].median / 1e6
    what = "NDJSON, 6 envelope fields per 236-byte record"
    return [*table, Row(what, rewritten, "MB/s", "one core, input bytes", 200)]


def _splice_rows(splice: dict) -> list[Row]:
    rate = {name: figure.median / 1e6 for name, figure in splice.items()}
    jaq = f"one core; jaq, the same six: {rate['jaq']:.0f} MB/s"
    library = "one core, a constant for a token"
    return [
        Row("NDJSON, 6 constants per 236-byte record", splice["ndjson_of_jaq"].median, "× jaq", jaq),
        Row("jaq on the same NDJSON", rate["jaq"], "MB/s", "one core, library in process"),
        Row("CSV, 2 of 10 columns tokenized", rate["csv"], "MB/s", library, 400),
        Row("XML, policies/library/hipaa.yaml", rate["xml"], "MB/s", library),
    ]


def _text_rows(detect: dict) -> list[Row]:
    rate = {name: figure.median / 1e6 for name, figure in detect.items()}
    against = f"one core; one card regex: {rate['card_regex']:.0f} MB/s"
    return [
        Row("free text, 20 detectors on", rate["twenty"], "MB/s", against, 250),
        Row("free text, all detectors on", rate["all"], "MB/s", against),
    ]


def _token_rows(tokens: dict) -> list[Row]:
    rate = {name: figure.median for name, figure in tokens.items()}
    return [
        Row(
            "rsa tokens",
            rate["rsa_of_raw"],
            "of aws-lc-rs",
            f"RSA-OAEP-2048 raw: {rate['raw_rsa_oaep']:,.0f}/s",
            0.9,
        ),
        Row(
            "envelope tokens, 16-byte values",
            rate["envelope_of_raw"],
            "of aws-lc-rs",
            f"AES-256-GCM raw, 16 bytes: {rate['raw_aes_256_gcm']:,.0f}/s",
        ),
    ]


def _open_rows(figures: dict) -> list[Row]:
    return [
        Row(
            f"detokenize, {where}, data keys cached",
            figure.median / 1e6,
            "M values/s",
            "one core",
            1.0,
        )
        for where, figure in figures.get("open", {}).items()
    ]


# As the program names them, as the table does, and the most nanoseconds that the design sets.
KINDS = {
    "envelope": ("envelope", 200),
    "envelope, bulk": ("envelope, in batches of 240", 200),
    "stored": ("envelope, stored: true", None),
    "view": ("envelope, one view", None),
    "rsa": ("rsa", None),
    "siv": ("siv", None),
    "fpe": ("fpe", 500),
    "card": ("fpe, keep_last: 4, luhn: valid", None),
    "hmac": ("hmac", None),
    "date": ("date", None),
    "bucket": ("bucket", None),
    "mask": ("mask", None),
    "redact": ("redact", None),
    "vault, new values": ("vault, SQLite", None),
    "vault, deterministic, new values": ("vault, SQLite, deterministic", None),
    "vault, deterministic, from the cache": ("vault, deterministic, remembered", 500),
}


def _kind_rows(kinds: dict) -> list[Row]:
    def against(name: str) -> str:
        if "SQLite" in name:
            return "each durable, wall time"
        return "16 digits, one core" if "batches" in name else "16 digits, in batches of 24, one core"

    return [
        Row(f"a token of {name}", kinds[what].median, "ns", against(name), goal, at_most=True)
        for what, (name, goal) in KINDS.items()
    ]


def _vault_rows(stored: dict) -> list[Row]:
    table = []
    for name, figures in stored.items():
        rate = figures["ours"].median
        if "of_raw" in figures:
            against = f"the same rows, bare, in transactions as large: {figures['raw'].median:,.0f}/s"
            table.append(Row(f"inserts into {name}", figures["of_raw"].median, "of SQLite", against, 0.8))
        else:
            against = "append-only file, pipelined"
            table.append(Row(f"inserts into {name}", rate / 1e3, "thousand/s", against, 100))
    return table


def _three_digits(measured: float) -> str:
    return f"{measured:.3g}" if measured < 1000 else f"{float(f'{measured:.3g}'):.0f}"


def table(rows_: list[Row]) -> str:
    """The rows as a Markdown table, which reads well on a terminal too."""
    cells = [("what", "measured", "goal", "", "against")]
    for row in rows_:
        goal = "–" if row.goal is None else f"{'≤' if row.at_most else '≥'} {row.goal:g}"
        verdict = {True: "pass", False: "MISS", None: ""}[row.met]
        cells.append((row.what, f"{_three_digits(row.measured)} {row.unit}", goal, verdict, row.against))
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"
        for line in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])
