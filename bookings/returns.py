"""Giving money back: what is owed goes the way it came, and what Stripe says about it is counted for the booking.

`refund_due_minor` (owed) > `refunding_minor` (planned) > out of `paid_minor` (Stripe has it). What was paid at the
desk, and what Stripe cannot return, stays owed for the desk.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from billing.gateway import refunds as gateway
from billing.gateway.trouble import Gone, ProviderTrouble, Revoked
from billing.payments import disputes, refunds
from billing.payments.models import Payment, Refund
from billing.payments.refunds import Impossible, Step
from bookings import goodwill, moves, papers, refund_letters
from bookings.lifecycle import GIVEN_UP
from bookings.models import Booking, BookingEvent, OnSitePayment, Purchase
from bookings.moves import locked, settle
from bookings.purchases import repaying
from bookings.purchases import rows as purchases
from bookings.records import SYSTEM, Actor, event
from bookings.states import PaymentState
from kernel import failpoints
from kernel.money import as_text
from schemas.clock import database_now
from schemas.transactions import transact

WHY = {True: Refund.Reason.CANCELLED, False: Refund.Reason.CHANGED}
BACK = frozenset({PaymentState.REFUNDED, PaymentState.PARTIALLY_REFUNDED})


def pay_back(booking_id: UUID) -> None:
    """Plan the refunds of what a booking is owed, the newest payment first; as often as it is called.

    Payments that a bank disputes wait, and those of which a refund has failed are for people to decide.
    """

    def act() -> None:
        booking = locked(booking_id)
        if not booking.refund_due_minor:
            return
        failpoints.hit("returns.read")
        now = database_now()
        payments = refunds.refundable(booking_id)
        stuck = refunds.stuck([payment.pk for payment in payments])
        planned = 0
        for payment in payments:
            left = min(booking.refund_due_minor - planned, refunds.left_minor(payment))
            part = refunds.movable(left, payment.currency)
            if part and payment.pk not in stuck:
                refunds.plan(payment, part, WHY[booking.state in GIVEN_UP], now)
                planned += part
        if planned:
            Booking.objects.filter(pk=booking_id).update(
                refund_due_minor=booking.refund_due_minor - planned,
                refunding_minor=booking.refunding_minor + planned,
                updated_at=now,
            )

    transact(act)


def carry_out(refund_id: UUID) -> None:
    """Have Stripe make a refund that is wanted, and count what it says; as often as it is called (R30).

    Raises `ProviderTrouble` where Stripe may do it at another time.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state != Refund.State.WANTED:
        return
    try:
        told = [refunds.send(refund)]
    except Impossible as no:
        _count(refund.payment, _told_there(refund.payment), refused=(refund, str(no)))
    except ProviderTrouble:
        warn = repaying.warn_if_late if refund.payment.is_of_purchase else refund_letters.warn_if_late
        transact(lambda: warn(refund))
        raise
    else:
        failpoints.hit("refund.made")
        _count(refund.payment, told)


def _told_there(payment: Payment) -> list[gateway.RefundFacts]:
    """The refunds that there are instead of the one that was refused, if we may still look."""
    try:
        return gateway.of(disputes.charged_of(payment))
    except (Gone, Revoked):
        return []


def look(payment_id: UUID) -> None:
    """Bring a payment's refunds up to date with Stripe: made there, failed, gone through. In any order, any number.

    Money that was not counted for the booking yet is `checkout.look`'s business, and comes first.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.state != Payment.State.SUCCEEDED or not (payment.applied_at or payment.returned_at):
        return
    _count(payment, gateway.of(disputes.charged_of(payment)))


def return_whole(payment: Payment, reason: str, now: datetime) -> None:
    """Return everything of money that came too late, twice or wrong: not counted for the booking (R14).

    In the transaction of the caller, who has locked the payment, set it to `succeeded` and saved it. Again after a
    refund that failed: what is left of it.
    """
    payment.returned_at = payment.returned_at or now
    payment.save(update_fields=["returned_at"])
    left = refunds.left_minor(payment)
    if left:
        refunds.plan(payment, left, reason, now)


def return_again(booking: Booking, actor: Actor) -> int:
    """Staff have another try at money that was never the booking's and whose refund failed; how much that is."""

    def act() -> int:
        current = locked(booking.pk)
        now = database_now()
        ids = [payment.pk for payment in refunds.unreturned(current.pk)]
        planned = 0
        for payment in Payment.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"):
            planned += refunds.left_minor(payment)
            return_whole(payment, payment.refunds.earliest("created_at").reason, now)
        if planned:
            why = as_text(planned, current.currency)
            happened = event(current, current.state, actor, now, why=why, act=BookingEvent.Act.REFUNDED)
            moves.save(current, happened, [])
        return planned

    return transact(act)


def _count(payment: Payment, told: Iterable[gateway.RefundFacts], refused: tuple[Refund, str] | None = None) -> None:
    told = list(told)

    def act() -> None:
        if payment.is_of_purchase:
            purchase = purchases.locked(payment.booking_id)
            current, steps, now = _noted(payment, told, refused)
            repaying.count(purchase, current, steps, now)
            return
        booking = locked(payment.booking_id)
        current, steps, now = _noted(payment, told, refused)
        for refund, step in steps:
            if current.applied_at:
                _move(booking, refund, step, now)
            _tell(booking, refund, step, now)

    def act_alone() -> None:
        _noted(payment, told, refused)

    try:
        transact(act)
    except (Booking.DoesNotExist, Purchase.DoesNotExist):  # `bookings.lost`
        transact(act_alone)


def _noted(
    payment: Payment, told: list[gateway.RefundFacts], refused: tuple[Refund, str] | None
) -> tuple[Payment, list[tuple[Refund, Step]], datetime]:
    """The payment, which is locked now, and what is new about its refunds; what it is for was locked before."""
    current = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    now = database_now()
    steps = refunds.refuse(*refused, now) if refused else []
    if steps:
        current.refresh_from_db()
    steps += refunds.note(current, told, now)
    return current, steps, now


def _move(booking: Booking, refund: Refund, step: Step, now: datetime) -> None:
    """Count one piece of news for the booking, which is locked."""
    if step == Step.SUCCEEDED:
        return
    amount = refund.amount_minor
    before = booking.paid_minor
    if step == Step.TAKEN:
        if refund.reason == Refund.Reason.ELSEWHERE:
            owed = booking.refund_due_minor + booking.refunding_minor
            most = booking.total_minor - booking.credit_minor
            goodwill.lower(booking, min(amount - owed, most, booking.paid_minor))
        booking.paid_minor = max(0, booking.paid_minor - amount)
    elif step == Step.CAME_BACK:
        booking.paid_minor += amount
    booking.refunding_minor = refunds.under_way_minor(booking.pk)
    booking.refund_due_minor = booking.returnable_minor
    booking.updated_at = now
    stand(booking, now)
    why = as_text(amount, booking.currency)
    if step != Step.TAKEN:
        why = f"{why}: {refund.failure or 'failed'}"
    actor = Actor(BookingEvent.ActorKind.STAFF, refund.asked_by_id) if refund.asked_by_id else SYSTEM
    happened = event(booking, booking.state, actor, now, why=why, act=BookingEvent.Act.REFUNDED)
    moves.save(booking, happened, [("paid_minor", before, booking.paid_minor)] if before != booking.paid_minor else [])


def stand(booking: Booking, now: datetime) -> None:
    """Work out `payment_state` after money went back or was taken back, or came again after all."""
    if disputes.is_disputed(booking.pk):
        booking.payment_state = PaymentState.DISPUTED
        return
    was = booking.payment_state
    booking.payment_state = PaymentState.UNPAID
    returned = _returned_minor(booking)
    kept = booking.paid_minor + booking.credit_minor
    is_over = not (booking.refund_due_minor or booking.refunding_minor)
    if booking.state in GIVEN_UP:
        if returned and is_over:
            booking.payment_state = PaymentState.PARTIALLY_REFUNDED if kept else PaymentState.REFUNDED
        elif was in BACK or was == PaymentState.DISPUTED:
            booking.payment_state = _came(kept + returned, booking.total_minor)
        else:
            booking.payment_state = was
        return
    settle(booking, now)
    if returned and is_over and not booking.due_minor:
        booking.payment_state = PaymentState.PARTIALLY_REFUNDED if kept else PaymentState.REFUNDED


def _came(minor: int, total: int) -> PaymentState:
    if minor >= total:
        return PaymentState.PAID
    return PaymentState.DEPOSIT_PAID if minor else PaymentState.UNPAID


def _returned_minor(booking: Booking) -> int:
    payments = Payment.objects.filter(booking_id=booking.pk, applied_at__isnull=False)
    by_banks = sum(disputes.lost_minor(payment) for payment in payments)
    at_desk = OnSitePayment.objects.filter(booking=booking, amount_minor__lt=0).values_list("amount_minor", flat=True)
    return refunds.returned_minor(booking.pk) + by_banks - sum(at_desk)


def _tell(booking: Booking, refund: Refund, step: Step, now: datetime) -> None:
    """One letter to the customer: the credit note, or about money that was never counted one of its own (R14)."""
    if step == Step.TAKEN and refund.payment.applied_at:
        papers.credit_note_due(refund.pk, now)
    elif step == Step.TAKEN:
        refund_letters.goes_back(booking, refund, now)
    elif step in {Step.REFUSED, Step.CAME_BACK} and refund.failure not in refunds.DISPUTED:
        refund_letters.alert(booking, refund, now)
    if step == Step.CAME_BACK and refund.payment.applied_at:  # the credit note was wrong: a receipt over the same
        papers.credit_note_due(refund.pk, now)
    elif step == Step.CAME_BACK:
        refund_letters.came_back(booking, refund, now)
