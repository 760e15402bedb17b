"""Moving dates of a series: another time on the wall, another resource, for this date, those that follow, or all.

Each is a change of its booking as by `changes.change`, with a price of its own; all in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from bookings import changes, claims, limits, plans, waitlist
from bookings.agreed import Change, parts_of, request_of
from bookings.changes import Preview
from bookings.drafts import Draft, Moment, drafted
from bookings.models import Booking, Series, SeriesDate
from bookings.occurrences import CLOCK_CHANGE
from bookings.records import Actor
from bookings.scopes import Reach, Scope, chosen, left_alone, locked
from bookings.series import Mode
from bookings.states import State
from bookings.waitlist import Further, Line
from kernel import failpoints
from kernel.errors import Invalid, Refused
from kernel.periods import instants
from schemas.clock import database_now
from schemas.transactions import Again, transact
from tenants import gate
from tenants.zones import zone

FOLLOWS = frozenset({"skipped", str(State.CANCELLED), str(State.EXPIRED)})
"""Dates without a live booking: one that is tried again is tried at the new time."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The new time on the wall, the new resource; None leaves it as it is."""

    start: time | None = None
    resource_id: int | None = None


@dataclass(frozen=True)
class Shifted:
    """One date: what its change costs, or why it is left alone, or the code for which it cannot be had."""

    row: SeriesDate
    booking: Booking | None
    preview: Preview | None = None
    left: str = ""
    conflict: str = ""


@dataclass(frozen=True)
class _Drafted:
    row: SeriesDate
    booking: Booking | None
    draft: Draft | None = None
    left: str = ""
    conflict: str = ""


def preview(series: Series, reach: Reach, shift: Shift, actor: Actor) -> list[Shifted]:
    """What `move` would do at this moment, date by date; conflicts are told, not raised."""
    rows = chosen(series, reach)
    known = {row.booking_id: row.booking for row in rows if row.booking}
    drafts = _drafts(rows, known, reach, shift, Moment(actor, database_now(), lock=False))
    return [_shown(one, changes.shown(one.draft) if one.draft else None) for one in drafts]


def move(series: Series, reach: Reach, shift: Shift, mode: Mode, actor: Actor) -> list[Shifted]:
    """Move the dates that are meant. What cannot be had stays where it is, or in `Mode.ATOMIC` refuses everything.

    Raises `Refused("series_conflicts")` with every date and its code, and `Refused("not_changeable")` for a single
    date that is over.
    """

    def act() -> list[Shifted]:
        before = chosen(series, reach)
        line, now, bookings = _locked(before, shift)
        rows = chosen(series, reach)
        if {row.booking_id for row in rows if row.booking_id} != bookings.keys():
            raise Again  # a date was booked again while we waited
        moment = Moment(actor, now, lock=True)
        drafts = _drafts(rows, bookings, reach, shift, moment)
        _check(drafts, reach, mode)
        failpoints.hit("shift.checked")
        done = [_shown(one, changes.write(one.draft, moment) if one.draft else None) for one in drafts]
        _note(series, drafts, reach, shift)
        waitlist.serve(line, now)
        return done

    return transact(act)


def _locked(rows: Sequence[SeriesDate], shift: Shift) -> tuple[Line, datetime, dict[UUID | None, Booking]]:
    ids = [row.booking_id for row in rows if row.booking_id]
    has = claims.resources_of(ids)
    further, customer = Further(), ""
    first = next((row.booking for row in rows if row.booking), None)
    if first:
        request = request_of(first, parts_of(first), Change(resource_id=shift.resource_id))
        wants = [shift.resource_id or first.resource_id, *request.also]
        customer = limits.customer_key(request)
        further = Further(wants, plans.stock_for(request, wants), customer)
    line = waitlist.lock(has, further)
    now = gate.open_now(alone=customer)
    bookings = locked(rows)
    if claims.resources_of(ids) != has:
        raise Again  # one moved while we waited for where it was
    return line, now, bookings


def _drafts(
    rows: Sequence[SeriesDate], bookings: dict[UUID | None, Any], reach: Reach, shift: Shift, moment: Moment
) -> list[_Drafted]:
    if shift == Shift():
        raise Invalid("nothing_to_change", _("Say what is to be different."))
    return [_drafted(row, bookings.get(row.booking_id), reach, shift, moment) for row in rows]


def _drafted(row: SeriesDate, booking: Booking | None, reach: Reach, shift: Shift, moment: Moment) -> _Drafted:
    left = left_alone(row, booking, reach, moment.now)
    if booking is None or left:
        return _Drafted(row, booking, left=left)
    day = booking.start.astimezone(zone(booking.time_zone)).date()
    start = _start(booking, day, shift)
    if start is None:
        return _Drafted(row, booking, conflict=CLOCK_CHANGE)
    try:
        return _Drafted(row, booking, drafted(booking, Change(start=start, resource_id=shift.resource_id), moment))
    except Refused as refusal:
        if type(refusal) is not Refused:
            raise
        if refusal.code == "not_changeable":
            return _Drafted(row, booking, left="past")
        return _Drafted(row, booking, conflict=refusal.code)


def _start(booking: Booking, day: date, shift: Shift) -> datetime | None:
    if shift.start is None:
        return booking.start
    return next(iter(instants(datetime.combine(day, shift.start), zone(booking.time_zone))), None)


def _check(drafts: Sequence[_Drafted], reach: Reach, mode: Mode) -> None:
    conflicts = [{"date": one.row.wall[:10], "reason": one.conflict} for one in drafts if one.conflict]
    if conflicts and (mode is Mode.ATOMIC or not any(one.draft for one in drafts)):
        raise Refused("series_conflicts", _("Not all of these dates can be had."), {"conflicts": conflicts})
    if reach.scope is Scope.THIS and drafts[0].left:
        raise Refused("not_changeable", _("This booking can no longer be changed."))


def _note(series: Series, drafts: Sequence[_Drafted], reach: Reach, shift: Shift) -> None:
    """Write down when the dates are from now on."""
    if shift.start is not None:
        moved = [one.row for one in drafts if one.draft or (reach.scope is not Scope.THIS and one.left in FOLLOWS)]
        for row in moved:
            row.wall = _at(row.wall, shift.start)
        SeriesDate.objects.bulk_update(moved, ["wall"])
    if reach.scope is Scope.ALL:
        first = series.first if shift.start is None else _at(series.first, shift.start)
        Series.objects.filter(pk=series.pk).update(first=first, resource=shift.resource_id or series.resource_id)


def _at(wall: str, start: time) -> str:
    return f"{wall[:10]}T{start:%H:%M}"


def _shown(one: _Drafted, found: Preview | None) -> Shifted:
    return Shifted(one.row, one.booking, found, one.left, one.conflict)
