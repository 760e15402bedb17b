"""What a booking is to be paid for now, and counting money that came online. Acts under the booking's lock.

Asking for the money is `bookings.checkout`, money that comes too late `bookings.reclaiming`.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bookings import waitlist
from bookings.facts import has_lapsed
from bookings.lifecycle import GIVEN_UP, LONGEST_HOLD, PAY_WITHIN
from bookings.models import Booking, BookingEvent
from bookings.moves import changed, check_live, move, save, settle, tick
from bookings.placing import HOLD_LASTS
from bookings.records import SYSTEM, Actor, event
from bookings.states import PaymentState, PaymentWay, PendingReason, State
from kernel.errors import Refused

OPEN = frozenset({PaymentState.UNPAID, PaymentState.PROCESSING, PaymentState.FAILED, PaymentState.DEPOSIT_PAID})
"""What a payment under way, or refused, may take the place of."""


@dataclass(frozen=True, slots=True)
class Payable:
    """Minor units to be paid now: to have the booking confirmed, or what is still open (`is_balance`)."""

    amount_minor: int
    is_balance: bool


def payable(booking: Booking, now: datetime) -> Payable:
    """What can be paid online now. Raises `Refused`: `hold_expired`, `approval_required`, `already_paid`,
    `nothing_due`, `payment_unavailable` where this is paid on site only, and `wrong_state`.
    """
    check_live(booking, now)
    if booking.state not in {State.HELD, State.PENDING, State.CONFIRMED, State.COMPLETED}:
        raise Refused("wrong_state", _("There is nothing to be paid for this booking any more."))
    if not booking.total_minor:
        raise Refused("nothing_due", _("This booking costs nothing."))
    if not booking.due_minor:
        raise Refused("already_paid", _("This booking is paid."))
    _check_approved(booking)
    if not booking.resource.pays_online:
        raise Refused("payment_unavailable", _("This cannot be paid in that way."))
    if not waits_for_money(booking):
        return Payable(booking.due_minor, is_balance=True)
    if not booking.due_now_minor:
        raise Refused("nothing_due", _("Nothing has to be paid before this booking is confirmed."))
    return Payable(booking.due_now_minor, is_balance=False)


def _check_approved(booking: Booking) -> None:
    waits = booking.pending_reason == PendingReason.APPROVAL
    if waits or (booking.state == State.HELD and booking.resource.needs_approval):
        raise Refused("approval_required", _("The venue has to say yes before you can pay."))


def waits_for_money(booking: Booking) -> bool:
    """Whether a payment is what confirms it."""
    return booking.state == State.HELD or booking.pending_reason == PendingReason.PAYMENT


def is_over(booking: Booking, now: datetime) -> bool:
    """Whether its time to be paid is over: expired, or lapsed and not tidied up."""
    return booking.state == State.EXPIRED or has_lapsed(booking.state, booking.hold_expires_at, now)


def earn(booking: Booking, amount_minor: int, now: datetime, why: str = "online") -> None:
    """Count money that came; what waited for it is confirmed by it.

    What is not enough for that (its price went up meanwhile) is kept for the rest to come; what is too much is to
    be given back. A hold on what needs approval goes to the venue first.
    """
    actor = payer_of(booking)
    before = _figures(booking)
    booking.paid_minor += amount_minor
    booking.refund_due_minor = booking.overpaid_minor
    booking.updated_at = now
    settle(booking, now)
    happened = event(booking, booking.state, actor, now, why=why, act=BookingEvent.Act.PAID)
    save(booking, happened, changed(before, _figures(booking)))
    if (waits_for_money(booking) or booking.state == State.EXPIRED) and not booking.due_now_minor:
        booking.payment_way = PaymentWay.ONLINE
        asks = booking.state == State.HELD and booking.resource.needs_approval
        save(booking, move(booking, State.PENDING if asks else State.CONFIRMED, actor, now, why="paid online"))
        waitlist.taken(booking)
    tick(booking)


def payer_of(booking: Booking) -> Actor:
    """Who paid, for the record: the customer, or a guest."""
    return (
        Actor.of(None) if booking.customer_id is None else Actor(BookingEvent.ActorKind.CUSTOMER, booking.customer_id)
    )


def _figures(booking: Booking) -> dict[str, object]:
    return {name: getattr(booking, name) for name in ("paid_minor", "refund_due_minor", "payment_state")}


def under_way(booking: Booking, now: datetime) -> bool:
    """Note that a payment is under way; a hold is extended for it, at most to half an hour in all (R18).

    Returns whether it was: the caller lets that happen once for a payment.
    """
    _say(booking, PaymentState.PROCESSING, now)
    if booking.state != State.HELD or booking.hold_expires_at is None or booking.hold_expires_at <= now:
        return False
    before = booking.hold_expires_at
    booking.hold_expires_at = max(before, min(now + HOLD_LASTS, booking.created_at + LONGEST_HOLD))
    if booking.hold_expires_at == before:
        return False
    happened = event(booking, booking.state, SYSTEM, now, why="payment under way", act=BookingEvent.Act.HOLD_EXTENDED)
    save(booking, happened, [("hold_expires_at", before.isoformat(), booking.hold_expires_at.isoformat())])
    tick(booking)
    return True


def days_away(booking: Booking, now: datetime) -> None:
    """The money is on a way that takes days: the slot is kept for a day at most, and until it begins (R19)."""
    _say(booking, PaymentState.PROCESSING, now)
    if booking.state != State.HELD or is_over(booking, now):
        return
    asks = booking.resource.needs_approval
    happened = move(booking, State.PENDING, payer_of(booking), now, why="payment takes days")
    if not asks:
        booking.pending_reason = PendingReason.PAYMENT
        booking.hold_expires_at = min(now + PAY_WITHIN, booking.start)
    booking.payment_way = PaymentWay.ONLINE
    save(booking, happened)
    waitlist.taken(booking)
    tick(booking)


def failed(booking: Booking, now: datetime) -> None:
    """A payment was refused: the hold stays as long as it was given, and another try may be made."""
    if waits_for_money(booking) and not is_over(booking, now) and not (booking.paid_minor or booking.credit_minor):
        _say(booking, PaymentState.FAILED, now)
    else:
        nothing_under_way(booking, now)


def nothing_under_way(booking: Booking, now: datetime) -> None:
    """No payment is under way any more: what the amounts say, counts."""
    if booking.payment_state not in {PaymentState.PROCESSING, PaymentState.FAILED}:
        return
    before, paid_at = booking.payment_state, booking.paid_at
    settle(booking, now)
    if booking.payment_state != before:
        booking.updated_at, booking.paid_at = now, paid_at or booking.paid_at
        Booking.objects.filter(pk=booking.pk).update(
            payment_state=booking.payment_state, paid_at=booking.paid_at, updated_at=now
        )


def _say(booking: Booking, state: PaymentState, now: datetime) -> None:
    if booking.payment_state not in OPEN - {state} or booking.state in GIVEN_UP:
        return
    booking.payment_state, booking.updated_at = state, now
    Booking.objects.filter(pk=booking.pk).update(payment_state=state, updated_at=now)
