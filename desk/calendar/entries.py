"""What takes time, as a person at the desk reads it: one entry for each booking, closure or busy time on a resource."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bookings import agenda
from bookings.agenda import Column
from bookings.models import Booking, Occupancy
from bookings.states import LIVE, PaymentState, State
from bookings.views.settled import Money, money_of
from bookings.views.words import Words, state_at, words_for
from kernel.periods import Period, instants, subtracted
from tenants import speech
from tenants.zones import zone
from venues.models import Closure, Resource

GONE = frozenset({PaymentState.PROCESSING, PaymentState.DISPUTED})


class Kind(StrEnum):
    """What an entry is. `part`: something takes a part of the whole, so that nobody can have the whole."""

    BOOKING = "booking"
    HOLD = "hold"
    CLOSURE = "closure"
    BUSY = "busy"
    PART = "part"


@dataclass(frozen=True)
class Entry:
    """Time of one resource. `period` is without buffers, `during` with them; `units` of a pool are taken.

    `via` is the resource that the booking is of, or the part that is taken, where that is another one.
    """

    kind: Kind
    resource: Resource
    period: Period
    during: Period
    units: int
    via: Resource | None = None
    booking: Booking | None = None
    closure: Closure | None = None
    busy_id: int | None = None
    words: Words | None = None
    money: Money | None = None
    may_move: bool = False

    @property
    def key(self) -> str:
        """A name that no other entry has."""
        whose = self.booking.pk if self.booking else self.closure.pk if self.closure else self.busy_id
        own = f"{self.kind}-{whose}-{self.resource.pk}"
        return own if self.booking and self.kind != Kind.PART else f"{own}-{self.during.start:%Y%m%d%H%M%S}"

    @property
    def zone(self) -> ZoneInfo:
        """The venue's."""
        return zone(self.resource.venue.time_zone)

    @property
    def title(self) -> str:
        """Who, or what."""
        if self.booking:
            return self.booking.name or _("No name yet")
        if self.closure:
            return self.closure.reason or _("Blocked out")
        return _("Busy in another calendar")

    @property
    def place(self) -> str:
        """Of which other resource it is, in words."""
        if self.via is None:
            return ""
        if self.kind == Kind.PART:
            return _("%(name)s is taken") % {"name": self.via.name}
        return _("booked as %(name)s") % {"name": self.via.name}

    @property
    def span(self) -> str:
        """From when to when; where the clocks show a time twice, which of the two."""
        start, end = self.period.start, self.period.end
        if not _is_twice(start, self.zone) and not _is_twice(end, self.zone):
            return speech.span(start, end, self.zone)
        return f"{_exact(start, self.zone)} – {_exact(end, self.zone)}"

    @property
    def is_unpaid(self) -> bool:
        """Whether somebody at the desk should ask for money."""
        booking = self.booking
        return booking is not None and booking.state in LIVE and booking.due_minor > 0

    @property
    def phone(self) -> str:
        """Of who comes."""
        return self.booking.phone if self.booking else ""


def entries(columns: Iterable[Column], now: datetime, *, runs: bool) -> dict[int, list[Entry]]:
    """All entries by resource, by start. No query."""
    columns = list(columns)
    by_id = {column.resource.pk: column.resource for column in columns}
    found = {}
    for column in columns:
        own = [_entry(rows, column.resource, by_id, now, runs) for rows in _grouped(column.taken)]
        within = [_part(rows, column.resource, by_id, now) for rows in _grouped(column.within)]
        found[column.resource.pk] = sorted([*own, *within], key=lambda entry: (entry.period, entry.key))
    return found


def _grouped(rows: Iterable[Occupancy]) -> Iterator[list[Occupancy]]:
    """Rows of several units, or parts, that somebody takes at one time."""

    def same(row: Occupancy) -> tuple[str, ...]:
        return (*(str(each) for each in agenda.owner_of(row)), str(row.during.lower), str(row.during.upper))

    for _key, group in groupby(sorted(rows, key=same), key=same):
        yield list(group)


def _entry(rows: list[Occupancy], resource: Resource, by_id: dict[int, Resource], now: datetime, runs: bool) -> Entry:
    row = rows[0]
    during = Period(row.during.lower, row.during.upper)
    booking = row.booking
    if booking is None:
        kind = Kind.CLOSURE if row.closure else Kind.BUSY
        return Entry(kind, resource, during, during, len(rows), closure=row.closure, busy_id=row.busy_id)
    return Entry(
        kind=Kind.HOLD if booking.state == State.HELD else Kind.BOOKING,
        resource=resource,
        period=Period(booking.start, booking.end),
        during=during,
        units=len(rows),
        via=None if booking.resource_id == resource.pk else by_id.get(booking.resource_id, booking.resource),
        booking=booking,
        words=words_for(booking, now),
        money=money_of(booking),
        may_move=runs and booking.resource_id == resource.pk and can_move(booking, now),
    )


def _part(rows: list[Occupancy], whole: Resource, by_id: dict[int, Resource], now: datetime) -> Entry:
    row = rows[0]
    during = Period(row.during.lower, row.during.upper)
    part = by_id[row.resource_id]
    booking = row.booking
    if booking is None:
        return Entry(Kind.PART, whole, during, during, 1, part, closure=row.closure, busy_id=row.busy_id)
    words, money = words_for(booking, now), money_of(booking)
    return Entry(
        kind=Kind.PART,
        resource=whole,
        period=Period(booking.start, booking.end),
        during=during,
        units=1,
        via=by_id.get(booking.resource_id, part),
        booking=booking,
        words=words,
        money=money,
    )


def can_move(booking: Booking, now: datetime) -> bool:
    """Whether staff may change its time now: the same rule as the act's, without asking the database."""
    until = booking.end if booking.state == State.CONFIRMED else booking.start
    return state_at(booking, now) in LIVE and now < until and booking.payment_state not in GONE


def shut(column: Column, window: Period) -> list[Period]:
    """When a resource is closed in a window."""
    return subtracted(window, column.open)


def buffers(found: Collection[Entry]) -> Iterator[tuple[Entry, Period]]:
    """Time kept free before and after bookings."""
    for entry in found:
        if entry.booking and entry.kind != Kind.PART:
            for period in subtracted(entry.during, [entry.period]):
                yield entry, period


def _is_twice(instant: datetime, in_zone: ZoneInfo) -> bool:
    return len(instants(instant.astimezone(in_zone).replace(tzinfo=None), in_zone)) > 1


def _exact(instant: datetime, in_zone: ZoneInfo) -> str:
    local = instant.astimezone(in_zone)
    told = speech.clock(instant, in_zone)
    return f"{told} ({speech.offset(local)})" if _is_twice(instant, in_zone) else told
