"""On the day: check-in by a signed code, not coming, and taking that back."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _

from bookings import terms
from bookings.models import Booking, BookingEvent
from bookings.moves import locked, move, save, settle, tick
from bookings.records import Actor, event
from bookings.states import State
from kernel.errors import Refused
from schemas.clock import database_now
from schemas.keys import salt
from schemas.transactions import transact

CODE_PURPOSE = "check-in"
DOORS_OPEN = timedelta(hours=1)
"""Before the start."""
REVERSIBLE_FOR = timedelta(days=14)


def code(booking: Booking) -> str:
    """What the QR code says: names the booking, proves that we made it, and is good in this tenant only."""
    return signing.Signer(salt=salt(CODE_PURPOSE)).sign(booking.pk.hex)


def booking_of(code_read: str) -> UUID:
    """The booking that a code names; `Refused("code_invalid")` for one that we did not make."""
    try:
        return UUID(signing.Signer(salt=salt(CODE_PURPOSE)).unsign(code_read.strip()))
    except (signing.BadSignature, ValueError):
        raise Refused("code_invalid", _("This is not one of our codes.")) from None


def check_in(booking: Booking, actor: Actor) -> Booking:
    """They are here: once, from an hour before the start until the end. A second time answers as the first did."""

    def act() -> Booking:
        current = locked(booking.pk)
        now = database_now()
        if current.checked_in_at:
            return current
        if current.state != State.CONFIRMED or now >= current.end:
            raise Refused("wrong_state", _("Nobody can check in with this booking."))
        if now < current.start - DOORS_OPEN:
            raise Refused("too_early", _("It is too early to check in."))
        current.checked_in_at = current.updated_at = now
        save(current, event(current, current.state, actor, now, act=BookingEvent.Act.CHECKED_IN))
        return current

    return transact(act)


def mark_no_show(booking: Booking, actor: Actor) -> Booking:
    """Nobody came: `confirmed` or `completed` to `no_show`, from the start time on. The policy's fee applies."""

    def act() -> Booking:
        current = locked(booking.pk)
        now = database_now()
        if current.state == State.NO_SHOW:
            return current
        if current.checked_in_at:
            raise Refused("checked_in", _("They have checked in."))
        if now < current.start:
            raise Refused("too_early", _("The booking has not started yet."))
        happened = move(current, State.NO_SHOW, actor, now)
        current.no_show_at = now
        current.fee_minor = terms.no_show_fee(terms.agreed(current), current)
        current.refund_due_minor = max(0, current.credit_minor + current.paid_minor - current.fee_minor)
        current.refund_due_minor = min(current.refund_due_minor, current.paid_minor)
        save(current, happened)
        return current

    return transact(act)


def undo_no_show(booking: Booking, actor: Actor) -> Booking:
    """They did come: back to what it was, for two weeks. The fee is gone again."""

    def act() -> Booking:
        current = locked(booking.pk)
        now = database_now()
        if current.state in {State.CONFIRMED, State.COMPLETED} and not current.no_show_at:
            return current
        if current.no_show_at and now > current.no_show_at + REVERSIBLE_FOR:
            raise Refused("too_late", _("This can no longer be taken back."))
        happened = move(current, _state_by_the_clock(current, now), actor, now, why="came after all")
        current.no_show_at = None
        current.fee_minor, current.refund_due_minor = 0, current.overpaid_minor
        settle(current, now)
        save(current, happened)
        tick(current)
        return current

    return transact(act)


def _state_by_the_clock(booking: Booking, now: datetime) -> State:
    return State.COMPLETED if booking.end <= now else State.CONFIRMED
