"""One predicate decides what is free: for slot lists, for the booking itself and for the reason of a refusal.

`Facts` are all that decides about one resource in a window (`bookings.availability` reads them).
`Facts.reason` answers, without a query and without a clock, why a wish cannot be had, or None. Slot
lists ask it for every start on the grid; a booking asks it again after the lock.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from bookings.states import WAITING
from kernel.periods import Period, days, local_day, midnight
from venues.models import DAY_MINUTES, Resource
from venues.pricelists import PriceList, Standing, price_list

MINUTE = timedelta(minutes=1)
CLOCK_SHIFT_MINUTES = 180  # a day may be so much shorter than 24 hours, and then some


class Reason(StrEnum):
    """Why not. Part of the API."""

    CLOSED = "closed"
    LEAD_TIME = "lead_time"
    TOO_FAR = "too_far"
    GRANULARITY = "granularity"
    DURATION = "duration"
    CAPACITY = "capacity"
    CLOSURE = "closure"
    BOOKED = "booked"
    HELD = "held"
    EXTERNAL_CALENDAR = "external_calendar"
    BUFFER = "buffer"
    NO_PRICE = "no_price"
    QUOTA = "quota"


NOTHING: frozenset[Reason] = frozenset()


class Taken(NamedTuple):
    """A row of occupancy that is in force; `core` is the booking without its buffers."""

    during: Period
    core: Period
    reason: Reason
    booking_id: UUID | None


class Wish(NamedTuple):
    """What somebody would like: a period and for how many people."""

    period: Period
    participants: int = 1


@dataclass(frozen=True)
class Window:
    """Local calendar days, first to last inclusive, on which bookings may start. What is read reaches further."""

    first: date
    last: date

    @classmethod
    def around(cls, period: Period, zones: Collection[ZoneInfo]) -> "Window":
        """The day on which a period starts; two days where the zones disagree."""
        found = [period.start.astimezone(in_zone).date() for in_zone in zones]
        return cls(min(found), max(found))

    def reaching(self, longest: int) -> "Window":
        """The days to read: one before, whose last span may pass midnight, and those that `longest` minutes reach."""
        beyond = (longest + CLOCK_SHIFT_MINUTES) // DAY_MINUTES + 1
        return Window(self.first - timedelta(days=1), self.last + timedelta(days=beyond))

    @property
    def dates(self) -> Iterator[date]:
        """Every day of the window."""
        return days(self.first, (self.last - self.first).days + 1)


@dataclass
class Timeline:
    """When it is open in a window, and where bookings may start: one for all resources with the same hours."""

    window: Window
    zone: ZoneInfo
    open: list[Period]
    starts: dict[datetime, None]

    def __post_init__(self) -> None:
        self.open_starts = [period.start for period in self.open]
        self._wishes: dict[tuple[int, int], dict[date, list[Wish]]] = {}

    def wishes(self, minutes: int, participants: int) -> dict[date, list[Wish]]:
        """Every start on the grid by local day of the window, as a wish of this length in real time."""
        if (minutes, participants) not in self._wishes:
            first = midnight(self.window.first, self.zone)
            last = midnight(self.window.last + timedelta(days=1), self.zone)
            length = timedelta(minutes=minutes)
            found = self._wishes[minutes, participants] = defaultdict(list)
            for start in self.starts:
                if first <= start < last:
                    day = start.astimezone(self.zone).date()
                    found[day].append(Wish(Period(start, start + length), participants))
        return self._wishes[minutes, participants]


@dataclass
class Facts:
    """All that decides about one resource in a window. `taken` has a drawer for each unit of each watched resource.

    A booking claims the resource and its parts. What it is a part of is watched too: when a court is made a part of
    a hall, bookings that the hall has already have no rows on the court.
    """

    resource: Resource
    claims: tuple[int, ...]
    watched: tuple[int, ...]
    now: datetime
    timeline: Timeline
    taken: dict[tuple[int, int], list[Taken]]
    lapsed: list[Taken]

    standings: tuple[Standing, ...] = ()
    """The caller's memberships."""

    def __post_init__(self) -> None:
        # A month is hundreds of thousands of questions: what does not change between them is worked out once.
        self.window, self.zone = self.timeline.window, self.timeline.zone
        self.open, self.starts = self.timeline.open, self.timeline.starts
        self._units, self._capacity = self.resource.units, self.resource.capacity
        self._drawers = [self._drawers_of(unit) for unit in range(self._units)]
        self._lengths: dict[timedelta, bool] = {}
        self._buffers = (self.resource.buffer_before, self.resource.buffer_after)
        self._earliest = self.now + self.resource.lead_minutes * MINUTE
        today = self.now.astimezone(self.zone).date()
        self._prices = price_list(self.resource)
        self._latest = local_day(today + timedelta(days=self.resource.horizon_days), self.zone).end

    def sell_by(self, prices: PriceList) -> None:
        """A service's rates say what this costs, in place of the resource's own."""
        self._prices = prices

    def _drawers_of(self, unit: int) -> list[tuple[list[Taken], list[datetime]]]:
        # Rows of one unit never overlap, so sorted by start they are sorted by end as well.
        drawers = [self.taken[watched, unit] for watched in self.watched if (watched, unit) in self.taken]
        sorted_rows = [sorted(rows, key=attrgetter("during.start")) for rows in drawers]
        return [(rows, [row.during.end for row in rows]) for rows in sorted_rows]

    def reason(self, wish: Wish, aside: Collection[Reason] = NOTHING) -> Reason | None:
        """Why the wish cannot be had on this resource, or None if it can. Rules in `aside` are not asked."""
        if not self._may_last(wish.period.end - wish.period.start) and Reason.DURATION not in aside:
            return Reason.DURATION
        return self._when(wish.period, aside) or self._shape(wish, aside) or self.taken_by(wish)

    def reason_beside(self, wish: Wish, aside: Collection[Reason] = NOTHING) -> Reason | None:
        """As `reason`, for a further resource of a booking: lengths, grid and room are the main one's business."""
        return self._when(wish.period, aside) or self.taken_by(wish)

    def _shape(self, wish: Wish, aside: Collection[Reason]) -> Reason | None:
        if wish.period.start not in self.starts and not self._has_no_grid(wish.period, aside):
            return Reason.GRANULARITY
        if not 1 <= wish.participants <= self._capacity and Reason.CAPACITY not in aside:
            return Reason.CAPACITY
        return None

    def _has_no_grid(self, period: Period, aside: Collection[Reason]) -> bool:
        # Outside opening hours, where staff set those aside, there is none.
        return Reason.GRANULARITY in aside or (Reason.CLOSED in aside and not self._is_open(period))

    def _when(self, period: Period, aside: Collection[Reason]) -> Reason | None:
        if not self._is_open(period) and Reason.CLOSED not in aside:
            return Reason.CLOSED
        if period.start < self._earliest and Reason.LEAD_TIME not in aside:
            return Reason.LEAD_TIME
        if period.start >= self._latest and Reason.TOO_FAR not in aside:
            return Reason.TOO_FAR
        prices = self._prices
        if prices.covers_all or prices.covers(period, self.groups_on(period.start), self.zone):
            return None
        return Reason.NO_PRICE

    def groups_on(self, instant: datetime) -> frozenset[int]:
        """The caller's groups on the local day of an instant."""
        if not self.standings:
            return frozenset()
        day = self.local_date(instant)
        return frozenset(standing.group_id for standing in self.standings if standing.holds_on(day))

    def _may_last(self, length: timedelta) -> bool:
        if length not in self._lengths:
            shortest, longest = self.resource.min_minutes * MINUTE, self.resource.max_minutes * MINUTE
            on_grid = not (length - shortest) % (self.resource.grid_minutes * MINUTE)
            self._lengths[length] = on_grid and shortest <= length <= longest
        return self._lengths[length]

    def _is_open(self, period: Period) -> bool:
        index = bisect_right(self.timeline.open_starts, period.start) - 1
        return index >= 0 and period.end <= self.open[index].end

    def taken_by(self, wish: Wish) -> Reason | None:
        """What is in the way, or None where enough units are free all the time."""
        during = self.with_buffers(wish.period)
        if self._units == 1:
            return self._collision(during, wish.period, 0)
        free = self.units_free(during)
        if free >= self.units_for(wish.participants):
            return None
        if free:
            return Reason.CAPACITY
        collisions = (self._collision(during, wish.period, unit) for unit in range(self.resource.units))
        return next((reason for reason in collisions if reason), Reason.BOOKED)

    def units_for(self, participants: int) -> int:
        """How many units a booking takes: one, or where strangers share, one for each participant."""
        return participants if self.resource.is_shared else 1

    def units_free(self, during: Period) -> int:
        """How many units of a pool are free at every instant of a period, if bookings change places where needed.

        Units of a pool are alike: what counts is how many are taken at once (`bookings.pools`).
        """
        edges: list[tuple[datetime, int]] = []
        for drawer in self._drawers:
            for rows, ends in drawer:
                for row in rows[bisect_right(ends, during.start) :]:
                    if row.during.start >= during.end:
                        break
                    edges += [(max(row.during.start, during.start), 1), (row.during.end, -1)]
        taken = most = 0
        for _instant, step in sorted(edges):
            taken += step
            most = max(most, taken)
        return self.resource.units - most

    def free_units(self, during: Period) -> list[int]:
        """The units that are free all the time, without anybody changing places."""
        return [unit for unit in range(self.resource.units) if self._collision(during, during, unit) is None]

    def take(self, units: Collection[int], during: Period) -> None:
        """Note that units are taken now: the next question of the same transaction counts them in."""
        row = Taken(during, during, Reason.BOOKED, None)
        for unit in units:
            for claim in self.claims:
                self.taken.setdefault((claim, unit), []).append(row)
            self._drawers[unit] = self._drawers_of(unit)

    def with_buffers(self, period: Period) -> Period:
        """The time that a booking of this period takes."""
        return period.widened(*self._buffers)

    def lapsed_in(self, period: Period) -> set[UUID]:
        """Bookings whose hold is over but whose rows still stand where this period would go."""
        during = self.with_buffers(period)
        return {row.booking_id for row in self.lapsed if row.booking_id is not None and row.during.overlaps(during)}

    def _collision(self, during: Period, core: Period, unit: int) -> Reason | None:
        for rows, ends in self._drawers[unit]:
            reason: Reason | None = None
            for index in range(bisect_right(ends, during.start), len(rows)):
                row = rows[index]
                if row.during.start >= during.end:
                    break
                # A collision of use with use says more than one with a buffer.
                if row.core.overlaps(core):
                    return row.reason
                reason = Reason.BUFFER
            if reason:
                return reason
        return None

    def wishes(self, minutes: int, participants: int = 1) -> Iterator[Wish]:
        """Every start on the grid that lies in the window's local days, as a wish of this length in real time."""
        return chain.from_iterable(self.timeline.wishes(minutes, participants).values())

    def free(self, minutes: int, participants: int = 1) -> Iterator[Wish]:
        """The wishes of this length that can be had."""
        return (wish for wish in self.wishes(minutes, participants) if self.reason(wish) is None)

    def local_date(self, instant: datetime) -> date:
        """The calendar day of an instant at the venue."""
        return instant.astimezone(self.zone).date()


def has_lapsed(state: str | None, expires: datetime | None, now: datetime) -> bool:
    """Whether a hold is over: a predicate on the clock, true even if nobody has tidied up yet."""
    return state in WAITING and expires is not None and expires <= now
