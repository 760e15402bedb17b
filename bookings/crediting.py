"""What an attempt to pay means for its booking: counting the money once, or having it returned.

Under the locks, in this order: resources, booking, payment. Matched on account, livemode, currency, amount, tenant and
booking before anything is confirmed (R26).
"""

import logging
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from billing.gateway.intents import Intent
from billing.payments import attempts
from billing.payments.attempts import CLOSED_BY_US, Seen
from billing.payments.models import Payment, Refund
from bookings import debit_letters, delivering, earning, lost, moves, papers, reclaiming, returns
from bookings.models import Booking, BookingEvent, Purchase
from bookings.records import SYSTEM, event
from bookings.states import State
from kernel import failpoints
from schemas import figures
from schemas.clock import database_now
from schemas.transactions import Again
from tenants import due, outbox, speech
from tenants.mail import in_house_language, tell_owners

log = logging.getLogger(__name__)

UNDER_WAY = frozenset({"processing", "requires_action"})
REFUSED = "payment_refused"
"""Topic of the outbox: a payment was refused. The reference is `<payment>:<how often>`; it may be told twice."""


def applied(payment_id: UUID, seen: Seen) -> Payment:
    """Bring an attempt and its booking up to what Stripe says, once; inside the caller's transaction."""
    try:
        return _applied(payment_id, seen)
    except (Booking.DoesNotExist, Purchase.DoesNotExist):  # the database is older than the payment
        return lost.applied(payment_id, seen)


def _applied(payment_id: UUID, seen: Seen) -> Payment:
    payment = Payment.objects.get(pk=payment_id)
    intent = seen.intent
    if intent is not None and not _is_its_own(payment, intent):
        log.error("tenant mismatch: intent %s is not what payment %s asked for", intent.id, payment_id)
        return payment
    if payment.is_of_purchase:
        return delivering.applied(payment, seen)
    came = intent is not None and intent.status == "succeeded"
    if came and not (payment.applied_at or payment.returned_at):
        reclaiming.lock(payment.booking_id)
    booking = moves.locked(payment.booking_id)
    payment = attempts.locked(payment_id)
    if intent is not None and payment.intent_id not in {"", intent.id}:
        raise Again  # it was told of its intent while we waited
    failpoints.hit("checkout.applying")
    now = database_now()
    was_over = payment.state not in Payment.UNFINISHED
    before, why = payment.state, payment.failure
    attempts.note(payment, seen, now)
    if came:
        assert intent is not None
        _came(booking, payment, intent, now)
    elif not was_over:
        _moved(booking, payment, intent, why, now)
        _tell_payer(booking, payment, intent, before, now)
    payment.save()
    return payment


def _is_its_own(payment: Payment, intent: Intent) -> bool:
    place = attempts.place_of(payment)
    metadata = attempts.metadata_of(payment)
    return (
        payment.intent_id in {"", intent.id}
        and intent.scope == place.scope
        and intent.is_live == payment.is_live
        and intent.destination == ("" if place.scope else payment.account_id)
        and all(intent.metadata.get(name) == value for name, value in metadata.items())
    )


def _came(booking: Booking, payment: Payment, intent: Intent, now: datetime) -> None:
    """Money is here: for this booking, or back to where it came from. Exactly one of the two, once."""
    payment.state, payment.failure = Payment.State.SUCCEEDED, ""
    payment.succeeded_at = payment.succeeded_at or now
    if payment.applied_at or payment.returned_at:
        return
    why = _unwanted(booking, payment, intent, now)
    if why is None:
        earning.earn(booking, payment.amount_minor, now, why=payment.method or "online")
        payment.applied_at = now
        _close_others(booking, payment, now)
        papers.receipt_due(payment.pk, now)
        return
    if why == Refund.Reason.MISMATCH:
        payment.currency, payment.amount_minor = intent.currency, intent.amount_minor
        payment.fee_minor = min(payment.fee_minor, intent.amount_minor)
        _tell_of_mismatch(booking, payment, now)
    payment.save()
    earning.nothing_under_way(booking, now)
    log.info("payment %s goes back: %s", payment.pk, why)
    returns.return_whole(payment, why, now)


def _close_others(booking: Booking, payment: Payment, now: datetime) -> None:
    """Have what could still be paid in another tab closed, once nothing is due any more (I4)."""
    other = None if booking.due_minor else attempts.unfinished(booking.pk)
    if other is not None and other.pk != payment.pk:
        due.schedule(moves.FOLLOW, other.pk, now)


def _unwanted(booking: Booking, payment: Payment, intent: Intent, now: datetime) -> Refund.Reason | None:
    """Why the money is not for this booking; None where it is, and then a booking that was over is there again."""
    if (intent.currency, intent.amount_minor) != (payment.currency, payment.amount_minor):
        return Refund.Reason.MISMATCH
    if payment.currency != booking.currency:
        return Refund.Reason.MISMATCH
    if booking.state in {State.CANCELLED, State.NO_SHOW}:
        return Refund.Reason.CANCELLED
    if earning.is_over(booking, now):
        is_kept = reclaiming.reclaim(booking, payment.amount_minor, now)
        figures.LATE_PAYMENTS.labels("kept" if is_kept else "given_back").inc()
        return None if is_kept else Refund.Reason.TOO_LATE
    return None if booking.due_minor else Refund.Reason.TWICE


@in_house_language()
def _tell_of_mismatch(booking: Booking, payment: Payment, now: datetime) -> None:
    words = {
        "booking": booking.reference_code,
        "amount": speech.money(payment.amount_minor, payment.currency),
    }
    log.error("payment %s: not the amount that was asked for", payment.pk)
    subject = _("Booking %(booking)s was paid with another amount than its own") % words
    text = _("%(amount)s came for booking %(booking)s, which is not what was asked for. It is returned as a whole.")
    tell_owners(f"mismatch:{payment.pk}", subject, text % words, now)


def _moved(booking: Booking, payment: Payment, intent: Intent | None, why: str, now: datetime) -> None:
    """The attempt goes on, was refused, or is over without money."""
    if payment.state == Payment.State.CANCELLED:
        earning.nothing_under_way(booking, now)
        if why not in CLOSED_BY_US:  # closing it ourselves says nothing about the booking
            _let_go(booking, now)
    elif intent is None:
        return
    elif intent.takes_days:
        earning.days_away(booking, now)
    elif intent.status in UNDER_WAY:
        if payment.extended_at is None and earning.under_way(booking, now):
            payment.extended_at = now
    elif intent.failure:
        earning.failed(booking, now)
        outbox.put(REFUSED, f"booking:{booking.pk}", f"{payment.pk}:{payment.failures}")
    else:
        earning.nothing_under_way(booking, now)


def _tell_payer(booking: Booking, payment: Payment, intent: Intent | None, before: str, now: datetime) -> None:
    """Write about what takes days: whoever pays so is not looking at a page when their bank decides."""
    if intent is None:
        return
    if intent.takes_days and before != Payment.State.PROCESSING:
        debit_letters.under_way(booking, payment, now)
    elif before == Payment.State.PROCESSING and payment.state == Payment.State.OPEN and intent.failure:
        debit_letters.failed(booking, payment, now)


def _let_go(booking: Booking, now: datetime) -> None:
    """Somebody cancelled it at Stripe: a hold ends now, and the clock gives its time to others."""
    if booking.state != State.HELD or earning.is_over(booking, now):
        return
    before = booking.hold_expires_at
    booking.hold_expires_at = booking.updated_at = now
    happened = event(booking, booking.state, SYSTEM, now, why="payment cancelled", act=BookingEvent.Act.CHANGED)
    moves.save(booking, happened, [("hold_expires_at", before and before.isoformat(), now.isoformat())])
    moves.tick(booking)
