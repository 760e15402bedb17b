"""What was measured, as ratios, and whether they keep their limits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.limits import CREATED_SECONDS, THOUSAND

NAMES = {
    "create": "new tenant, ms: the first 20, the last 100",
    "create_p95": "new tenant, p95, ms: the first 20, the last 100",
    "disk": "disk, MB a tenant: its tables alone, with what it adds to the catalogue",
    "files": "files a tenant: its tables and indexes, on the disk",
    "web_memory": "web process, MB",
    "web_again": "web process, MB: after one round of all, after two more",
    "session_memory": "the largest session of PostgreSQL, MB",
    "ready": "start-up of the web server to /readyz, s",
    "request": "request to one tenant, p50 ms",
    "request_p95": "request to one tenant, p95 ms",
    "visit": "request p50 ms: to the one, to each in turn",
    "first_visit": "request p50 ms: to the one, the first to each",
    "metrics": "/metrics, p50 ms",
    "tick": "the clock's tick, ms",
    "pump": "the clock's pump, ms",
    "vitals": "the clock's vitals, no tenant's turn, ms",
    "proof": "the clock's vitals, proving, ms a tenant",
    "inbox": "the clock's inbox, ms",
    "close": "the clock's closing, ms",
    "check": "check --deploy, s",
    "nothing": "migrate_schemas, nothing to do, s",
    "column": "one new column, ms a tenant: bare SQL, migrate_schemas",
    "backup": "backup_tenant of one, s",
}
HEADINGS = ("", "alone", "among all", "ratio", "limit")


@dataclass(frozen=True)
class Figure:
    """One thing at two sizes, or done barely and by us."""

    name: str
    alone: float
    among: float

    @property
    def ratio(self) -> float:
        """How many times as much it is."""
        return self.among / self.alone

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        ratio, limit = f"{self.ratio:.2f}", f"{THOUSAND[self.name]:g}"
        return NAMES[self.name], f"{self.alone:,.2f}", f"{self.among:,.2f}", ratio, limit


def between(alone: Mapping[str, float], among: Mapping[str, float]) -> list[Figure]:
    """All figures, in their order."""
    return [Figure(name, alone[name], among[name]) for name in NAMES]


def table(figures: Sequence[Figure]) -> str:
    """A row for each, to be read and to be put into docs/speed.md."""
    rows = [HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    heading, *lines = ["| " + " | ".join(_aligned(row, widths)) + " |" for row in rows]
    return "\n".join([heading, "|---|" + "---:|" * (len(HEADINGS) - 1), *lines])


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]


def broken(figures: Sequence[Figure]) -> list[str]:
    """A sentence for each limit that is not kept."""
    said = [
        f"{NAMES[each.name]}: ratio {each.ratio:.2f}, limit {THOUSAND[each.name]:g}"
        for each in figures
        if each.ratio > THOUSAND[each.name]
    ]
    slowest = next(each.among for each in figures if each.name == "create_p95") / 1000
    if slowest > CREATED_SECONDS:
        said.append(f"new tenant: p95 {slowest:.2f} s, limit {CREATED_SECONDS:g} s")
    return said


def save(figures: Sequence[Figure], tenants: int, path: Path) -> None:
    """For programs."""
    rows = [{**asdict(each), "ratio": each.ratio, "limit": THOUSAND[each.name]} for each in figures]
    path.write_text(json.dumps({"tenants": tenants, "figures": rows}, indent=1))
