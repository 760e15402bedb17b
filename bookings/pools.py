"""Units of a pool are alike, so bookings may change places among them.

What counts is how many are taken at once. Where enough are free at every instant but no single one all the
time, those that have not begun are dealt out anew: sorted by their beginning, each gets the first
free unit, which needs as few units as any other way (interval graphs are perfect).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from psycopg import sql

from bookings import refusals
from bookings.facts import Facts, Reason
from bookings.models import NO_OVERLAP, Occupancy
from kernel.periods import Period

MOST_ROUNDS = 50
_CONSTRAINT = sql.SQL("SET CONSTRAINTS {} {}")


def units_for(facts: Facts, wanted: int, during: Period) -> list[int]:
    """So many units for a period, after moving others where that is needed. Call it under the pool's lock.

    `Refused` where there are too few.
    """
    free = facts.free_units(during)
    if len(free) >= wanted:
        return free[:wanted]
    if facts.units_free(during) < wanted:
        raise refusals.unavailable(Reason.BOOKED)
    return _dealt_anew(facts, wanted, during)


@dataclass
class _Row:
    """A row of occupancy to be placed; `unit` None is a new one, `pk` None too."""

    lower: datetime
    upper: datetime
    unit: int | None
    pk: int | None
    is_fixed: bool


def _dealt_anew(facts: Facts, wanted: int, during: Period) -> list[int]:
    rows = _connected(facts.resource.pk, during, facts.now)
    rows += [_Row(during.start, during.end, None, None, is_fixed=False) for _number in range(wanted)]
    placed = _placed(rows, facts.resource.units)
    moved = {row.pk: unit for row, unit in placed if row.pk is not None and unit != row.unit}
    with connection.cursor() as cursor:
        # Rows swap places one by one; the constraint looks once all are there.
        cursor.execute(_CONSTRAINT.format(sql.Identifier(NO_OVERLAP), sql.SQL("DEFERRED")))
        for pk, unit in moved.items():
            Occupancy.objects.filter(pk=pk).update(unit=unit)
        cursor.execute(_CONSTRAINT.format(sql.Identifier(NO_OVERLAP), sql.SQL("IMMEDIATE")))
    return [unit for row, unit in placed if row.pk is None]


def _placed(rows: Sequence[_Row], units: int) -> list[tuple[_Row, int]]:

    placed: list[tuple[_Row, int]] = []
    # Those that have begun keep their unit. They come first in time as well, so that nothing is lost by it.
    for row in sorted(rows, key=lambda row: (not row.is_fixed, row.lower, row.pk is None)):
        taken = {unit for other, unit in placed if other.lower < row.upper and row.lower < other.upper}
        choices = [row.unit] if row.is_fixed else [row.unit, *range(units)]
        unit = next((unit for unit in choices if unit is not None and unit not in taken), None)
        if unit is None:
            raise refusals.unavailable(Reason.BOOKED)

        placed.append((row, unit))
    return placed


def _connected(resource_id: int, during: Period, now: datetime) -> list[_Row]:
    """All rows that share time with the period, or with a row that does, and so on."""
    stretch = during
    for _round in range(MOST_ROUNDS):
        found = list(
            Occupancy.objects.filter(resource=resource_id, during__overlap=(stretch.start, stretch.end)).values_list(
                "pk", "unit", "during"
            )
        )
        wider = Period(
            min([stretch.start, *(row[2].lower for row in found)]), max([stretch.end, *(row[2].upper for row in found)])
        )
        if wider == stretch:
            break
        stretch = wider
    return [_Row(held.lower, held.upper, unit, pk, is_fixed=held.lower <= now) for pk, unit, held in found]
