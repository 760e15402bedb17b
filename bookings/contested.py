"""When a customer's bank takes a payment back: the booking says so, refunds wait, and the owners are told in time."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from django.utils.translation import gettext as _

from billing.gateway import refunds as gateway
from billing.gateway.trouble import ProviderTrouble
from billing.payments import disputes
from billing.payments.disputes import Turn
from billing.payments.models import Dispute, Payment, Refund
from bookings import moves, returns
from bookings.letters import composing
from bookings.letters.wording import Words
from bookings.models import Booking, BookingEvent, StaffNote
from bookings.moves import locked
from bookings.purchases import repaying
from bookings.purchases import rows as purchases
from bookings.records import SYSTEM, event
from kernel.money import as_text
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, speech
from tenants.mail import in_house_language
from tenants.zones import zone

log = logging.getLogger(__name__)


def look_at_disputes(payment_id: UUID) -> None:
    """Bring a payment's disputes up to date with Stripe; in any order, any number of times.

    An open one freezes refunds of the payment: what is owed waits, goes out once it is won, and is not owed any
    more once it is lost, for then the bank has returned it (R31).
    """
    payment = Payment.objects.get(pk=payment_id)
    if not payment.intent_id:
        return
    told = gateway.disputes_of(disputes.charged_of(payment))

    def act() -> None:
        tell = _teller(payment)
        current = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
        now = database_now()
        for dispute, turn in disputes.note(current, told, now):
            tell(current, dispute, turn, now)
            if turn == Turn.WON and current.returned_at:
                returns.return_whole(current, _why(current), now)
            if current.charge_type == Payment.ChargeType.DESTINATION:
                due.schedule(disputes.TRANSFER, dispute.pk, now)

    transact(act)


def _teller(payment: Payment) -> Callable[[Payment, Dispute, Turn, datetime], None]:
    """Locks what was paid for, and counts and tells news about a dispute for it."""
    if payment.is_of_purchase:
        return partial(repaying.count_dispute, purchases.locked(payment.booking_id))
    return partial(_hear, locked(payment.booking_id))


def _hear(booking: Booking, payment: Payment, dispute: Dispute, turn: Turn, now: datetime) -> None:
    if payment.applied_at:
        _count(booking, dispute, turn, now)
    _tell(booking, dispute, turn, now)


def _why(payment: Payment) -> str:
    first = payment.refunds.order_by("created_at").first()
    return first.reason if first else Refund.Reason.TOO_LATE


def move_transfer(dispute_pk: int) -> str:
    """Of a destination charge: take the venue's transfer back while the bank has the money, and give it again.

    What Stripe does not do now is tried again for ever, and daily where it refuses, such as for want of funds on the
    platform's balance: it is the venue's money, or the platform's. Answers why not, empty once it is done.
    """
    dispute = Dispute.objects.select_related("payment").get(pk=dispute_pk)
    try:
        disputes.move_transfer(dispute)
    except ProviderTrouble as trouble:
        due.schedule(disputes.TRANSFER, dispute_pk, database_now() + disputes.RETRIES[trouble.is_lasting])
        log.error("transfer of dispute %s has not moved: %s", dispute.dispute_id, trouble.why)
        return trouble.why
    return ""


def look_at_warnings(payment_id: UUID) -> None:
    """Early fraud warnings: a note for the team that proposes a refund, before there is a dispute; each once."""
    payment = Payment.objects.get(pk=payment_id)
    told = gateway.warnings_of(disputes.charged_of(payment))

    def act() -> None:
        now = database_now()
        if payment.is_of_purchase:
            purchase = purchases.locked(payment.booking_id)
            for warning in told:
                repaying.warn(purchase, warning, now)
            return
        booking = locked(payment.booking_id)
        for warning in told:
            known = StaffNote.objects.filter(booking=booking, text__contains=warning.warning_id)
            if warning.is_actionable and not known.exists():
                _warn(booking, warning, now)

    transact(act)


@in_house_language()
def _warn(booking: Booking, warning: gateway.WarningFacts, now: datetime) -> None:
    text = _(
        "The card's bank reports this payment as fraud (%(kind)s). A refund now avoids a dispute and its fee: look at"
        " the booking and decide."
    ) % {"kind": warning.kind.replace("_", " ")}
    StaffNote.objects.create(booking=booking, text=f"{text} [{warning.warning_id}]", at=now)
    subject = _("Warning of fraud for booking %(booking)s") % {"booking": booking.reference_code}
    composing.tell_owners(f"fraud:{warning.warning_id}", Words(subject, text), booking, now)


def _count(booking: Booking, dispute: Dispute, turn: Turn, now: datetime) -> None:
    """Count one piece of news for the booking, which is locked."""
    before = booking.paid_minor, booking.payment_state
    if turn == Turn.LOST:
        booking.paid_minor = max(0, booking.paid_minor - dispute.withdrawn_minor)
        booking.refund_due_minor = booking.returnable_minor
    returns.stand(booking, now)
    if turn == Turn.OPENED and dispute.status.startswith(disputes.INQUIRY):
        return
    booking.updated_at = now
    changes = [
        (name, old, new)
        for name, old, new in zip(
            ("paid_minor", "payment_state"), before, (booking.paid_minor, booking.payment_state), strict=True
        )
        if old != new
    ]
    why = f"{dispute.status} {as_text(dispute.amount_minor, booking.currency)}"
    happened = event(booking, booking.state, SYSTEM, now, why=why, act=BookingEvent.Act.DISPUTED)
    moves.save(booking, happened, changes)


@in_house_language()
def _tell(booking: Booking, dispute: Dispute, turn: Turn, now: datetime) -> None:
    words = {
        "amount": speech.money(dispute.amount_minor, dispute.currency),
        "booking": booking.reference_code,
        "reason": dispute.reason.replace("_", " "),
        "until": "",
    }
    if turn == Turn.OPENED:
        subject = _("A payment for booking %(booking)s is disputed")
        text = _("The customer's bank disputes %(amount)s for booking %(booking)s: %(reason)s.")
        if dispute.evidence_due_at:
            here = zone(booking.time_zone)
            due_at = dispute.evidence_due_at
            words["until"] = f"{speech.day(due_at, here)}, {speech.clock(due_at, here)}"
            text += "\n" + _("Answer it with evidence in your Stripe dashboard until %(until)s, else it is lost.")
    elif turn == Turn.WON:
        subject = _("The dispute about booking %(booking)s is over")
        text = _("The dispute about %(amount)s for booking %(booking)s is over, and you keep the money.")
    else:
        subject = _("The dispute about booking %(booking)s is lost")
        text = _("The bank has decided: %(amount)s for booking %(booking)s went back to the customer.")
    told = Words(subject % words, text % words)
    composing.tell_owners(f"dispute-{turn.name.lower()}:{dispute.dispute_id}", told, booking, now)
