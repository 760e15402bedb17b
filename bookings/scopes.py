"""Changing several dates of a series at once: this one, this and those that follow, or all.

Each date by its own terms. Dates that are over, given up already, or (unless they alone are meant) moved by
themselves are left alone and reported.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext as _

from bookings import cancelling, waitlist
from bookings.cancelling import Cancellation
from bookings.facts import has_lapsed
from bookings.models import Booking, Series, SeriesDate
from bookings.records import Actor
from bookings.states import LIVE, State
from bookings.terms import Settlement
from kernel.errors import Invalid, NotFound, Refused
from kernel.periods import instants
from schemas.clock import database_now
from schemas.transactions import Again, transact
from tenants.zones import zone


class Scope(StrEnum):
    """Which dates, counted from one."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Reach:
    """The dates of a series that are meant: `scope`, from the one of a local day or of a booking on."""

    scope: Scope
    day: date | None = None
    booking_id: UUID | None = None


@dataclass(frozen=True)
class Given:
    """One date after a cancellation, or before it: what it costs, or why it is left alone.

    `left` is `skipped`, `past`, `moved`, or the state in which the booking has ended.
    """

    row: SeriesDate
    booking: Booking | None
    settlement: Settlement | None = None
    left: str = ""


def preview_cancel(series: Series, reach: Reach, actor: Actor, why: Cancellation) -> list[Given]:
    """What `cancel` would do at this moment, date by date."""
    now = database_now()
    rows = chosen(series, reach)
    return _checked([_given(row, row.booking, reach, actor, now, why) for row in rows], reach)


def cancel(series: Series, reach: Reach, actor: Actor, why: Cancellation) -> list[Given]:
    """Cancel the dates that are meant, all in one transaction; what was cancelled before stays as it is.

    Raises `NotFound` for a date that the series has not, and `Refused("not_cancellable")` for a single one that it is
    too late for.
    """

    def act() -> list[Given]:
        before = chosen(series, reach)
        line = waitlist.lock_of(*(row.booking_id for row in before if row.booking_id))
        bookings = locked(before)
        rows = chosen(series, reach)
        if {row.booking_id for row in rows if row.booking_id} != bookings.keys():
            raise Again  # a date was booked again while we waited
        now = database_now()
        given = _checked([_given(row, bookings.get(row.booking_id), reach, actor, now, why) for row in rows], reach)
        ending = [one.booking for one in given if one.booking and not one.left]
        if ending:
            cancelling.give_up_all(ending, actor, why, now)
        waitlist.serve(line, now)
        return given

    return transact(act)


def chosen(series: Series, reach: Reach) -> list[SeriesDate]:
    """The dates of a series that are meant, in order."""
    rows = list(series.dates.select_related("booking__resource__venue", "booking__policy").order_by("wall"))
    if reach.scope is Scope.ALL:
        return rows
    first = next((row for row in rows if _is_meant(row, reach)), None)
    if first is None:
        raise NotFound("date_unknown", _("The series has no such date."))
    return [row for row in rows if row is first or (reach.scope is Scope.FOLLOWING and row.wall > first.wall)]


def _is_meant(row: SeriesDate, reach: Reach) -> bool:
    if reach.booking_id is not None:
        return row.booking_id == reach.booking_id
    if reach.day is None:
        raise Invalid("from_required", _("Say from which date on."))
    return row.wall[:10] == reach.day.isoformat()


def locked(rows: Sequence[SeriesDate]) -> dict[UUID | None, Booking]:
    """The bookings of dates by id, locked in the order of their ids, after their resources."""
    ids = [row.booking_id for row in rows if row.booking_id]
    known = Booking.objects.select_for_update(of=("self",)).select_related("resource__venue", "policy")
    return {booking.pk: booking for booking in known.filter(pk__in=ids).order_by("pk")}


def _given(
    row: SeriesDate, booking: Booking | None, reach: Reach, actor: Actor, now: datetime, why: Cancellation
) -> Given:
    left = left_alone(row, booking, reach, now)
    if booking is None or left:
        return Given(row, booking, left=left)
    if not cancelling.can_cancel(booking, actor, now):
        return Given(row, booking, left="past")
    return Given(row, booking, cancelling.preview(booking, actor, why, now))


def left_alone(row: SeriesDate, booking: Booking | None, reach: Reach, now: datetime) -> str:
    """Why a date is not touched, or an empty text."""
    if booking is None:
        return "skipped"
    if has_lapsed(booking.state, booking.hold_expires_at, now):
        return str(State.EXPIRED)
    if booking.state not in LIVE:
        return str(booking.state)
    if reach.scope is not Scope.THIS and is_moved(row, booking):
        return "moved"
    return ""


def is_moved(row: SeriesDate, booking: Booking) -> bool:
    """Whether a booking no longer starts when its date says."""
    return booking.start not in instants(datetime.fromisoformat(row.wall), zone(booking.time_zone))[:1]


def _checked(given: list[Given], reach: Reach) -> list[Given]:
    if reach.scope is Scope.THIS and given[0].left not in {"", State.CANCELLED}:
        raise Refused("not_cancellable", _("This booking can no longer be cancelled."))
    return given
