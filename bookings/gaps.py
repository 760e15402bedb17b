"""What is free of resources for the next hours, as somebody who stands at the desk could have it at once.

Every start is asked of the one predicate (`facts.Facts.reason`), without the lead time that only customers keep.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bookings import availability
from bookings.facts import MINUTE, Facts, Reason, Window, Wish
from kernel.periods import Period
from tenants.zones import zone
from venues.models import Resource

AHEAD = timedelta(hours=4)
"""How far somebody who comes by is offered a start."""
SEEN = timedelta(hours=12)
"""How far a free stretch is followed."""
AT_THE_DESK = frozenset({Reason.LEAD_TIME})
"""Rules for customers that do not bind the desk when somebody stands there."""
TO_FIND_THE_END = AT_THE_DESK | {Reason.DURATION}


@dataclass(frozen=True, slots=True)
class Gap:
    """A free stretch of one resource: from a start that can be booked until the next thing, or closing time.

    `starts` are those that are offered, the one meant first at the front; `units` are how many of a pool are free in
    the shortest booking from there.
    """

    resource: Resource
    starts: tuple[datetime, ...]
    until: datetime
    units: int

    @property
    def start(self) -> datetime:
        """The start that is meant unless somebody says otherwise."""
        return self.starts[0]

    @property
    def period(self) -> Period:
        """The shortest booking from there."""
        return Period(self.start, self.start + self.resource.min_minutes * MINUTE)

    def is_now(self, now: datetime) -> bool:
        """Whether it has begun, or does within a step of the resource's grid."""
        return self.start <= now + self.resource.grid_minutes * MINUTE


def facts_of(resource_ids: Collection[int], now: datetime) -> dict[int, Facts]:
    """All that decides about those of the resources that can be booked, for the next hours; four queries."""
    relatives = availability.relatives_of(availability.kin(resource_ids))
    wanted = set(resource_ids)
    bookable = [pk for pk in availability.bookable(relatives) if pk in wanted]
    zones = {zone(resource.venue.time_zone) for resource in relatives if resource.pk in wanted}
    if not bookable:
        return {}
    days = [(now + step).astimezone(in_zone).date() for step in (timedelta(0), AHEAD) for in_zone in zones]
    return availability.assemble(relatives, bookable, Window(min(days), max(days)), now)


def of(resource_ids: Collection[int], now: datetime) -> dict[int, Gap]:
    """The next free stretch of each resource that has one, by id; four queries, however many there are."""
    found = ((pk, of_one(facts, now)) for pk, facts in facts_of(resource_ids, now).items())
    return {pk: gap for pk, gap in found if gap}


def of_one(facts: Facts, now: datetime) -> Gap | None:
    """The next free stretch of one resource within `AHEAD`."""
    free = [start for start in _starts(facts, now) if fits(facts, start, facts.resource.min_minutes, now)]
    if not free:
        return None
    meant = _meant(free, now)
    until = _end(facts, meant)
    starts = (meant, *(start for start in free if start != meant and start < until))
    units = facts.units_free(facts.with_buffers(Period(meant, meant + facts.resource.min_minutes * MINUTE)))
    return Gap(facts.resource, starts, until, units)


def _starts(facts: Facts, now: datetime) -> Iterator[datetime]:
    """On the grid: the one that runs, and those of the next hours."""
    step = facts.resource.grid_minutes * MINUTE
    return (start for start in facts.starts if now - step < start <= now + AHEAD)


def _meant(free: list[datetime], now: datetime) -> datetime:
    """Of those, the one nearest to now."""
    return min(free, key=lambda start: (abs(start - now), start))


def fits(facts: Facts, start: datetime, minutes: int, now: datetime) -> bool:
    """Whether somebody could have so many minutes from there, and some of them are still to come."""
    period = Period(start, start + minutes * MINUTE)
    return period.end > now and facts.reason(Wish(period), AT_THE_DESK) is None


def _end(facts: Facts, start: datetime) -> datetime:
    """Until when it stays free, in steps of the grid."""
    step = facts.resource.grid_minutes * MINUTE
    end = start + facts.resource.min_minutes * MINUTE
    while end - start < SEEN and facts.reason(Wish(Period(start, end + step)), TO_FIND_THE_END) is None:
        end += step
    return end


def lengths(facts: Facts, start: datetime, now: datetime) -> list[int]:
    """How many minutes somebody could have from a start, the shortest first."""
    resource = facts.resource
    last = min(resource.max_minutes, int(SEEN / MINUTE))
    every = range(resource.min_minutes, max(last, resource.min_minutes) + 1, resource.grid_minutes)
    return [minutes for minutes in every if fits(facts, start, minutes, now)]
