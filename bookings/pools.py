"""Units of a pool are alike, so bookings may change places among them.

What counts is how many are taken at once. Where enough are free at every instant but no single one all the
time, those that have not begun are dealt out anew (`bookings.dealing`).
"""

from bookings import claims, refusals
from bookings.dealing import Stay, TooFew, dealt
from bookings.facts import Facts, Reason
from bookings.models import Occupancy
from kernel.periods import Period

MOST_ROUNDS = 50


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


def _dealt_anew(facts: Facts, wanted: int, during: Period) -> list[int]:
    rows = _connected(facts.resource.pk, during)
    stays = [Stay(_period(row), row.pk, row.unit, fixed=row.during.lower <= facts.now) for row in rows]
    newcomers = [Stay(during, f"new {number}") for number in range(wanted)]
    try:
        units = dealt([*stays, *newcomers], facts.resource.units)
    except TooFew:
        raise refusals.unavailable(Reason.BOOKED) from None
    moved = [row for row in rows if units.get(row.pk, row.unit) != row.unit]
    for row in moved:
        row.unit = units[row.pk]
    claims.rewrite(moved)
    return [units[stay.key] for stay in newcomers]


def _connected(resource_id: int, during: Period) -> list[Occupancy]:
    """All rows that share time with the period, or with a row that does, and so on."""
    stretch, found = during, list[Occupancy]()
    for _round in range(MOST_ROUNDS):
        found = list(
            Occupancy.objects.filter(resource=resource_id, during__overlap=(stretch.start, stretch.end)).order_by("pk")
        )
        wider = Period(
            min([stretch.start, *(row.during.lower for row in found)]),
            max([stretch.end, *(row.during.upper for row in found)]),
        )
        if wider == stretch:
            break
        stretch = wider
    return found


def _period(row: Occupancy) -> Period:
    return Period(row.during.lower, row.during.upper)
