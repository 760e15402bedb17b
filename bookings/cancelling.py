"""Giving up: what comes back, and doing it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bookings import balances, claims, terms
from bookings.facts import has_lapsed
from bookings.models import Booking, Occupancy
from bookings.moves import locked, move, save
from bookings.records import Actor
from bookings.states import LIVE, CancelReason, PaymentState, State
from bookings.terms import NOTHING, Outcome
from kernel.errors import Invalid, Refused
from schemas.clock import database_now
from schemas.transactions import transact


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Why a booking is cancelled. `fee_minor`: staff charge this instead of what the policy says."""

    reason: CancelReason = CancelReason.USER_REQUEST
    notes: str = ""
    fee_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a cancellation does with the money, in minor units.

    `refund_minor` of what was paid comes back, `credit_back_minor` to the gift credit; `owed_minor` of the
    fee is still to be paid. `hours_kept`: basis points of the prepaid minutes that are lost.
    """

    fee_minor: int
    refund_minor: int
    credit_back_minor: int
    owed_minor: int
    hours_kept: int
    is_grace: bool = False


def can_cancel(booking: Booking, actor: Actor, now: datetime) -> bool:
    """Whether `cancel` would say yes: a live booking, for customers before it starts."""
    if booking.state not in LIVE or has_lapsed(booking.state, booking.hold_expires_at, now):
        return False
    last = booking.end if actor.is_staff else booking.start
    return now < last


def preview(booking: Booking, actor: Actor, why: Cancellation, now: datetime) -> Settlement:
    """Exactly what `cancel` would do with the money at this moment. `Refused` where it would say no."""
    if not can_cancel(booking, actor, now):
        raise Refused("not_cancellable", _("This booking can no longer be cancelled."))
    return settlement(booking, _outcome(booking, actor, why, now))


def settlement(booking: Booking, outcome: Outcome) -> Settlement:
    """Gift credit pays the fee first, then what was paid; the rest goes back where it came from."""
    credit_kept = min(booking.credit_minor, outcome.fee_minor)
    paid_kept = min(booking.paid_minor, outcome.fee_minor - credit_kept)
    return Settlement(
        fee_minor=outcome.fee_minor,
        refund_minor=booking.paid_minor - paid_kept,
        credit_back_minor=booking.credit_minor - credit_kept,
        owed_minor=outcome.fee_minor - credit_kept - paid_kept,
        hours_kept=outcome.hours_kept,
        is_grace=outcome.is_grace,
    )


def cancel(booking: Booking, actor: Actor, why: Cancellation) -> Booking:
    """Give the time back. A second cancel answers with the first one's result; too late is `Refused`."""

    def act() -> Booking:
        claims.lock_of(booking.pk)
        current = locked(booking.pk)
        now = database_now()
        if current.state == State.CANCELLED:
            return current
        give_up(current, actor, why, now)
        return current

    return transact(act)


def give_up(booking: Booking, actor: Actor, why: Cancellation, now: datetime) -> None:
    """Cancel a booking that is locked together with its resources."""
    done = preview(booking, actor, why, now)
    booking.cancelled_at = now
    booking.cancel_reason, booking.cancel_notes = why.reason, why.notes
    booking.fee_minor, booking.refund_due_minor = done.fee_minor, done.refund_minor
    balances.give_back(booking, now, booking.credit_minor - done.credit_back_minor, done.hours_kept)
    booking.credit_minor -= done.credit_back_minor
    if booking.payment_state == PaymentState.PAID and not booking.paid_minor and not booking.credit_minor:
        booking.payment_state = PaymentState.REFUNDED  # gift credit alone had paid, and all of it is back
    save(booking, move(booking, State.CANCELLED, actor, now, why=str(why.reason)))
    Occupancy.objects.filter(booking=booking).delete()


def _outcome(booking: Booking, actor: Actor, why: Cancellation, now: datetime) -> Outcome:
    if why.fee_minor is not None:
        if not actor.is_staff or why.fee_minor > booking.total_minor:
            raise Invalid("fee_invalid", _("The fee cannot be more than the price."))
        return Outcome(why.fee_minor, 0)
    if booking.state != State.CONFIRMED or (actor.is_staff and why.reason == CancelReason.OTHER):
        # Nothing was promised yet, or it is the venue that breaks the promise.
        return Outcome(terms.fee(NOTHING, booking), 0)
    return terms.outcome(terms.agreed(booking), booking, why.reason, now)
