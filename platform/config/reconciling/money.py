"""A tenant's payments, refunds and disputes against Stripe's, and what has been under way for too long."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from uuid import UUID

from billing.gateway.records import Recorded
from billing.payments import disputes, refunds
from billing.payments.models import Dispute, Payment, Refund
from bookings import checkout, contested, following, returns
from bookings.models import Booking, OnSitePayment
from config.reconciling.findings import Round, tried

LONG = timedelta(minutes=30)
"""So long money may be under way before somebody looks (RELIABILITY.md, 9)."""
STATES = {
    "succeeded": {Payment.State.SUCCEEDED},
    "canceled": {Payment.State.CANCELLED},
    "processing": {Payment.State.PROCESSING},
}
ANY_OPEN = {Payment.State.CREATED, Payment.State.OPEN, Payment.State.PROCESSING}


def payments(turn: Round) -> None:
    """Every intent that bears the tenant's name has an attempt here that says the same."""
    for recorded in turn.intents():
        payment = _named(recorded.metadata.get("forecourt_payment", ""))
        if payment is None:
            turn.add("payment", recorded.id, f"{recorded.status} at Stripe, unknown here", is_healed=False)
            continue
        heal = partial(checkout.look, payment.pk, recorded.id)
        _held_against(turn, "payment", partial(_payment_differs, payment.pk, recorded), heal, recorded)
    for payment in Payment.objects.filter(state__in=Payment.UNFINISHED, updated_at__lt=turn.now - LONG).order_by("pk"):
        before = payment.state
        tried(partial(following.follow, payment.pk))
        payment.refresh_from_db()
        if payment.state != before:
            turn.add("payment", payment.pk, f"was {before}, is {payment.state} at Stripe", is_healed=True)


def returned(turn: Round) -> None:
    """Every refund and dispute of the tenant's payments is here, in the state that Stripe says."""
    known = dict(Payment.objects.exclude(intent_id="").values_list("intent_id", "pk"))
    for recorded in turn.refunds():
        if recorded.intent_id in known:
            heal = partial(returns.look, known[recorded.intent_id])
            _held_against(turn, "refund", partial(_refund_differs, recorded), heal, recorded)
    for recorded in turn.disputes():
        if recorded.intent_id in known:
            look = partial(contested.look_at_disputes, known[recorded.intent_id])
            _held_against(turn, "dispute", partial(_dispute_differs, recorded), look, recorded)


def stuck(turn: Round) -> None:
    """Money that has been wanted, owed or under way for more than half an hour."""
    old = turn.now - LONG
    for refund in Refund.objects.filter(state=Refund.State.WANTED, created_at__lt=old).order_by("pk"):
        tried(partial(returns.carry_out, refund.pk))
        refund.refresh_from_db()
        turn.add("refund", refund.pk, "was never made at Stripe", is_healed=refund.state != Refund.State.WANTED)
    owed = Booking.objects.filter(refund_due_minor__gt=0, updated_at__lt=old).order_by("pk")
    for booking in owed:
        before = booking.refund_due_minor
        returns.pay_back(booking.pk)
        booking.refresh_from_db()
        if booking.refund_due_minor != before:
            turn.add("booking", booking.reference_code, "was owed money that nobody sent back", is_healed=True)


def adds_up(turn: Round) -> None:
    """Each booking says what came and went for it; money that came is counted or on its way back (I3)."""
    lost = Payment.objects.filter(state=Payment.State.SUCCEEDED, applied_at=None, returned_at=None)
    for payment in lost.order_by("pk"):
        tried(partial(checkout.look, payment.pk))
        payment.refresh_from_db()
        is_there = bool(payment.applied_at or payment.returned_at)
        turn.add("payment", payment.pk, "came, and was counted for nothing", is_healed=is_there)
    applied = _sums(Payment.objects.filter(applied_at__isnull=False).values_list("booking_id", "amount_minor"))
    taken = Refund.objects.filter(state__in=refunds.TAKEN, payment__applied_at__isnull=False)
    back = _sums(taken.values_list("booking_id", "amount_minor"))
    disputed = Dispute.objects.filter(status=disputes.LOST, payment__applied_at__isnull=False)
    gone = _sums(disputed.values_list("booking_id", "withdrawn_minor"))
    desk = _sums(OnSitePayment.objects.filter(booking__in=applied).values_list("booking_id", "amount_minor"))
    for booking in Booking.objects.filter(pk__in=applied).only("pk", "reference_code", "paid_minor").order_by("pk"):
        ours = applied[booking.pk] - back[booking.pk] - gone[booking.pk] + desk[booking.pk]
        if ours != booking.paid_minor:
            turn.add(
                "booking",
                booking.reference_code,
                f"says {booking.paid_minor} paid, its payments {ours}",
                is_healed=False,
            )


def _sums(rows: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    found: dict[UUID, int] = defaultdict(int)
    for booking, amount in rows:
        found[booking] += amount
    return found


def _held_against(
    turn: Round, subject: str, differs: Callable[[], str], heal: Callable[[], object], recorded: Recorded
) -> None:
    what = differs()
    if what:
        tried(heal)
        turn.add(subject, recorded.id, what, is_healed=not differs())


def _named(text: str) -> Payment | None:
    try:
        return Payment.objects.filter(pk=UUID(text)).first()
    except ValueError:
        return None


def _payment_differs(payment_id: UUID, recorded: Recorded) -> str:
    payment = Payment.objects.get(pk=payment_id)
    if payment.state not in STATES.get(recorded.status, ANY_OPEN):
        return f"{recorded.status} at Stripe, {payment.state} here"
    if (payment.amount_minor, payment.currency) != (recorded.amount_minor, recorded.currency):
        return f"{recorded.amount_minor} {recorded.currency} at Stripe, {payment.amount_minor} {payment.currency} here"
    if payment.state == Payment.State.SUCCEEDED and not (payment.applied_at or payment.returned_at):
        return "came, and was counted for nothing"
    return ""


def _refund_differs(recorded: Recorded) -> str:
    refund = Refund.objects.filter(refund_id=recorded.id).first()
    if refund is None:
        return f"{recorded.status} at Stripe, unknown here"
    return (
        "" if refund.state == refunds.STATES[recorded.status] else f"{recorded.status} at Stripe, {refund.state} here"
    )


def _dispute_differs(recorded: Recorded) -> str:
    dispute = Dispute.objects.filter(dispute_id=recorded.id).first()
    if dispute is None:
        return f"{recorded.status} at Stripe, unknown here"
    return "" if dispute.status == recorded.status else f"{recorded.status} at Stripe, {dispute.status} here"
