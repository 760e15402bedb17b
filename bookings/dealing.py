"""Dealing the time of bookings out to fewer units of a pool: who comes first gets the first free unit.

Units are alike, so bookings may change places. Sorted by their beginning, they need as many units as are taken
at once, and no more (interval graphs are perfect).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.periods import Period


class TooFew(Exception):
    """There are not units enough."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Time that something takes of one unit; `unit` None is to be dealt, and `fixed` stays where it is."""

    period: Period
    key: Any
    unit: int | None = None
    fixed: bool = False


def dealt(stays: Iterable[Stay], units: int) -> dict[Any, int]:
    """A unit below `units` for every stay that is not fixed, by its key; its own where it can keep it.

    Raises `TooFew`.
    """
    placed: list[tuple[Period, int]] = []
    found: dict[Any, int] = {}
    for stay in sorted(stays, key=lambda stay: (not stay.fixed, stay.period.start)):
        if stay.fixed:
            placed.append((stay.period, stay.unit or 0))
            continue
        placed = [(period, unit) for period, unit in placed if period.end > stay.period.start]
        taken = {unit for period, unit in placed if period.overlaps(stay.period)}
        unit = next((unit for unit in (stay.unit, *range(units)) if _is_free(unit, taken, units)), None)
        if unit is None:
            raise TooFew
        found[stay.key] = unit
        placed.append((stay.period, unit))
    return found


def _is_free(unit: int | None, taken: set[int], units: int) -> bool:
    return unit is not None and unit < units and unit not in taken


def most_at_once(periods: Sequence[Period]) -> int:
    """How many periods share an instant, at most."""
    edges: list[tuple[datetime, int]] = []
    for period in periods:
        edges += [(period.start, 1), (period.end, -1)]
    taken = most = 0
    for _instant, step in sorted(edges):
        taken += step
        most = max(most, taken)
    return most
