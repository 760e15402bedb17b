"""What Stripe says of refunds and disputes of a purchase's payments, counted for the purchase, which is locked."""

from datetime import datetime, timedelta

from billing.gateway.refunds import WarningFacts
from billing.payments import refunds
from billing.payments.disputes import Turn
from billing.payments.models import Dispute, Payment, Refund
from billing.payments.refunds import Step
from bookings.models import Purchase
from bookings.moves import CREDIT_NOTE
from bookings.purchases import granting, letters
from schemas.clock import database_now
from tenants import due

LATE = timedelta(hours=1)
"""So long a refund may wait for Stripe before the owners hear of it."""


def count(purchase: Purchase, payment: Payment, steps: list[tuple[Refund, Step]], now: datetime) -> None:
    """Count news of refunds, and tell of them; `payment` is locked."""
    for refund, step in steps:
        if payment.applied_at:
            _move(purchase, refund, step, now)
        _tell(purchase, refund, step, now)


def _move(purchase: Purchase, refund: Refund, step: Step, now: datetime) -> None:
    if step == Step.TAKEN:
        _lose(purchase, refund.amount_minor, now)
    elif step == Step.CAME_BACK:
        purchase.paid_minor += refund.amount_minor
        purchase.updated_at = now
        purchase.save()


def _lose(purchase: Purchase, amount_minor: int, now: datetime) -> None:
    """So much of its money is gone; with the last of it goes what the customer has of it."""
    purchase.paid_minor = max(0, purchase.paid_minor - amount_minor)
    purchase.updated_at = now
    if not purchase.paid_minor and purchase.state == Purchase.State.PAID:
        granting.take(purchase, now)
        purchase.state, purchase.ended_at = Purchase.State.RETURNED, now
    purchase.save()


def _tell(purchase: Purchase, refund: Refund, step: Step, now: datetime) -> None:
    is_counted = bool(refund.payment.applied_at)
    if step in {Step.TAKEN, Step.CAME_BACK} and is_counted:
        due.schedule(CREDIT_NOTE, refund.pk, now)
    elif step == Step.TAKEN:
        letters.goes_back(purchase, refund, now)
    elif step == Step.CAME_BACK:
        letters.came_back(purchase, refund, now)
    if step in {Step.REFUSED, Step.CAME_BACK} and refund.failure not in refunds.DISPUTED:
        letters.alert(purchase, refund, now)


def warn_if_late(refund: Refund) -> None:
    """Before the clock gives up on a refund, somebody hears of it (I13)."""
    now = database_now()
    if now - refund.created_at >= LATE:
        letters.is_late(Purchase.objects.get(pk=refund.booking_id), refund, now)


def count_dispute(purchase: Purchase, payment: Payment, dispute: Dispute, turn: Turn, now: datetime) -> None:
    """Count one piece of news about a dispute, and tell the owners."""
    if payment.applied_at and turn == Turn.LOST:
        _lose(purchase, dispute.withdrawn_minor, now)
    letters.disputed(purchase, dispute, turn, now)


def warn(purchase: Purchase, warning: WarningFacts, now: datetime) -> None:
    """Tell the owners of an early fraud warning, once."""
    if warning.is_actionable:
        letters.warned(purchase, warning.warning_id, warning.kind, now)
