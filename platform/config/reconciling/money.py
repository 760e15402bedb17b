"""A tenant's payments, refunds and disputes against Stripe's, and what has been under way for too long."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Exists, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.gateway.records import Recorded
from billing.gateway.trouble import Gone, ProviderTrouble
from billing.payments import attempts, disputes, refunds
from billing.payments.models import Dispute, Payment, Refund
from bookings import checkout, contested, following, returns
from bookings.models import Booking, OnSitePayment, Purchase
from config.reconciling import restored
from config.reconciling.findings import PAGE, Round, tried
from tenants.models import DueWork

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
    for page in turn.intents():
        names = {each.id: _uuid(each.metadata.get("forecourt_payment", "")) for each in page}
        known = Payment.objects.in_bulk([name for name in names.values() if name])
        for recorded in page:
            payment = known.get(names[recorded.id])
            if payment is None:
                _unknown(turn, names[recorded.id], recorded)
            elif what := _payment_differs(payment, recorded):
                tried(partial(checkout.look, payment.pk, recorded.id))
                payment.refresh_from_db()
                turn.add("payment", recorded.id, what, is_healed=_is_healed(payment, recorded))
    for payment in Payment.objects.filter(state__in=Payment.UNFINISHED, updated_at__lt=turn.now - LONG).order_by("pk"):
        before = payment.state
        tried(partial(following.follow, payment.pk))
        payment.refresh_from_db()
        if payment.state != before:
            turn.add("payment", payment.pk, f"was {before}, is {payment.state} at Stripe", is_healed=True)


def _unknown(turn: Round, name: UUID | None, recorded: Recorded) -> None:
    """An intent that says it is of an attempt which is not here: known again, if a restore has lost it."""
    payment = restored.recovered(turn, name, recorded)
    if payment is not None:
        tried(partial(checkout.look, payment.pk, recorded.id))
        for refund in Refund.objects.filter(payment=payment, state=Refund.State.WANTED):
            tried(partial(returns.carry_out, refund.pk))
        payment.refresh_from_db()
    is_healed = payment is not None and _is_healed(payment, recorded)
    turn.add("payment", recorded.id, f"{recorded.status} at Stripe, unknown here", is_healed=is_healed)


def returned(turn: Round) -> None:
    """Every refund and dispute of the tenant's payments is here, in the state that Stripe says."""
    for page in turn.refunds():
        _held_against(turn, "refund", page, Telling(Refund.objects.all(), "refund_id", refunds.STATES, returns.look))
    look = contested.look_at_disputes
    for page in turn.disputes():
        _held_against(turn, "dispute", page, Telling(Dispute.objects.all(), "dispute_id", {}, look))


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


def not_arriving(turn: Round) -> None:
    """Money that goes back, or to the venue again, and did not arrive: people have to see to it, or to the funds."""
    failed = Refund.objects.filter(payment=OuterRef("pk"), state=Refund.State.FAILED)
    rows = Payment.objects.filter(Exists(failed), state=Payment.State.SUCCEEDED).order_by("pk")
    still_owed = Booking.objects.filter(pk__in=rows.values("booking_id"), refund_due_minor__gt=0)
    stuck = refunds.stuck([payment.pk for payment in rows])
    due = dict(still_owed.values_list("pk", "reference_code"))
    kept = Purchase.objects.filter(pk__in=rows.values("booking_id"), state=Purchase.State.RETURNED, paid_minor__gt=0)
    due |= dict(kept.values_list("pk", "reference"))
    for payment in rows.iterator(PAGE):
        is_owed = payment.applied_at and payment.pk in stuck and payment.booking_id in due
        if refunds.left_minor(payment) and (is_owed or payment.returned_at):
            turn.add("refund", payment.intent_id, "failed, and the money is still owed", is_healed=False)
    waiting = DueWork.objects.filter(schema_name=turn.tenant.schema_name, kind=disputes.TRANSFER).order_by("pk")
    for work in waiting:
        why = contested.move_transfer(int(work.object_id))
        if why:
            turn.add("dispute", work.object_id, f"its transfer has not moved: {why}", is_healed=False)


def adds_up(turn: Round) -> None:
    """Each booking says what came and went for it; money that came is counted or on its way back (I3)."""
    lost = Payment.objects.filter(state=Payment.State.SUCCEEDED, applied_at=None, returned_at=None)
    for payment in lost.order_by("pk"):
        tried(partial(checkout.look, payment.pk))
        payment.refresh_from_db()
        is_there = bool(payment.applied_at or payment.returned_at)
        turn.add("payment", payment.pk, "came, and was counted for nothing", is_healed=is_there)
    applied = Payment.objects.filter(applied_at__isnull=False)
    back = Refund.objects.filter(state__in=refunds.TAKEN, payment__applied_at__isnull=False)
    gone = Dispute.objects.filter(status=disputes.LOST, payment__applied_at__isnull=False)
    went = _sum(back, "amount_minor") + _sum(gone, "withdrawn_minor")
    desk = OnSitePayment.objects.all()
    ours = _sum(applied, "amount_minor") + _sum(desk, "amount_minor") - went
    paid_online = Booking.objects.filter(pk__in=applied.values("booking_id"))
    for booking in paid_online.annotate(ours=ours).exclude(paid_minor=F("ours")).order_by("pk"):
        turn.add(
            "booking",
            booking.reference_code,
            f"says {booking.paid_minor} paid, its payments {booking.ours}",
            is_healed=False,
        )
    ours = _sum(applied, "amount_minor") + _sum(desk, "amount_minor", "purchase_id") - went
    for purchase in Purchase.objects.annotate(ours=ours).exclude(paid_minor=F("ours")).order_by("pk"):
        what = f"says {purchase.paid_minor} paid, its payments {purchase.ours}"
        turn.add("booking", purchase.reference, what, is_healed=False)


@dataclass(frozen=True, slots=True)
class Telling:
    """Our rows of something that Stripe tells of a payment: which column has its id, its words in ours, who looks."""

    rows: QuerySet[Any]
    id_field: str
    words: Mapping[str, str]
    look: Callable[[UUID], object]

    def states(self, ids: Iterable[str]) -> dict[str, str]:
        """What we believe, by Stripe's id."""
        state = "state" if self.words else "status"
        return dict(self.rows.filter(**{f"{self.id_field}__in": list(ids)}).values_list(self.id_field, state))


def _held_against(turn: Round, subject: str, page: Sequence[Recorded], telling: Telling) -> None:
    intents = {each.intent_id for each in page}
    known = dict(Payment.objects.filter(intent_id__in=intents - {""}).values_list("intent_id", "pk"))
    ours = telling.states(each.id for each in page)
    for recorded in page:
        expected = telling.words.get(recorded.status, recorded.status)
        before = ours.get(recorded.id, "unknown")
        if recorded.intent_id in known and before != expected:
            tried(partial(telling.look, known[recorded.intent_id]))
            after = telling.states([recorded.id]).get(recorded.id)
            turn.add(subject, recorded.id, f"{recorded.status} at Stripe, {before} here", is_healed=after == expected)


def _sum(rows: QuerySet[Any], field: str, owner: str = "booking_id") -> Coalesce:
    of_booking = rows.filter(**{owner: OuterRef("pk")}).order_by().values(owner)
    return Coalesce(Subquery(of_booking.annotate(sum=Sum(field)).values("sum")), 0, output_field=BigIntegerField())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _is_healed(payment: Payment, recorded: Recorded) -> bool:
    """Whether it differs no more: what the look has closed at Stripe is asked for again, as it is now."""
    if payment.state != Payment.State.CANCELLED or payment.intent_id != recorded.id:
        return not _payment_differs(payment, recorded)
    with suppress(Gone, ProviderTrouble):
        intent = attempts.see(payment).intent
        return intent is not None and intent.status == "canceled"
    return False


def _payment_differs(payment: Payment, recorded: Recorded) -> str:
    if payment.intent_id not in {"", recorded.id}:
        return f"{recorded.status} at Stripe, and names a payment that is {payment.intent_id}"
    if payment.state not in STATES.get(recorded.status, ANY_OPEN):
        return f"{recorded.status} at Stripe, {payment.state} here"
    if (payment.amount_minor, payment.currency) != (recorded.amount_minor, recorded.currency):
        return f"{recorded.amount_minor} {recorded.currency} at Stripe, {payment.amount_minor} {payment.currency} here"
    if payment.state == Payment.State.SUCCEEDED and not (payment.applied_at or payment.returned_at):
        return "came, and was counted for nothing"
    return ""
