"""Refunds as rows: planned in the transaction of their cause, carried out by the clock, noted as Stripe tells them.

`wanted > pending > succeeded`, and `failed` from each of them: a refund can come back days after it succeeded.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto
from fractions import Fraction
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Sum
from django.utils.translation import gettext as _

from billing.gateway import client, currencies
from billing.gateway import refunds as gateway
from billing.gateway.refunds import Charged, Giving, RefundFacts
from billing.gateway.trouble import Gone, ProviderTrouble, Revoked, WrongMoment
from billing.payments import attempts, disputes
from billing.payments.models import Dispute, Payment, Refund
from kernel.errors import Invalid, Refused
from kernel.money import rounded
from schemas.clock import database_now
from schemas.current import current_schema
from tenants import due

KIND = "refund"
"""The kind of due work that carries one out."""
State = Refund.State
STATES = {
    "pending": State.PENDING,
    "requires_action": State.PENDING,
    "succeeded": State.SUCCEEDED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}
"""Stripe's words in ours."""
ORDER = (State.WANTED, State.PENDING, State.SUCCEEDED, State.FAILED)
TAKEN = frozenset({State.PENDING, State.SUCCEEDED})
DISPUTED = frozenset({"charge_disputed", "refund_disputed_payment"})
"""Why Stripe refuses while a bank has the money."""
KEYS_LAST = timedelta(hours=12)
"""Stripe forgets idempotency keys after a day: from then on we look for our refund before we ask again."""


class Impossible(Exception):
    """Stripe will never make this refund. The argument is its code."""


class Step(Enum):
    """What is new about a refund: Stripe took it, refused it, or the money came back after it had taken it."""

    TAKEN = auto()
    REFUSED = auto()
    CAME_BACK = auto()
    SUCCEEDED = auto()


def refundable(booking_id: UUID) -> list[Payment]:
    """A booking's payments of which something can be returned, locked, the newest first. None that is disputed."""
    rows = Payment.objects.select_for_update(no_key=True).filter(booking_id=booking_id).order_by("pk")
    counted = [row for row in rows if row.state == Payment.State.SUCCEEDED and row.applied_at]
    frozen = set(disputes.freezing([row.pk for row in counted]).values_list("payment_id", flat=True))
    found = [row for row in counted if row.pk not in frozen and left_minor(row)]
    return sorted(found, key=lambda row: row.number, reverse=True)


def unreturned(booking_id: UUID) -> list[Payment]:
    """A booking's payments that are to go back whole and have not, because a refund has failed. Without locks."""
    rows = Payment.objects.filter(booking_id=booking_id, state=Payment.State.SUCCEEDED, returned_at__isnull=False)
    found = [row for row in rows.order_by("pk") if left_minor(row)]
    frozen = set(disputes.freezing([row.pk for row in found]).values_list("payment_id", flat=True))
    return [row for row in found if row.pk not in frozen]


def left_minor(payment: Payment) -> int:
    """What can still be returned of a payment: what neither refunds nor a bank have taken."""
    return max(0, payment.left_minor - disputes.lost_minor(payment)) if payment.left_minor else 0


def movable(amount_minor: int, currency: str) -> int:
    """The most of an amount that Stripe can move: with three decimals, multiples of 10."""
    return amount_minor - amount_minor % currencies.step(currency)


def stuck(payments: Collection[UUID]) -> set[UUID]:
    """Those of which a refund has failed for good: the next try is for people to decide.

    What Stripe refused because of a dispute may be tried again once the bank has decided.
    """
    decided = Dispute.objects.filter(payment=OuterRef("payment"), closed_at__gte=OuterRef("updated_at"))
    failed = Refund.objects.filter(payment__in=payments, state=State.FAILED)
    return set(failed.exclude(Exists(decided), failure__in=DISPUTED).values_list("payment_id", flat=True))


def plan(
    payment: Payment, amount_minor: int, reason: str, now: datetime, note: str = "", asked_by_id: int | None = None
) -> Refund:
    """Have so much of a payment returned, in the transaction of what causes it; its row is locked by the caller.

    Raises `Refused("dispute_open")`, `Invalid("amount_too_high")` for more than is left, and
    `Refused("amount_not_chargeable")` for what Stripe cannot move, such as 1.235 KWD.
    """
    if disputes.freezing([payment.pk]).exists():
        raise Refused("dispute_open", _("A bank disputes this payment: it cannot be refunded before that is decided."))
    if not 0 < amount_minor <= left_minor(payment):
        raise Invalid("amount_too_high", _("That is more than can be returned of this payment."))
    currencies.to_stripe(amount_minor, payment.currency)
    refund = Refund.objects.create(
        payment=payment,
        booking_id=payment.booking_id,
        amount_minor=amount_minor,
        reason=reason,
        note=note[:200],
        asked_by_id=asked_by_id,
        created_at=now,
        updated_at=now,
    )
    payment.refunded_minor += amount_minor
    payment.updated_at = now
    payment.save(update_fields=["refunded_minor", "updated_at"])
    due.schedule(KIND, refund.pk, now)
    return refund


def send(refund: Refund) -> RefundFacts:
    """Ask Stripe for a refund that is wanted; asking again is the same refund (R30). Not inside a transaction.

    Raises `Impossible` where Stripe never will, and `ProviderTrouble` where it may at another time.
    """
    charged = disputes.charged_of(refund.payment)
    if refund.keys_used or database_now() - refund.created_at > KEYS_LAST:
        made = _made(charged, refund)
        if made:
            return made
    try:
        return _create(charged, refund)
    except WrongMoment as error:
        raise Impossible(str(error)) from error
    except Gone as error:
        raise Impossible("gone") from error
    except Revoked as error:
        raise Impossible("account_revoked") from error
    except ProviderTrouble as trouble:
        if trouble.is_kept:
            return _after_a_kept_error(charged, refund, trouble)
        kind, _space, code = trouble.why.partition(" ")
        if trouble.is_lasting and kind == "InvalidRequestError":
            raise Impossible(code or "refused") from trouble
        raise


def _create(charged: Charged, refund: Refund) -> RefundFacts:
    dispute = disputes.won(refund.payment)
    if dispute is None:
        return gateway.create(charged, _giving(refund))
    disputes.move_transfer(dispute)
    giving = replace(_giving(refund), apart=True)
    made = gateway.create(charged, giving)
    gateway.take_back_again(charged, dispute.dispute_id, made.amount_minor, _fee_back(refund), giving.key)
    return made


def _giving(refund: Refund) -> Giving:
    payment = refund.payment
    tries = (refund.keys_used,) if refund.keys_used else ()
    metadata = {
        "forecourt_tenant": current_schema(),
        attempts.subject_of(payment): str(refund.booking_id),
        "forecourt_payment": str(payment.pk),
        "forecourt_refund": str(refund.pk),
    }
    # Of money that is not ours to keep everything goes back, whatever came.
    amount = None if payment.returned_at else refund.amount_minor
    return Giving(amount, client.key(refund.pk, "refund", *tries), metadata, has_fee=payment.fee_minor > 0)


def _made(charged: Charged, refund: Refund) -> RefundFacts | None:
    told = gateway.of(charged)
    return next((facts for facts in told if facts.metadata.get("forecourt_refund") == str(refund.pk)), None)


def _after_a_kept_error(charged: Charged, refund: Refund, trouble: ProviderTrouble) -> RefundFacts:
    """Stripe repeats its error under this key: take what it did all the same, or go on with another key."""
    made = _made(charged, refund)
    if made:
        return made
    Refund.objects.filter(pk=refund.pk, keys_used=refund.keys_used).update(keys_used=F("keys_used") + 1)
    raise trouble


def note(payment: Payment, told: Iterable[RefundFacts], now: datetime) -> list[tuple[Refund, Step]]:
    """Bring the rows of a payment, which is locked, up to date; what is new about each.

    Nothing goes backwards, so that old news changes nothing. A refund that is not ours was made at Stripe.
    """
    rows = list(Refund.objects.select_for_update().filter(payment=payment).order_by("pk"))
    by_pk = {str(row.pk): row for row in rows}
    by_id = {row.refund_id: row for row in rows if row.refund_id}
    steps = []
    for facts in told:
        row = by_pk.get(facts.metadata.get("forecourt_refund", "")) or by_id.get(facts.refund_id)
        steps += _advance(row or _elsewhere(payment, facts, now), facts, now)
    _recount(payment, now)
    return steps


def refuse(refund: Refund, code: str, now: datetime) -> list[tuple[Refund, Step]]:
    """Stripe will not make this refund, whose payment is locked: `failed`, unless it was made after all."""
    row = Refund.objects.select_for_update().select_related("payment").get(pk=refund.pk)
    if row.state != State.WANTED:
        return []
    row.state, row.failure, row.updated_at = State.FAILED, code[:60], now
    row.save()
    if code in DISPUTED:  # perhaps before its event
        due.schedule(disputes.LOOK, row.payment_id, now)
    _recount(row.payment, now)
    return [(row, Step.REFUSED)]


def returned_minor(booking_id: UUID) -> int:
    """What Stripe has taken of a booking's payments to return it, in all."""
    taken = Refund.objects.filter(booking_id=booking_id, payment__applied_at__isnull=False, state__in=TAKEN)
    return int(taken.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def under_way_minor(booking_id: UUID) -> int:
    """What is planned of a booking's payments, and Stripe has not taken yet."""
    wanted = Refund.objects.filter(booking_id=booking_id, payment__applied_at__isnull=False, state=State.WANTED)
    return int(wanted.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def _elsewhere(payment: Payment, facts: RefundFacts, now: datetime) -> Refund:
    return Refund(
        payment=payment,
        booking_id=payment.booking_id,
        amount_minor=facts.amount_minor,
        reason=Refund.Reason.ELSEWHERE,
        created_at=now,
    )


def _advance(row: Refund, facts: RefundFacts, now: datetime) -> list[tuple[Refund, Step]]:
    before, after = State(row.state), STATES.get(facts.status, State.PENDING)
    if ORDER.index(after) <= ORDER.index(before):
        return []
    if before == State.WANTED and after in TAKEN and row.reason != Refund.Reason.ELSEWHERE:
        row.amount_minor = (
            facts.amount_minor
        )  # less than was wanted, where somebody returned a part at Stripe meanwhile
        row.fee_minor = _fee_back(row)
    row.state, row.failure, row.updated_at = after, facts.failure[:60], now
    row.refund_id = facts.refund_id
    row.save()
    return [(row, step) for step in _steps(before, after, is_ours=row.reason != Refund.Reason.ELSEWHERE)]


def _steps(before: str, after: str, *, is_ours: bool) -> list[Step]:
    if after == State.FAILED:
        if before == State.WANTED:
            return [Step.REFUSED] if is_ours else []  # what failed before we heard of it moved nothing
        return [Step.CAME_BACK]
    taken = [Step.TAKEN] if before == State.WANTED else []
    return [*taken, Step.SUCCEEDED] if after == State.SUCCEEDED else taken


def _fee_back(refund: Refund) -> int:
    """The share of the platform's fee that Stripe returns with it: in proportion, all with the last of it."""
    payment = Payment.objects.get(pk=refund.payment_id)
    others = Refund.objects.filter(payment=payment).exclude(pk=refund.pk)
    left = payment.fee_minor - int(others.aggregate(sum=Sum("fee_minor"))["sum"] or 0)
    share = rounded(Fraction(payment.fee_minor * refund.amount_minor, payment.amount_minor))
    return max(0, min(left, share))


def _recount(payment: Payment, now: datetime) -> None:
    rows: Mapping[str, int | None] = (
        Refund.objects.filter(payment=payment).exclude(state=State.FAILED).aggregate(sum=Sum("amount_minor"))
    )
    payment.refunded_minor = min(payment.amount_minor, rows["sum"] or 0)
    payment.updated_at = now
    payment.save(update_fields=["refunded_minor", "updated_at"])
