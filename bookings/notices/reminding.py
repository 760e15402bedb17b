"""Reminders: which ones a booking should have, and those that are not true any more.

So many minutes before the start are minutes of real time: a day before a start on the morning after the clocks were
put on lies 23 hours earlier on the wall than people may expect, and is 24 hours.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from bookings.letters.kinds import Kind
from bookings.models import Booking, Notice
from bookings.models.messages import Channel
from bookings.notices import rules
from bookings.notices.rules import Route
from bookings.states import State
from tenants import mail

DROPPED = frozenset({"moved", "cancelled", "rule_changed"})
"""Why a reminder does not go that would be right again if the booking came back to where it was."""
INSTEAD = "instead_of_sms"


def keep(booking: Booking, since: datetime, now: datetime) -> list[Route]:
    """Drop the reminders of a booking that are not true any more; answers the routes that have to be planned."""
    rows = {(row.channel, row.due_at): row for row in Notice.objects.filter(booking=booking, kind=Kind.REMINDER)}
    is_on = booking.state == State.CONFIRMED and booking.start > now
    if not (rows or is_on):
        return []
    wanted = {(route.channel, due_of(booking, route)): route for route in rules.routes(Kind.REMINDER)} if is_on else {}
    _drop(booking, [row for row in rows.values() if not _holds(booking, row, wanted.keys())], now)
    return [route for key, route in wanted.items() if key[1] > since and (key not in rows or can_come_back(rows[key]))]


def due_of(booking: Booking, route: Route) -> datetime:
    """When a reminder belongs to go."""
    return booking.start - timedelta(minutes=route.minutes)


def can_come_back(notice: Notice) -> bool:
    """Whether it was dropped, and may be planned again."""
    return notice.state == Notice.State.SKIPPED and notice.why in DROPPED


def _holds(booking: Booking, row: Notice, wanted: Collection[tuple[str, datetime]]) -> bool:
    if why_not(booking, row):
        return False
    return (row.channel, row.due_at) in wanted or row.why == INSTEAD or row.state != Notice.State.PLANNED


def _drop(booking: Booking, rows: Iterable[Notice], now: datetime) -> None:
    for row in rows:
        is_waiting_letter = row.state == Notice.State.SENDING and row.channel == Channel.MAIL
        if row.state != Notice.State.PLANNED and not (is_waiting_letter and mail.withdraw(key_of(row))):
            continue
        row.state, row.updated_at = Notice.State.SKIPPED, now
        row.why = why_not(booking, row) or "rule_changed"
        row.save(update_fields=["state", "why", "updated_at"])


def why_not(booking: Booking, row: Notice) -> str:
    """Why a reminder is not true any more; empty where it is."""
    if booking.state != State.CONFIRMED:
        return "cancelled"
    return "moved" if row.starts_at != booking.start else ""


def key_of(notice: Notice) -> str:
    """The name of a notice's letter."""
    return f"notice:{notice.pk}"
