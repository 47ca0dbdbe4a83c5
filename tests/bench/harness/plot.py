"""The figures as one SVG that brings its own background, for light and dark pages."""

from html import escape

from .goals import Row

WIDTH, LEFT, RIGHT, BAR, STEP = 860, 300, 110, 18, 28
_STYLE = """
  .page { fill: #ffffff; stroke: #d0d7de; } .text { fill: #1f2328; } .soft { fill: #59636e; }
  .ours { fill: #1a7f64; } .peer { fill: #9aa4af; } .short { fill: #c2571a; } .goal { stroke: #1f2328; }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
  .head { font-weight: 600; font-size: 15px; } .soft { font-size: 12px; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #30363d; } .text { fill: #e6edf3; } .soft { fill: #9198a1; }
    .ours { fill: #3fb68b; } .peer { fill: #6e7681; } .short { fill: #e0823d; }
    .goal { stroke: #e6edf3; }
  }
"""


class _Page:
    """Draws from top to bottom."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.y = 34

    def heading(self, text: str, below: str) -> None:
        self.parts.append(f'<text class="text head" x="24" y="{self.y}">{escape(text)}</text>')
        self.parts.append(f'<text class="soft" x="24" y="{self.y + 18}">{escape(below)}</text>')
        self.y += 34

    def bar(
        self, label: str, share: float, value: str, style: str, value_at: float | None = None
    ) -> None:
        middle = self.y + BAR / 2 + 4.5
        length = max(share * (WIDTH - LEFT - RIGHT), 1.5)
        end = length if value_at is None else value_at * (WIDTH - LEFT - RIGHT)
        self.parts += [
            f'<text class="text" x="{LEFT - 10}" y="{middle}" text-anchor="end">'
            f"{escape(label)}</text>",
            f'<rect class="{style}" x="{LEFT}" y="{self.y}" width="{length:.1f}" '
            f'height="{BAR}" rx="2"/>',
            f'<text class="text" x="{LEFT + end + 8:.1f}" y="{middle}">{escape(value)}</text>',
        ]
        self.y += STEP

    def goal_line(self, share: float, since: float, label: str) -> None:
        x = LEFT + share * (WIDTH - LEFT - RIGHT)
        self.parts.append(
            f'<line class="goal" x1="{x:.1f}" x2="{x:.1f}" y1="{since - 5}" y2="{self.y - 4}" '
            f'stroke-width="1.2" stroke-dasharray="4 3"/>'
            f'<text class="soft" x="{x:.1f}" y="{self.y + 9}" text-anchor="middle">'
            f"{escape(label)}</text>"
        )
        self.y += 14

    def svg(self, title: str) -> str:
        height = self.y + 10
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img" aria-label="{escape(title)}">\n'
            f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n"
            f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" '
            f'rx="8"/>\n' + "\n".join(self.parts) + "\n</svg>\n"
        )


def draw(figures: dict, rows: list[Row], machine: str, date: str) -> str:
    """Three panels: a request beside nginx, beside the original function, and every goal."""
    page = _Page()
    _beside_nginx(page, figures, f"one core, medians; {machine}, {date}")
    _beside_original(page, figures)
    _goals(page, rows)
    return page.svg("veilgate: CPU time for a request, and what was measured against each goal")


def _beside_nginx(page: _Page, figures: dict, below: str) -> None:
    cpu = {name: figure.median for name, figure in figures["http"]["cpu_us"].items()}
    page.heading("CPU time for one 1 KB JSON request, µs", below)
    since = page.y
    bars = [
        ("nginx, body untouched", cpu["nginx"], "peer"),
        ("veilgate, body untouched", cpu["none"], "ours"),
        ("veilgate, scanned, nothing matches", cpu["miss"], "ours"),
        ("veilgate, 24 envelope tokens", cpu["envelope"], "ours"),
    ]
    goal = 1.4 * cpu["nginx"]
    longest = max(goal, *(value for _, value, _ in bars)) * 1.05
    for label, value, style in bars:
        page.bar(label, value / longest, f"{value:,.1f}", style)
    page.goal_line(goal / longest, since, "goal for 24 tokens: 1.4 × nginx")
    page.y += 26


def _beside_original(page: _Page, figures: dict) -> None:
    cpu, original = figures["http"]["cpu_us"], figures["http"]["original_cpu_us"]
    page.heading(
        "The same 24 fields with the original function's code, µs",
        "one RSA encryption for each field; Python, neither HTTP nor Lambda's runtime counted",
    )
    bars = [
        ("veilgate, 24 envelope tokens", cpu["envelope"].median, "ours"),
        ("veilgate, 24 rsa tokens", cpu["rsa"].median, "ours"),
        ("original function on `cryptography`", original["cryptography"].median, "peer"),
        ("original function, PyCryptodome", original["PyCryptodome"].median, "peer"),
    ]
    longest = max(value for _, value, _ in bars)
    for label, value, style in bars:
        page.bar(label, value / longest, f"{value:,.0f}", style)
    page.y += 20


def _goals(page: _Page, rows: list[Row]) -> None:
    page.heading(
        "Measured against each goal",
        "right of the line is better than the goal; a bar is cut at twice the goal",
    )
    since = page.y
    for label, row in _shown(rows):
        better = row.goal / row.measured if row.at_most else row.measured / row.goal
        sign = "≤" if row.at_most else "≥"
        value = f"{row.measured:.3g} {row.unit} ({sign} {row.goal:g})"
        page.bar(label, min(better, 2.0) / 2.0 * 0.7, value, "ours" if row.met else "short", 0.72)
    page.goal_line(0.35, since, "goal")


def _shown(rows: list[Row]) -> list[tuple[str, Row]]:
    """The rows with a goal; of the scanned documents NDJSON and the slowest of the real ones."""
    scans = [row for row in rows if row.what.startswith("scan of ") and "NDJSON" not in row.what]
    slowest = min(scans, key=lambda row: row.measured, default=None)
    return [
        (_label(row, row is slowest), row)
        for row in rows
        if row.goal is not None and (row not in scans or row is slowest)
    ]


def _label(row: Row, slowest: bool) -> str:
    if slowest:
        return "scan, slowest real document"
    if row.what.startswith("the same with the original"):
        return "CPU of the original function"
    for ending in [", nothing matches", " per 236-byte record", ", data keys cached"]:
        row_name = row.what.removesuffix(ending)
        if row_name != row.what:
            return row_name.replace("`", "")
    return row.what
