"""Busy times of other calendars as occupancy, brought in line resource by resource, as often as anybody likes.

What is out of line is found without a lock, and worked off in short transactions under the lock of the resource, as
everybody takes who books. `bookings.busy` says what a resource should have.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Exists, OuterRef

from bookings import busy, claims, waitlist
from bookings.availability import family
from bookings.models import BookingEvent, BusyTime, CalendarConflict, Connection, Occupancy
from kernel import failpoints
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due
from venues.models import Resource

T = TypeVar("T")

MOST_AT_ONCE = 100
"""Busy times in one transaction: their resource is locked for some tens of milliseconds."""
MOST_ROWS = 1000
"""Units times busy times in one transaction: a pool of 500 bicycles gets two at once."""
LOOKED_AT = 500
MOVES = frozenset({BookingEvent.Act.MOVED, BookingEvent.Act.CHANGED})
PAST = timedelta(days=1)
"""Busy times are kept so long after their end."""


def on_event(event: BookingEvent) -> None:
    """Have busy times take the time that a booking gave back, in the transaction of the outbox.

    A booking that moved may lie over another busy time now, or over none.
    """
    if event.act not in MOVES or not Connection.objects.filter(pulls=True).exists():
        return
    booking = event.booking
    touched = set(claims.resources_of([booking.pk]))
    touched |= set(booking.further.values_list("resource_id", flat=True))
    before = event.changes.filter(field="resource").values_list("before", flat=True)
    touched |= {int(pk) for pk in before if pk.isdecimal()}
    concerned = set(Resource.objects.filter(family(touched)).values_list("pk", flat=True))
    for conflict in CalendarConflict.objects.filter(booking=booking).select_related("busy__connection"):
        concerned |= set(busy.places(conflict.busy.connection).values_list("pk", flat=True))
    busy.later([pk for pk in concerned if busy.calendars_of(pk).filter(pulls=True).exists()], event.at)


def refit_all(connection: Connection, at: datetime) -> None:
    """Have all resources fitted soon that a calendar takes time from, or took."""
    rows = Occupancy.objects.filter(busy__connection=connection)
    places = set(busy.places(connection).values_list("pk", flat=True))
    busy.later(places | set(rows.values_list("resource_id", flat=True).distinct()), at)


@due.handles(busy.FIT, queue=due.Queue.SYNC)
def fit_one(resource_pk: str) -> None:
    """Bring a resource in line; as often as it is called."""
    fit(int(resource_pk))


def fit(resource_id: int) -> int:
    """As `fit_one`; answers with how many busy times something was not as it should be."""
    resource = Resource.objects.filter(pk=resource_id).first()
    if resource is None:
        return 0
    count = 0
    at_once = max(1, min(MOST_AT_ONCE, MOST_ROWS // max(1, resource.units)))
    for found in _out_of_line(resource):
        for some in _parts(found, at_once):
            failpoints.hit("calendars.fit")
            count += transact(lambda: _fit_some(resource_id, some))  # noqa: B023 - it is called at once
    _forget_gone(resource)
    return count


def let_go(connection: Connection, at: datetime) -> None:
    """Give back all time that a calendar took and forget its busy times, in the caller's transaction.

    Giving back needs no lock; who waits for it, and busy times of other calendars, are looked after by the clock.
    """
    rows = Occupancy.objects.filter(busy__connection=connection)
    freed = set(rows.values_list("resource_id", flat=True).distinct())
    rows.delete()
    CalendarConflict.objects.filter(busy__connection=connection).delete()
    connection.busy_times.all().delete()
    busy.later(freed, at)
    waitlist.later(freed, at)


def prune(connection: Connection, now: datetime) -> None:
    """Forget the busy times of a calendar that were over a day ago, and the time that they took."""
    connection.busy_times.filter(end__lte=now - PAST).delete()


def _out_of_line(resource: Resource) -> Iterator[list[int]]:
    """Numbers of busy times with which something is not as it should be, some at a time; looked at without a lock."""
    now = database_now()
    times = list(busy.times_of(resource, now))
    for some in _parts(times, LOOKED_AT):
        fixes, _lapsed = busy.difference(resource, some, now)
        if fixes:
            yield [fix.busy.pk for fix in fixes]


def _fit_some(resource_id: int, ids: Iterable[int]) -> int:
    line = waitlist.lock([resource_id])
    now = database_now()
    resource = Resource.objects.filter(pk=resource_id).first()
    if resource is None:
        return 0
    times = list(busy.times_of(resource, now).filter(pk__in=list(ids)))
    fixes, lapsed = busy.difference(resource, times, now)
    if lapsed:
        claims.release(claims.lapsed(lapsed, now), now, "time ran out")
    released = busy.write(fixes, now)
    failpoints.hit("calendars.fitted")
    if released is not None:
        waitlist.serve(line, now, released)
    return len(fixes)


def _forget_gone(resource: Resource) -> None:
    """Delete what is gone and has no time of any resource any more."""
    rows = Occupancy.objects.filter(busy=OuterRef("pk"))
    gone = BusyTime.objects.filter(connection__in=busy.calendars_of(resource.pk), is_gone=True).exclude(Exists(rows))

    def act() -> None:
        # Locked, and looked at again: a calendar may have named one of them once more.
        ids = list(gone.select_for_update(of=("self",)).values_list("pk", flat=True))
        if ids:
            BusyTime.objects.filter(pk__in=ids).delete()

    if gone.exists():
        transact(act)


def _parts(whole: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (whole[start : start + size] for start in range(0, len(whole), size))
