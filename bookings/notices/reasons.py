"""Whether a message is still true at the moment it goes: codes for why not."""

from datetime import datetime, timedelta

from bookings.letters.kinds import Kind
from bookings.models import Booking, Notice
from bookings.notices import reminding
from bookings.notices.rules import least_left
from bookings.states import PendingReason, State

OVERTAKEN, TOO_LATE = "overtaken", "too_late"
REVIEWED_WITHIN = timedelta(days=7)

STATES: dict[str, frozenset[State]] = {
    Kind.CONFIRMATION: frozenset({State.CONFIRMED, State.COMPLETED, State.NO_SHOW}),
    Kind.CHANGE: frozenset({State.CONFIRMED, State.PENDING}),
    Kind.CANCELLATION: frozenset({State.CANCELLED}),
    Kind.REQUEST: frozenset({State.PENDING}),
    Kind.REQUEST_ACCEPTED: frozenset({State.PENDING}),
    Kind.REQUEST_DECLINED: frozenset({State.CANCELLED, State.EXPIRED}),
    Kind.EXPIRED: frozenset({State.EXPIRED}),
    Kind.WAITLIST_OFFER: frozenset({State.HELD}),
    Kind.REVIEW: frozenset({State.COMPLETED}),
}
"""What a booking must be for a message to be true; the others are always."""
TO_BE_TAKEN = frozenset({Kind.REQUEST_ACCEPTED, Kind.WAITLIST_OFFER})
"""Kinds that say until when; after that they would be cruel."""


def against(notice: Notice, booking: Booking, now: datetime) -> str:
    """Why a notice is not to go now, as a code; empty where it is. The booking is locked, or as good as."""
    if notice.kind == Kind.REMINDER:
        return reminding.why_not(booking, notice) or _too_late(notice, booking, now)
    if booking.state not in STATES.get(notice.kind, frozenset(State)):
        return OVERTAKEN
    if notice.kind == Kind.REQUEST_ACCEPTED and booking.pending_reason != PendingReason.PAYMENT:
        return OVERTAKEN
    return TOO_LATE if now >= last_moment(notice, booking) else ""


def last_moment(notice: Notice, booking: Booking) -> datetime:
    """From then on the message is of no use to anybody."""
    match notice.kind:
        case Kind.REMINDER:
            minutes = (booking.start - notice.due_at) // timedelta(minutes=1)
            return booking.start - least_left(minutes)
        case Kind.REVIEW:
            return notice.due_at + REVIEWED_WITHIN
        case kind if kind in TO_BE_TAKEN:
            return booking.hold_expires_at or booking.start
        case Kind.CONFIRMATION | Kind.CHANGE | Kind.REQUEST:
            return booking.end
        case _:
            return max(booking.end, notice.due_at) + REVIEWED_WITHIN


def _too_late(notice: Notice, booking: Booking, now: datetime) -> str:
    return TOO_LATE if now >= last_moment(notice, booking) else ""
