"""Disputes as rows: what the bank took, and what that means for refunds of the payment."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from django.db.models import QuerySet, Sum

from billing.gateway import client
from billing.gateway import refunds as gateway
from billing.gateway.refunds import Charged, DisputeFacts
from billing.payments.models import Dispute, Payment
from schemas.clock import database_now

TRANSFER = "dispute_transfer"
"""The kind of due work that moves a disputed destination charge's transfer."""
LOOK = "disputes"
"""The kind of due work that asks Stripe about a payment's disputes."""
RETRIES = {True: timedelta(days=1), False: timedelta(minutes=10)}
"""When a transfer is tried again that Stripe did not move: what it refused, such as for want of funds, every day."""
OVER = frozenset({"won", "lost", "warning_closed", "prevented"})
"""Stripe's words for a dispute that is decided."""
WAITING = frozenset({"needs_response", "warning_needs_response"})
"""Stripe's words for a dispute that nobody has answered."""
WON, LOST = "won", "lost"
INQUIRY = "warning_"
"""What Stripe's words for an inquiry begin with: no money is away yet, and a refund may still settle it."""


class Turn(Enum):
    """What is new about a dispute."""

    OPENED = auto()
    WON = auto()
    LOST = auto()


def freezing(payments: Collection[UUID]) -> QuerySet[Dispute]:
    """Open disputes that have the money of these payments: nothing is refunded meanwhile (R31)."""
    return Dispute.objects.filter(payment__in=payments, closed_at=None).exclude(status__startswith=INQUIRY)


def is_disputed(booking_id: UUID) -> bool:
    """Whether a bank has money of a booking, and has not decided yet."""
    of_booking = Dispute.objects.filter(booking_id=booking_id, payment__applied_at__isnull=False, closed_at=None)
    return of_booking.exclude(status__startswith=INQUIRY).exists()


def lost_minor(payment: Payment) -> int:
    """What the bank has given back to the customer, for good."""
    lost = Dispute.objects.filter(payment=payment, status=LOST).aggregate(sum=Sum("withdrawn_minor"))["sum"]
    return int(lost or 0)


def charged_of(payment: Payment) -> Charged:
    """Where Stripe has the charge of a payment."""
    if payment.charge_type == Payment.ChargeType.DIRECT:
        return Charged(payment.account_id, payment.intent_id, payment.currency)
    return Charged("", payment.intent_id, payment.currency, payment.account_id)


def won(payment: Payment) -> Dispute | None:
    """The dispute because of which the transfer of a destination charge was taken back, and given again."""
    if payment.charge_type == Payment.ChargeType.DIRECT:
        return None
    return Dispute.objects.filter(payment=payment, status=WON).order_by("-pk").first()


def move_transfer(dispute: Dispute) -> None:
    """Of a destination charge: take the venue's transfer back while the bank has the money, and give it again.

    As often as it is called; not inside a transaction. Each day's try has a key of its own, for under the old one
    Stripe would repeat its refusal; what a lost answer moved is found by its metadata.
    """
    charged, name = charged_of(dispute.payment), dispute.dispute_id
    today = database_now().date().isoformat()
    if dispute.withdrawn_minor:
        gateway.take_back(charged, name, dispute.withdrawn_minor, client.key(dispute.pk, "dispute", "reverse", today))
    elif dispute.closed_at:
        gateway.hand_over(charged, name, client.key(dispute.pk, "dispute", "transfer", today))


def note(payment: Payment, told: Iterable[DisputeFacts], now: datetime) -> list[tuple[Dispute, Turn]]:
    """Bring the rows of a payment, which is locked, up to date; what is new about each. What is over stays over."""
    rows = {row.dispute_id: row for row in Dispute.objects.filter(payment=payment)}
    turns = []
    for facts in told:
        row = rows.get(facts.dispute_id) or _new(payment, facts)
        turn = _turn(row, facts)
        if row.closed_at is None:
            row.status, row.amount_minor, row.reason = facts.status, facts.amount_minor, facts.reason[:60]
            row.evidence_due_at = facts.evidence_due_at
            row.closed_at = now if facts.status in OVER else None
        row.withdrawn_minor = facts.withdrawn_minor
        row.save()
        if turn:
            turns.append((row, turn))
    return turns


def _new(payment: Payment, facts: DisputeFacts) -> Dispute:
    return Dispute(
        dispute_id=facts.dispute_id,
        payment=payment,
        booking_id=payment.booking_id,
        currency=facts.currency,
        opened_at=facts.opened_at,
    )


def _turn(row: Dispute, facts: DisputeFacts) -> Turn | None:
    if row.closed_at is not None:
        return None
    if facts.status in OVER:
        return Turn.LOST if facts.status == LOST else Turn.WON
    was_inquiry = row.status.startswith(INQUIRY)
    is_new = row._state.adding or (was_inquiry and not facts.status.startswith(INQUIRY))
    return Turn.OPENED if is_new else None
