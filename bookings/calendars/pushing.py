"""Bookings as events in calendars elsewhere: written on confirmation, brought up to date, deleted with them.

What happens to a booking only plans work. The work reads the booking as it is by then, and makes each copy right. A
copy is noted as meant before its calendar is asked and as written afterwards; whoever comes in between, after a
crash or at the same time, finds the event by its uid instead of making a second one.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import icalendar
from django.db.models import Case, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Now

from bookings import ics
from bookings.calendars import CHECK, LEAVE, PUSH, channels, health
from bookings.calendars.providers import Changed, Later, Rejected, Trouble, Writer, Written
from bookings.calendars.writers import WRITERS
from bookings.models import Booking, BookingEvent
from bookings.models.calendars import CalendarCopy, Connection
from bookings.states import State
from kernel import failpoints
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, mail

SHOWN = frozenset({State.CONFIRMED, State.COMPLETED, State.NO_SHOW})
"""Bookings that have an event. Holds and requests have none: they may never come to anything."""
ROUNDS = 4
MOST_FAREWELLS = 12
FILLED_EACH_SECOND = 5
"""Of the bookings that a calendar gets when it is connected."""
PASSING = frozenset({"DTSTAMP", "LAST-MODIFIED", "SEQUENCE"})
"""Properties that change without anything to see."""


@dataclass(frozen=True)
class Wanted:
    """What a calendar is to have of a booking now."""

    event: icalendar.Event
    digest: str


def on_event(event: BookingEvent) -> None:
    """Have the copies of a booking brought up to date soon, in the transaction of the outbox."""
    booking = event.booking
    if CalendarCopy.objects.filter(booking=booking, is_gone=False).exists() or (
        booking.state in SHOWN and targets_of(booking).exists()
    ):
        due.schedule(PUSH, booking.pk, database_now())


def targets_of(booking: Booking) -> QuerySet[Connection]:
    """Connections that a booking is written to: of its resources, or of their venues."""
    named = Q(resource__bookings=booking) | Q(resource__further_bookings__booking=booking)
    around = Q(venue__resources__bookings=booking) | Q(venue__resources__further_bookings__booking=booking)
    return Connection.objects.filter(named | around, pushes=True).exclude(state=Connection.State.LEAVING).distinct()


@due.handles(PUSH, queue=due.Queue.SYNC)
def push(booking_id: str) -> None:
    """Make the copies of a booking right; as often as it is called. Raises `Rejected` where a calendar will not."""
    booking = Booking.objects.filter(pk=booking_id).first()
    if booking is None:
        return
    targets = set(targets_of(booking).values_list("pk", flat=True)) if booking.state in SHOWN else set()
    left = CalendarCopy.objects.filter(booking=booking, is_gone=False).exclude(connection__in=targets)
    # What is to go goes first: one calendar may be connected for two resources.
    order = [*left.order_by("pk").values_list("connection", flat=True), *sorted(targets)]
    again, rejected = [], None
    for connection in _at_work(order):
        try:
            _wait_for(connection)
            was_asked = bring(connection, booking.pk)
        except Trouble as trouble:
            when = _told(connection, trouble)
            again += [when] if when else []
            rejected = trouble if isinstance(trouble, Rejected) else rejected
        else:
            if was_asked:
                health.worked(connection.pk)
    if again:
        transact(lambda: due.schedule(PUSH, booking_id, min(again)))
    elif rejected:
        raise rejected


class _Resting(Later):
    """It was asked to wait, so nobody asks."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__("resting")


def _at_work(order: list[int]) -> list[Connection]:
    found = Connection.objects.in_bulk(order)
    return [found[pk] for pk in order if pk in found and found[pk].state in health.ASKED]


def _wait_for(connection: Connection) -> None:
    if connection.resting_until and connection.resting_until > database_now():
        raise _Resting(connection.resting_until)


def _told(connection: Connection, trouble: Trouble) -> datetime | None:
    return trouble.until if isinstance(trouble, _Resting) else health.failed(connection.pk, trouble)


def bring(connection: Connection, booking_id: UUID) -> bool:
    """Make one copy right: written, brought up to date or taken away; whether that took asking.

    Raises what writers raise.
    """
    meant = transact(lambda: _meant(connection, booking_id))
    if meant is None:
        return False
    copy, is_new = meant
    writer, is_known = WRITERS[connection.provider], is_new or bool(copy.remote_id)
    for _ in range(ROUNDS):
        if not is_known:
            _look(writer, connection, copy)
        # Read after the event's etag: who writes over that etag knows no less than who wrote it.
        wanted = _wanted(connection, booking_id)
        try:
            written = _written(writer, connection, copy, wanted)
        except Changed:
            is_known = False
            continue
        failpoints.hit("calendar.pushed")
        transact(partial(_note, copy, written, wanted))
        return True
    raise Later("changed_meanwhile")


def _meant(connection: Connection, booking_id: UUID) -> tuple[CalendarCopy, bool] | None:
    """The copy, noted as meant, and whether nobody ever tried to write it; None where all is as it should be."""
    copy = CalendarCopy.objects.filter(connection=connection, booking=booking_id).first()
    wanted = _wanted(connection, booking_id)
    if wanted is None:
        return None if copy is None or copy.is_gone else (copy, False)
    if copy is None:
        return CalendarCopy.objects.create(connection=connection, booking_id=booking_id), True
    if copy.is_gone:
        CalendarCopy.objects.filter(pk=copy.pk).update(is_gone=False, remote_id="", etag="", digest="")
        copy.remote_id = copy.etag = ""
        return copy, False
    return None if copy.digest == wanted.digest else (copy, False)


@mail.in_house_language()
def _wanted(connection: Connection, booking_id: UUID) -> Wanted | None:
    booking = Booking.objects.select_related("resource__venue", "product", "customer").get(pk=booking_id)
    if booking.state not in SHOWN or not targets_of(booking).filter(pk=connection.pk).exists():
        return None
    event = ics.event(booking, zone=booking.time_zone, method=ics.Method.PUBLISH, shows=ics.Shows.NAMES)
    return Wanted(event, digest_of(event))


def digest_of(event: icalendar.Event) -> str:
    """What an event shows, in 64 characters."""
    lines = [line for line in event.to_ical().decode().splitlines() if line.partition(":")[0] not in PASSING]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _look(writer: Writer, connection: Connection, copy: CalendarCopy) -> None:
    found = writer.find(connection, ics.uid_of(copy.booking))
    copy.remote_id, copy.etag = (found.remote_id, found.etag) if found else ("", "")


def _written(writer: Writer, connection: Connection, copy: CalendarCopy, wanted: Wanted | None) -> Written | None:
    if wanted is not None:
        return writer.put(connection, wanted.event, copy)
    if copy.remote_id and not _is_shared(connection, copy):
        writer.delete(connection, copy)
    return None


def _is_shared(connection: Connection, copy: CalendarCopy) -> bool:
    """Whether another connection has its copy in the same event: one calendar can be connected for two resources."""
    same = Connection.objects.filter(
        provider=connection.provider, account=connection.account, remote_id=connection.remote_id
    ).exclude(pk=connection.pk)
    return CalendarCopy.objects.filter(
        connection__in=same, booking=copy.booking_id, remote_id=copy.remote_id, is_gone=False
    ).exists()


def _note(copy: CalendarCopy, written: Written | None, wanted: Wanted | None) -> None:
    """Note what was done; what happened to the booking meanwhile is work again."""
    noted = CalendarCopy.objects.select_for_update().filter(pk=copy.pk).first()
    if noted is None:
        return
    now = database_now()
    noted.is_gone = written is None
    noted.remote_id, noted.etag = (written.remote_id, written.etag[:255]) if written else ("", "")
    noted.digest = wanted.digest if wanted else ""
    noted.pushed_at = now
    noted.save()
    after = _wanted(noted.connection, noted.booking_id)
    if (after.digest if after else "") != noted.digest:
        due.schedule(PUSH, noted.booking_id, now)


def copies_of(booking: Booking) -> QuerySet[CalendarCopy]:
    """Its events in calendars elsewhere, with their connections."""
    copies = CalendarCopy.objects.filter(booking=booking, is_gone=False)
    return copies.select_related("connection").order_by("connection")


def fill(connection: Connection) -> int:
    """Have all that concerns a connection looked at: what is to come, and what it has. In the caller's transaction.

    Some each second, what begins first before the rest: a booking that is made meanwhile need not wait for all of them.
    """
    now = database_now()
    places = Q(resource=connection.resource_id) | Q(further__resource=connection.resource_id)
    if connection.venue_id:
        places = Q(resource__venue=connection.venue_id) | Q(further__resource__venue=connection.venue_id)
    coming = Q(state__in=SHOWN, end__gt=now) & places if connection.pushes else Q(pk=None)
    held = Q(copies__connection=connection, copies__is_gone=False)
    rows = Booking.objects.filter(coming | held).order_by("start", "pk").values_list("pk", "start").distinct()
    seconds = [timedelta(seconds=number // FILLED_EACH_SECOND) for number in range(len(rows))]
    due.schedule_all(PUSH, [(pk, now + later) for (pk, _start), later in zip(rows, seconds, strict=True)])
    return len(rows)


def missing_count() -> Case:
    """Bookings to come that the connection of the outer query is to have and nobody has begun to write."""
    resource, venue = OuterRef("resource"), OuterRef("venue")
    places = Q(resource=resource) | Q(further__resource=resource)
    places |= Q(resource__venue=venue) | Q(further__resource__venue=venue)
    held = CalendarCopy.objects.filter(booking=OuterRef("pk"), connection=OuterRef(OuterRef("pk")), is_gone=False)
    missing = Booking.objects.filter(places, ~Exists(held), state__in=SHOWN, end__gt=Now())
    total = missing.order_by().annotate(every=Func(F("pk"), template="count(distinct %(expressions)s)"))
    return Case(When(pushes=True, then=Subquery(total.values("every"), output_field=IntegerField())), default=0)


@due.handles(LEAVE, queue=due.Queue.SYNC)
def leave(connection_id: str) -> None:
    """Take what is to come out of a calendar that is being disconnected, then forget the connection.

    What is over stays where it is. A calendar that cannot be asked any more is left as it is.
    """
    connection = Connection.objects.filter(pk=connection_id, state=Connection.State.LEAVING).first()
    if connection is None:
        return
    now = database_now()
    copies = CalendarCopy.objects.filter(connection=connection, is_gone=False, booking__end__gt=now)
    try:
        for booking_id in list(copies.order_by("booking__start").values_list("booking", flat=True)):
            bring(connection, booking_id)
    except Later as later:
        until = now + (later.after or health.pause(connection.failures + 1))
        if connection.failures < MOST_FAREWELLS:
            transact(lambda: _leave_again(connection, until))
            return
    except Trouble:
        pass  # Dead or refused: there is nobody left to tell.
    channels.end(connection)
    transact(connection.delete)


def _leave_again(connection: Connection, until: datetime) -> None:
    Connection.objects.filter(pk=connection.pk).update(failures=F("failures") + 1)
    due.schedule(LEAVE, connection.pk, until)


@due.handles(CHECK, queue=due.Queue.SYNC)
def check(connection_id: str) -> None:
    """Ask a calendar that is only written to whether it is still open to us, every ten minutes: its owners are to
    hear that it is not before a booking shows it."""
    connection = Connection.objects.filter(pk=connection_id, pushes=True, pulls=False).first()
    if connection is None or connection.state not in health.ASKED:
        return
    look(connection)
    transact(lambda: due.schedule(CHECK, connection_id, database_now() + health.CHECKED_EVERY))


def look(connection: Connection) -> Trouble | None:
    """Ask a calendar now, whatever it was told to wait for, and note how that went; what went wrong, or None."""
    try:
        WRITERS[connection.provider].check(connection)
    except Trouble as trouble:
        health.failed(connection.pk, trouble)
        return trouble
    health.worked(connection.pk)
    return None
