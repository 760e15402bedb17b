"""One predicate decides what is free: for slot lists, for the booking itself and for the reason of a refusal.

`read` fetches the facts about some resources in a window (resources, hours,
occupancy: three queries, however many bookings exist). `Facts.reason` then
answers, without a query and without a clock, why a wish cannot be had, or
None. Slot lists ask it for every start on the grid; `lifecycle` asks it again
after the lock.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q
from django.db.models.functions import Now

from bookings.models import Occupancy
from bookings.states import WAITING, State
from kernel.periods import Period, days, instants, local_day, merged, midnight
from schemas.instants import Micros, instant
from tenants.zones import zone
from venues import hours as opening
from venues.models import DAY_MINUTES, Resource

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


class Taken(NamedTuple):
    """A row of occupancy that is in force; `core` is the booking without its buffers."""

    during: Period
    core: Period
    reason: Reason
    booking_id: UUID | None


@dataclass(frozen=True, slots=True)
class Wish:
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
class Facts:
    """All that decides about one resource in a window. `taken` has a drawer for each unit of each watched resource.

    A booking claims the resource and its parts. What it is a part of is watched too: when a court is made a part of
    a hall, bookings that the hall has already have no rows on the court.
    """

    resource: Resource
    claims: tuple[int, ...]
    watched: tuple[int, ...]
    now: datetime
    window: Window
    zone: ZoneInfo
    open: list[Period]
    starts: dict[datetime, None]
    taken: dict[tuple[int, int], list[Taken]]
    lapsed: list[Taken]

    def __post_init__(self) -> None:
        # A month is tens of thousands of questions: what does not change between them is worked out once.
        self._drawers = [self._drawers_of(unit) for unit in range(self.resource.units)]
        self._lengths: dict[timedelta, bool] = {}
        self._buffers = (self.resource.buffer_before, self.resource.buffer_after)
        self._open_starts = [period.start for period in self.open]
        self._earliest = self.now + self.resource.lead_minutes * MINUTE
        today = self.now.astimezone(self.zone).date()
        self._latest = local_day(today + timedelta(days=self.resource.horizon_days), self.zone).end

    def _drawers_of(self, unit: int) -> list[tuple[list[Taken], list[datetime]]]:
        # Rows of one unit never overlap, so sorted by start they are sorted by end as well.
        sorted_rows = [sorted(self.taken[watched, unit]) for watched in self.watched if (watched, unit) in self.taken]
        return [(rows, [row.during.end for row in rows]) for rows in sorted_rows]

    def reason(self, wish: Wish) -> Reason | None:
        """Why the wish cannot be had on this resource, or None if it can."""
        return self._rule(wish) or self.unit_for(wish)[1]

    def _rule(self, wish: Wish) -> Reason | None:
        period = wish.period
        if not self._may_last(period.end - period.start):
            return Reason.DURATION
        if not self._is_open(period):
            return Reason.CLOSED
        if period.start < self._earliest:
            return Reason.LEAD_TIME
        if period.start >= self._latest:
            return Reason.TOO_FAR
        if period.start not in self.starts:
            return Reason.GRANULARITY
        if not 1 <= wish.participants <= self.resource.capacity:
            return Reason.CAPACITY
        return None

    def _may_last(self, length: timedelta) -> bool:
        if length not in self._lengths:
            shortest, longest = self.resource.min_minutes * MINUTE, self.resource.max_minutes * MINUTE
            on_grid = not (length - shortest) % (self.resource.grid_minutes * MINUTE)
            self._lengths[length] = on_grid and shortest <= length <= longest
        return self._lengths[length]

    def _is_open(self, period: Period) -> bool:
        index = bisect_right(self._open_starts, period.start) - 1
        return index >= 0 and period.end <= self.open[index].end

    def unit_for(self, wish: Wish) -> tuple[int, Reason | None]:
        """The first unit that is free for the wish with its buffers, or the reason why none is."""
        during = self.with_buffers(wish.period)
        refusal: Reason | None = None
        for unit in range(self.resource.units):
            reason = self._collision(during, wish.period, unit)
            if reason is None:
                return unit, None
            refusal = refusal or reason
        return 0, refusal

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
        first = midnight(self.window.first, self.zone)
        last = midnight(self.window.last + timedelta(days=1), self.zone)
        length = timedelta(minutes=minutes)
        for start in self.starts:
            if first <= start < last:
                yield Wish(Period(start, start + length), participants)

    def free(self, minutes: int, participants: int = 1) -> Iterator[Wish]:
        """The wishes of this length that can be had."""
        return (wish for wish in self.wishes(minutes, participants) if self.reason(wish) is None)

    def local_date(self, instant: datetime) -> date:
        """The calendar day of an instant at the venue."""
        return instant.astimezone(self.zone).date()


def family(resource_ids: Collection[int]) -> Q:
    """The resources themselves and their parts, two levels deep: all that a booking of them claims."""
    return Q(pk__in=resource_ids) | Q(parent__in=resource_ids) | Q(parent__parent__in=resource_ids)


def kin(resource_ids: Collection[int]) -> Q:
    """The family, and what the resources are parts of: all that decides whether they are free."""
    these = Resource.objects.filter(pk__in=resource_ids)
    return family(resource_ids) | Q(pk__in=these.values("parent")) | Q(pk__in=these.values("parent__parent"))


def relatives_of(which: Q) -> list[Resource]:
    """Resources with venue and rate: one query."""
    return list(Resource.objects.filter(which).select_related("venue", "rate"))


def relatives_now(which: Q) -> tuple[list[Resource], datetime | None]:
    """As `relatives_of`, and the database's clock in the same query; None where there are no resources."""
    found = list(Resource.objects.filter(which).select_related("venue", "rate").annotate(now=Now()))
    return list(found), found[0].now if found else None


def bookable(relatives: Iterable[Resource]) -> list[int]:
    """Ids of those that can be booked at all: active, in an active venue, with a price."""
    return [
        resource.pk
        for resource in relatives
        if resource.is_active and resource.venue.is_active and hasattr(resource, "rate")
    ]


def read(
    resource_ids: Collection[int], window: Window, now: datetime, ignoring: Collection[UUID] = ()
) -> dict[int, Facts]:
    """Facts by resource id, in three queries. Bookings in `ignoring` (one's own holds) take nothing away.

    Ids that do not exist are missing from the answer.
    """
    return assemble(relatives_of(kin(resource_ids)), resource_ids, window, now, ignoring)


def assemble(
    relatives: Sequence[Resource],
    resource_ids: Collection[int],
    window: Window,
    now: datetime,
    ignoring: Collection[UUID] = (),
) -> dict[int, Facts]:
    """As `read`, for resources that were read already together with their kin: two queries."""
    wanted = [resource for resource in relatives if resource.pk in set(resource_ids)]
    reach = window.reaching(max((resource.max_minutes for resource in wanted), default=0))
    rows = opening.rows_of(
        {resource.venue_id for resource in wanted}, {resource.pk for resource in wanted}, reach.first, reach.last
    )
    hours = opening.Hours.of(rows)
    taken = list(_taken([resource.pk for resource in relatives], reach, frozenset(ignoring)))
    return {resource.pk: _facts(resource, relatives, hours, taken, window, now) for resource in wanted}


def _facts(
    resource: Resource,
    relatives: Iterable[Resource],
    hours: opening.Hours,
    taken: Iterable["Row"],
    window: Window,
    now: datetime,
) -> Facts:
    in_zone = zone(resource.venue.time_zone)
    claims = _claims(resource, relatives)
    watched = (*claims, *_wholes(resource, relatives))
    in_force: dict[tuple[int, int], list[Taken]] = defaultdict(list)
    lapsed: list[Taken] = []
    for row in taken:
        if row.resource_id in watched:
            over = has_lapsed(row.state, row.expires, now)
            (lapsed if over else in_force[row.resource_id, row.unit]).append(row.taken)
    spans = _spans(resource, hours, window.reaching(resource.max_minutes), in_zone)
    starting = (span for span in spans if span[0].opens.date() <= window.last)
    return Facts(
        resource=resource,
        claims=claims,
        watched=watched,
        now=now,
        window=window,
        zone=in_zone,
        open=merged(period for _span, period in spans),
        starts=dict.fromkeys(sorted(_starts(starting, resource.grid_minutes, in_zone))),
        taken=in_force,
        lapsed=lapsed,
    )


def _claims(resource: Resource, relatives: Iterable[Resource]) -> tuple[int, ...]:
    parts = {resource.pk}
    for _level in range(2):
        parts |= {relative.pk for relative in relatives if relative.parent_id in parts}
    return tuple(sorted(parts))


def _wholes(resource: Resource, relatives: Iterable[Resource]) -> list[int]:
    parents = {relative.pk: relative.parent_id for relative in relatives}
    found: list[int] = []
    above = resource.parent_id
    while above is not None and above not in found:
        found.append(above)
        above = parents.get(above)
    return found


def _spans(
    resource: Resource, hours: opening.Hours, reach: Window, in_zone: ZoneInfo
) -> list[tuple[opening.WallSpan, Period]]:
    found = []
    for day in reach.dates:
        for span in hours.spans(resource.venue_id, resource.pk, day):
            ends = opening.instants_of(span, in_zone)
            if ends:
                found.append((span, Period(*ends)))
    return found


def _starts(spans: Iterable[tuple[opening.WallSpan, Period]], grid: int, in_zone: ZoneInfo) -> Iterator[datetime]:
    step = timedelta(minutes=grid)
    for span, period in spans:
        if _is_steady(span, period, in_zone):
            # On nearly every day wall time and real time run alike.
            instant = period.start
            while instant < period.end:
                yield instant
                instant += step
            continue
        # On two nights a year a wall time is skipped, or shown twice.
        wall = span.opens
        while wall < span.closes:
            yield from (instant for instant in instants(wall, in_zone) if period.start <= instant < period.end)
            wall += step


def _is_steady(span: opening.WallSpan, period: Period, in_zone: ZoneInfo) -> bool:
    offsets = {instant.astimezone(in_zone).utcoffset() for instant in (period.start, period.end)}
    return len(offsets) == 1 and period.end - period.start == span.closes - span.opens


class Row(NamedTuple):
    """A row of occupancy as read, with what says whether it is still in force."""

    resource_id: int
    unit: int
    state: str | None
    expires: datetime | None
    taken: Taken


def _taken(resource_ids: Collection[int], reach: Window, ignoring: frozenset[UUID]) -> Iterator[Row]:
    # UTC days with some to spare at both ends cover the local days of every zone, and buffers.
    stretch = DateTimeTZRange(
        datetime.combine(reach.first, datetime.min.time(), UTC) - timedelta(days=1),
        datetime.combine(reach.last, datetime.min.time(), UTC) + timedelta(days=3),
    )
    rows = Occupancy.objects.filter(resource__in=resource_ids, during__overlap=stretch).values_list(
        "resource_id",
        "unit",
        Micros("during__startswith"),
        Micros("during__endswith"),
        "kind",
        "booking_id",
        Micros("booking__start"),
        Micros("booking__end"),
        "booking__state",
        Micros("booking__hold_expires_at"),
    )
    for resource_id, unit, lower, upper, kind, booking_id, start, end, state, expires in rows:
        if booking_id in ignoring:
            continue
        period = Period(instant(lower), instant(upper))
        core = Period(instant(start), instant(end)) if kind == Occupancy.Kind.BOOKING else period
        taken = Taken(period, core, _reason_of(kind, state), booking_id)
        yield Row(resource_id, unit, state, None if expires is None else instant(expires), taken)


def has_lapsed(state: str | None, expires: datetime | None, now: datetime) -> bool:
    """Whether a hold is over: a predicate on the clock, true even if nobody has tidied up yet."""
    return state in WAITING and expires is not None and expires <= now


def _reason_of(kind: str, state: str | None) -> Reason:
    if kind == Occupancy.Kind.CLOSURE:
        return Reason.CLOSURE
    if kind == Occupancy.Kind.EXTERNAL:
        return Reason.EXTERNAL_CALENDAR
    return Reason.HELD if state == State.HELD else Reason.BOOKED
