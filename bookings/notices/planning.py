"""What is to be told about an event of a booking: plans notices, and drops those that are not true any more."""

from datetime import datetime, timedelta

from bookings.letters import composing
from bookings.letters.kinds import Kind
from bookings.models import Booking, BookingEvent, Notice
from bookings.models.messages import Channel
from bookings.notices import meaning, people, reminding, rules, summary
from bookings.notices.rules import SEND, OwnerKind, Route
from bookings.states import State
from schemas.clock import database_now
from tenants import due, mail

OLDEST = timedelta(days=1)
"""What happened longer ago is not told any more: imports and demos have a past that nobody waits to hear of."""


def on_event(event: BookingEvent) -> None:
    """Plan what follows from an event, in the transaction of the outbox; it may see the booking in a later state.

    A second time it changes nothing: a notice is once per booking, kind, channel and due.
    """
    now = database_now()
    if event.at > now - OLDEST:
        for kind in meaning.told_by(event):
            for route in rules.routes(kind):
                plan(event.booking, kind, route, event.at, now)
    keep_reminders(event.booking, event.at, now)
    if event.to_state == State.COMPLETED and event.from_state != State.COMPLETED:
        _plan_review(event.booking, now)
    summary.begin(now)


def keep_reminders(booking: Booking, since: datetime, now: datetime) -> None:
    """Bring the reminders of a booking up to date: drop what is not true any more, plan what became due after `since`.

    A reminder whose time had come before the booking was made, or moved, is not planned: they were just told.
    """
    due_anew = reminding.keep(booking, since, now)
    for route in due_anew:
        plan(booking, Kind.REMINDER, route, booking.start - timedelta(minutes=route.minutes), now)


def plan(booking: Booking, kind: str, route: Route, due_at: datetime, now: datetime) -> Notice:
    """Have one message sent at `due_at`, or soon where that is over; a second one of the same changes nothing.

    Where there is no address or number, that is noted instead.
    """
    is_owners = kind in set(OwnerKind)
    to = "" if is_owners else people.reach(booking, route.channel)
    is_lost = not (to or is_owners or route.channel == Channel.SMS)
    notice, is_new = Notice.objects.get_or_create(
        booking=booking,
        kind=kind,
        channel=route.channel,
        due_at=due_at,
        defaults={
            "to": to,
            "language": mail.house_language() if is_owners else composing.language_of(booking),
            "send_at": due_at,
            "starts_at": booking.start,
            "state": Notice.State.SKIPPED if is_lost else Notice.State.PLANNED,
            "why": "no_address" if is_lost else "",
            "created_at": now,
            "updated_at": now,
        },
    )
    if not is_new and reminding.can_come_back(notice):
        notice.state, notice.why, notice.to = Notice.State.PLANNED, "", to
        notice.send_at, notice.starts_at, notice.updated_at = due_at, booking.start, now
        notice.save()
        is_new = True
    if is_new and notice.state == Notice.State.PLANNED:
        due.schedule(SEND, notice.pk, notice.send_at)
    return notice


def plan_instead(notice: Notice, booking: Booking, now: datetime) -> None:
    """Have a mail sent in place of a short message that does not go, unless one goes anyway."""
    to = people.reach(booking, Channel.MAIL)
    if not to:
        return
    row, is_new = Notice.objects.get_or_create(
        booking=booking,
        kind=notice.kind,
        channel=Channel.MAIL,
        due_at=notice.due_at,
        defaults={
            "to": to,
            "language": notice.language,
            "send_at": now,
            "starts_at": notice.starts_at,
            "why": reminding.INSTEAD,
            "created_at": now,
            "updated_at": now,
        },
    )
    if is_new:
        due.schedule(SEND, row.pk, now)


def _plan_review(booking: Booking, now: datetime) -> None:
    for route in rules.routes(Kind.REVIEW):
        due_at = booking.end + timedelta(minutes=route.minutes)
        if due_at > now - OLDEST:
            plan(booking, Kind.REVIEW, route, due_at, now)
