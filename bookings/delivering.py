"""What an attempt to pay means for its purchase: giving what was bought once, or having the money returned.

As `bookings.crediting` does it for bookings, which has matched account, livemode, tenant and purchase already (R26).
Under the locks, in this order: the customer, the purchase, what it gives, the payment.
"""

import logging
from datetime import datetime

from billing.gateway.intents import Intent
from billing.payments import attempts
from billing.payments.attempts import Seen
from billing.payments.models import Payment, Refund
from bookings import returns
from bookings.models import Purchase
from bookings.moves import FOLLOW, RECEIPT
from bookings.purchases import granting, letters, rows
from kernel import failpoints
from kernel.errors import Refused
from schemas.clock import database_now
from schemas.transactions import Again
from tenants import due

log = logging.getLogger(__name__)


def applied(payment: Payment, seen: Seen) -> Payment:
    """Bring an attempt and its purchase up to what Stripe says, once; inside the caller's transaction."""
    intent = seen.intent
    purchase = rows.locked(payment.booking_id)
    payment = attempts.locked(payment.pk)
    if intent is not None and payment.intent_id not in {"", intent.id}:
        raise Again  # it was told of its intent while we waited
    failpoints.hit("checkout.applying")
    now = database_now()
    before = payment.state
    attempts.note(payment, seen, now)
    if intent is not None and intent.status == "succeeded":
        _came(purchase, payment, intent, now)
    elif before == Payment.State.PROCESSING and payment.state == Payment.State.OPEN:
        letters.failed(purchase, payment, now)
    payment.save()
    return payment


def _came(purchase: Purchase, payment: Payment, intent: Intent, now: datetime) -> None:
    """Money is here: for this purchase, or back to where it came from. Exactly one of the two, once."""
    payment.state, payment.failure = Payment.State.SUCCEEDED, ""
    payment.succeeded_at = payment.succeeded_at or now
    if payment.applied_at or payment.returned_at:
        return
    why = _unwanted(purchase, payment, intent)
    if why is None:
        deliver(purchase, payment.amount_minor, now)
        payment.applied_at = now
        _close_others(payment, now)
        due.schedule(RECEIPT, payment.pk, now)
        return
    if why == Refund.Reason.MISMATCH:
        payment.currency, payment.amount_minor = intent.currency, intent.amount_minor
        payment.fee_minor = min(payment.fee_minor, intent.amount_minor)
        letters.mismatch(purchase, payment, now)
    payment.save()
    log.info("payment %s goes back: %s", payment.pk, why)
    returns.return_whole(payment, why, now)


def deliver(purchase: Purchase, paid_minor: int, now: datetime) -> None:
    """Count the money of a purchase that is locked, and give what was bought."""
    granting.give(purchase, now)
    purchase.state, purchase.paid_minor = Purchase.State.PAID, paid_minor
    purchase.paid_at = purchase.updated_at = now
    purchase.save()


def _close_others(payment: Payment, now: datetime) -> None:
    """Have what could still be paid in another tab closed (I4)."""
    other = attempts.unfinished(payment.booking_id)
    if other is not None and other.pk != payment.pk:
        due.schedule(FOLLOW, other.pk, now)


def _unwanted(purchase: Purchase, payment: Payment, intent: Intent) -> Refund.Reason | None:
    """Why the money is not for this purchase; None where it is. Late is not too late: nothing is lost by waiting."""
    agreed = (purchase.currency, purchase.price_minor)
    if (intent.currency, intent.amount_minor) != (payment.currency, payment.amount_minor) or agreed != (
        payment.currency,
        payment.amount_minor,
    ):
        return Refund.Reason.MISMATCH
    if purchase.state == Purchase.State.DROPPED or not purchase.customer.is_active:
        return Refund.Reason.CANCELLED
    if purchase.state != Purchase.State.OPEN:
        return Refund.Reason.TWICE
    try:
        granting.check_can_have(purchase)
    except Refused:
        return Refund.Reason.TWICE
    return None
