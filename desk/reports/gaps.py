"""Days on which nothing happened: a line that goes from Monday to Thursday must not hide the days between."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from bookings.reports.scope import By
from desk.reports.tables import Column, Kind

STEPS = {By.DAY: timedelta(days=1), By.WEEK: timedelta(days=7)}
ZERO = frozenset({Kind.COUNT, Kind.MONEY})
MONTHS = 12
Row = dict[str, Any]


def closed(by: By, columns: Sequence[Column], rows: Sequence[Row]) -> Sequence[Row]:
    """Rows from the first to the last, with one of zeros for each day, week or month between that has none.

    Several currencies have rows of their own and stay as they are.
    """
    currencies = {row.get("currency") for row in rows}
    if by not in {*STEPS, By.MONTH} or len(currencies) != 1:
        return rows
    nothing = {column.name: 0 for column in columns if column.kind in ZERO or column.adds}
    nothing |= {"currency": rows[0]["currency"]} if "currency" in rows[0] else {}
    found = {row["key"]: row for row in rows}
    keys = _keys(by, rows[0]["key"], rows[-1]["key"])
    return [found.get(key) or {"key": key, **nothing} for key in keys]


def _keys(by: By, first: str, last: str) -> Iterator[str]:
    if by is By.MONTH:
        at, until = (int(key[:4]) * MONTHS + int(key[5:]) - 1 for key in (first, last))
        yield from (f"{month // MONTHS:04}-{month % MONTHS + 1:02}" for month in range(at, until + 1))
        return
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        yield day.isoformat()
        day += STEPS[by]
