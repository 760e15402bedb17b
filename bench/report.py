"""The table, the file and the verdict."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.limits import IMPORT_MB, OPENED_SECONDS, RATIO, TIDIED_SECONDS, WEB_PROCESS_MB
from bench.measured import Measured

NAMES = {
    "day": "slots of a day",
    "page": "page of a court with its slots",
    "month": "a month of 20 resources",
    "chain": "a month of 200 resources",
    "quote": "quote: 3 hours, 3 rates, 3 extras",
    "create": "new booking",
    "preview": "preview of 52 weeks",
    "series": "new series of 52 weeks",
    "statement": "statement of 10,000 payments",
    "list": "page of 16,000 bookings",
    "detail": "one booking at the desk",
    "search": "search in 16,000 bookings",
    "webhook": "webhook into the inbox",
    "tick_idle": "tick: 1,000 tenants, nothing due",
    "tick_due": "tick: 1,000 tenants, 100 due",
    "tick_flood": "tick: 10,000 of one due, 100 of others",
    "outbox": "outbox: a message",
    "import": "calendar of 5,000: an event",
    "sign_up": "new business",
}
HEADINGS = ("work", "clients", "queries", "SQL/s", "p50 ms", "p99 ms", "ours/s", "p50 ms", "p99 ms", "ratio", "limit")


@dataclass(frozen=True)
class Line:
    """One kind of work with so many clients."""

    work: str
    clients: int
    statements: int
    sql: Measured
    http: Measured

    @property
    def ratio(self) -> float:
        """How many times as much the bare SQL does in the same time."""
        return self.sql.per_second / self.http.per_second

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return (
            NAMES[self.work],
            str(self.clients),
            str(self.statements),
            *_cells(self.sql),
            *_cells(self.http),
            f"{self.ratio:.1f}",
            f"{RATIO[self.work]:.0f}",
        )


def _cells(measured: Measured) -> tuple[str, str, str]:
    return f"{measured.per_second:,.0f}", f"{measured.p50:.1f}", f"{measured.p99:.1f}"


def table(lines: Sequence[Line]) -> str:
    """The lines below their headings."""
    rows = [HEADINGS, *(line.cells() for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(_aligned(row, widths)) for row in rows)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]


def tidied(holds: Measured) -> str:
    """How soon holds were tidied, as one line."""
    worst, usual = holds.p99 / 1000, holds.p50 / 1000
    return f"holds tidied, 1,000 tenants: p50 {usual:.1f} s, worst {worst:.1f} s of {holds.count}"


def verdict(
    lines: Sequence[Line], memory_mb: float, import_mb: float, holds: Measured, opened: float
) -> tuple[str, bool]:
    """One sentence per broken limit, or that all hold."""
    best = {work: min(line.ratio for line in lines if line.work == work) for work in RATIO}
    broken = [
        f"{NAMES[work]}: ratio {ratio:.1f} at best, limit {RATIO[work]:.0f}"
        for work, ratio in best.items()
        if ratio > RATIO[work]
    ]
    if memory_mb > WEB_PROCESS_MB:
        broken.append(f"web process: {memory_mb:.0f} MB, limit {WEB_PROCESS_MB:.0f} MB")
    if import_mb > IMPORT_MB:
        broken.append(f"import of a calendar: {import_mb:.0f} MB, limit {IMPORT_MB:.0f} MB")
    if opened > OPENED_SECONDS:
        broken.append(f"new business: p95 {opened:.2f} s, limit {OPENED_SECONDS:.0f} s")
    if holds.p99 > TIDIED_SECONDS * 1000:
        broken.append(f"{tidied(holds)}; limit {TIDIED_SECONDS:.0f} s")
    if broken:
        return "BROKEN LIMITS\n" + "\n".join(f"  {sentence}" for sentence in broken), False
    return "All limits hold.", True


def save(lines: Sequence[Line], memory_mb: float, import_mb: float, holds: Measured, opened: float, path: Path) -> None:
    """As JSON, for comparing runs."""
    content = {
        "lines": [{**asdict(line), "ratio": round(line.ratio, 2), "limit": RATIO[line.work]} for line in lines],
        "web_process_mb": round(memory_mb, 1),
        "import_mb": round(import_mb, 1),
        "holds_tidied": asdict(holds),
        "opened_p95_seconds": round(opened, 3),
    }
    path.write_text(json.dumps(content, indent=2) + "\n")
