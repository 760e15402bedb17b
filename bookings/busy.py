"""Time that calendars elsewhere take: what of it a resource should have as occupancy now, and writing that.

A busy time takes what is free of it. Over a booking it takes nothing: there the two are a conflict, for the owner to
decide, and the booking stays as it is. Written under the resource's lock; `difference` may be asked without it, too.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from bookings import claims
from bookings.availability import family
from bookings.facts import has_lapsed
from bookings.models import BusyTime, CalendarConflict, CalendarCopy, Connection, Occupancy
from bookings.states import LIVE
from kernel.periods import Period, subtracted
from tenants import due
from venues.models import Resource

FIT = "calendar_fit"
"""Due work: bring what busy times take from a resource in line. The object is the resource."""


def later(resource_ids: Iterable[int], at: datetime) -> None:
    """Have resources brought in line soon, in the caller's transaction."""
    due.schedule_all(FIT, [(pk, at) for pk in sorted(set(resource_ids))])


def places(connection: Connection) -> QuerySet[Resource]:
    """The resources that a calendar is read for: all of a venue, or one with its parts."""
    if connection.venue_id is not None:
        return Resource.objects.filter(venue=connection.venue_id).order_by("pk")
    return Resource.objects.filter(family([connection.resource_id or 0])).order_by("pk")


def calendars_of(resource_id: int) -> QuerySet[Connection]:
    """The calendars that may be read for a resource: its own, those of what it is a part of, its venue's."""
    these = Resource.objects.filter(pk=resource_id)
    return Connection.objects.filter(
        Q(resource=resource_id)
        | Q(resource__in=these.values("parent"))
        | Q(resource__in=these.values("parent__parent"))
        | Q(venue__in=these.values("venue"))
    )


def times_of(resource: Resource, now: datetime) -> QuerySet[BusyTime]:
    """Busy times that are not over and take time from a resource, or have time of it that they should give back.

    `is_wanted` on each says which: our own events that came back, for one, take none.
    """
    calendars = calendars_of(resource.pk)
    own = CalendarCopy.objects.filter(connection=OuterRef("connection"), remote_id=OuterRef("remote_id"))
    rows = Occupancy.objects.filter(busy=OuterRef("pk"), resource=resource.pk)
    found = BusyTime.objects.filter(Q(connection__in=calendars.values("pk")) | Exists(rows), end__gt=now)
    wanted = Q(is_gone=False, connection__pulls=True, connection__in=calendars.values("pk")) & ~Exists(own)
    return found.annotate(is_wanted=wanted).select_related("connection").order_by("start", "pk")


@dataclass
class Fix:
    """What is not as it should be with a busy time on a resource."""

    busy: BusyTime
    surplus: list[Occupancy] = field(default_factory=list)
    missing: list[Occupancy] = field(default_factory=list)
    settled: list[CalendarConflict] = field(default_factory=list)
    found: list[UUID] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.surplus or self.missing or self.settled or self.found)

    @property
    def period(self) -> Period:
        """The whole busy time."""
        return Period(self.busy.start, self.busy.end)


class _Lane:
    """What takes time from one unit. Nothing in it overlaps, so what is sorted by start is sorted by end."""

    def __init__(self) -> None:
        self.rows: list[tuple[Period, Occupancy]] = []
        self.ends: list[datetime] = []

    def add(self, period: Period, row: Occupancy) -> None:
        index = bisect_right(self.ends, period.start)
        self.rows.insert(index, (period, row))
        self.ends.insert(index, period.end)

    def within(self, whole: Period) -> Iterator[tuple[Period, Occupancy]]:
        for index in range(bisect_right(self.ends, whole.start), len(self.rows)):
            if self.rows[index][0].start >= whole.end:
                return
            yield self.rows[index]


@dataclass
class _Around:
    """All that takes time from a resource around some busy times. Holds that are over (`lapsed`) count for nothing."""

    resource: Resource
    lanes: dict[int, _Lane]
    own: dict[int, list[Occupancy]]
    conflicts: dict[int, list[CalendarConflict]]
    lapsed: set[UUID]

    def missing(self, fix: Fix) -> Iterator[Occupancy]:
        """Rows for what is free of a busy time, noted at once: the next busy time finds them."""
        for unit in range(self.resource.units):
            lane = self.lanes[unit]
            for left in subtracted(fix.period, [period for period, _row in lane.within(fix.period)]):
                row = Occupancy(
                    resource=self.resource,
                    unit=unit,
                    during=claims.range_of(left),
                    kind=Occupancy.Kind.EXTERNAL,
                    busy=fix.busy,
                )
                lane.add(left, row)
                yield row

    def bookings_under(self, busy: BusyTime) -> set[UUID]:
        """Bookings that use the resource while the calendar is busy; one whose buffer alone does is no conflict."""
        rows = [row for lane in self.lanes.values() for _period, row in lane.within(Period(busy.start, busy.end))]
        bookings = [row.booking for row in rows if row.booking is not None]
        return {each.pk for each in bookings if each.start < busy.end and busy.start < each.end}


def difference(resource: Resource, times: Sequence[BusyTime], now: datetime) -> tuple[list[Fix], set[UUID]]:
    """What is to be done about each of the times of `times_of`, and the holds that are over and in the way."""
    if not times:
        return [], set()
    fixes = [Fix(busy) for busy in times]
    around = _read(resource, times, now, fixes)
    for fix in fixes:
        is_wanted: bool = fix.busy.is_wanted  # type: ignore[attr-defined]
        if is_wanted:
            fix.missing = list(around.missing(fix))
        here = around.bookings_under(fix.busy) if is_wanted else set()
        known = {conflict.booking_id: conflict for conflict in around.conflicts[fix.busy.pk]}
        fix.found = sorted(here - known.keys())
        away = [conflict for pk, conflict in known.items() if pk not in here]
        fix.settled = [conflict for conflict in away if not (is_wanted and _lies_over(conflict, fix.busy, now))]
    return [fix for fix in fixes if fix], around.lapsed


def _read(resource: Resource, times: Sequence[BusyTime], now: datetime, fixes: Sequence[Fix]) -> _Around:
    """Two queries, however many times there are; notes each `surplus`."""
    fix_of = {fix.busy.pk: fix for fix in fixes}
    span = Period(min(busy.start for busy in times), max(busy.end for busy in times))
    near = Q(during__overlap=claims.range_of(span)) | Q(busy__in=fix_of)
    around = _Around(resource, defaultdict(_Lane), {}, defaultdict(list), set())
    for row in Occupancy.objects.filter(near, resource=resource.pk).select_related("booking").order_by("during"):
        booking, period = row.booking, Period(row.during.lower, row.during.upper)
        fix = fix_of.get(row.busy_id or 0)
        if booking is not None and has_lapsed(booking.state, booking.hold_expires_at, now):
            around.lapsed.add(booking.pk)
        elif fix is not None and not (row.unit < resource.units and _fits(period, fix)):
            fix.surplus.append(row)
        else:
            around.lanes[row.unit].add(period, row)
    for conflict in CalendarConflict.objects.filter(busy__in=fix_of).select_related("booking"):
        around.conflicts[conflict.busy_id].append(conflict)
    return around


def _fits(period: Period, fix: Fix) -> bool:
    is_wanted: bool = fix.busy.is_wanted  # type: ignore[attr-defined]
    return is_wanted and fix.period.contains(period)


def _lies_over(conflict: CalendarConflict, busy: BusyTime, now: datetime) -> bool:
    """Whether the booking lies under the busy time on another resource that the calendar is read for."""
    booking = conflict.booking
    is_live = booking.state in LIVE and not has_lapsed(booking.state, booking.hold_expires_at, now)
    if not is_live or booking.start >= busy.end or busy.start >= booking.end:
        return False
    return booking.occupancies.filter(resource__in=places(busy.connection)).exists()


def write(fixes: Iterable[Fix], now: datetime) -> Period | None:
    """Do it, under the resource's lock; the span of the time that was given back, if any was."""
    fixes = list(fixes)
    surplus = [row for fix in fixes for row in fix.surplus]
    if surplus:
        Occupancy.objects.filter(pk__in=[row.pk for row in surplus]).delete()
    claims.occupy([row for fix in fixes for row in fix.missing])
    settled = [conflict.pk for fix in fixes for conflict in fix.settled]
    if settled:
        CalendarConflict.objects.filter(pk__in=settled).delete()
    CalendarConflict.objects.bulk_create(
        [CalendarConflict(busy=fix.busy, booking_id=pk, found_at=now) for fix in fixes for pk in fix.found],
        ignore_conflicts=True,
    )
    if not surplus:
        return None
    return Period(min(row.during.lower for row in surplus), max(row.during.upper for row in surplus))


def cover(resource_ids: Collection[int], now: datetime, released: Period | None) -> None:
    """Have busy times take what an act gives back on resources that it has locked, before others are served."""
    for resource in Resource.objects.filter(pk__in=resource_ids).order_by("pk"):
        times = times_of(resource, now)
        if released is not None:
            times = times.filter(start__lt=released.end, end__gt=released.start)
        fixes, _lapsed = difference(resource, list(times), now)
        write(fixes, now)
