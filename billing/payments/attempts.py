"""Attempts to take money for something, which is called a booking here, whatever it is: one open attempt at a time.

The row comes first, then Stripe is asked under a key made of it, then the row is told what Stripe says. What the money
means for the booking is `bookings.checkout`'s business.
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import cast
from uuid import UUID

from django.core import signing
from django.db.models import Max
from django.utils.crypto import constant_time_compare

from billing.gateway import cards, charging, client, currencies, intents, sessions
from billing.gateway.charging import Place, Sale
from billing.gateway.intents import UNPAID, Intent
from billing.gateway.records import Recorded
from billing.gateway.sessions import Session, Ways
from billing.gateway.trouble import ProviderTrouble
from billing.payments.models import Payer, Payment
from billing.subscriptions.models import StripeAccount
from kernel import failpoints, money
from schemas.current import current_schema
from schemas.keys import salt

State = Payment.State
LONGEST = 60
ENOUGH_FAILURES = 3
"""Refusals after which the next try has to wait."""
REPLACED, ABANDONED = "replaced", "abandoned"
"""Why we cancelled an attempt: another one takes its place, or its time is over."""
CLOSED_BY_US = frozenset({REPLACED, ABANDONED})
KEY, PURPOSE = "forecourt_key", "payment-attempt"
"""The metadata that proves that we made an object, and what it is signed for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be paid for which booking; `fee` is the platform's part in basis points, `payer_id` who pays.

    `method` is what the row says before it is known how it was paid.
    """

    booking_id: UUID
    purpose: str
    amount_minor: int
    currency: str
    account: StripeAccount
    fee: int
    payer_id: int | None = None
    method: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What Stripe said about an attempt: its intent and its Checkout session, where there are such."""

    intent: Intent | None
    session: Session | None = None

    @property
    def is_payable(self) -> bool:
        """Whether the customer can still pay, and we can still prevent it."""
        if self.intent is not None:
            return self.intent.status in UNPAID
        return self.session is not None and self.session.status == "open"

    @property
    def is_over(self) -> bool:
        """Whether nothing can come of it any more."""
        if self.intent is not None and (self.session is None or self.session.status != "open"):
            return self.intent.status == "canceled"
        return self.session is not None and self.session.status == "expired"


def of_booking(booking_id: UUID) -> list[Payment]:
    """All attempts, the oldest first."""
    return list(Payment.objects.filter(booking_id=booking_id).order_by("number"))


def unfinished(booking_id: UUID) -> Payment | None:
    """The one attempt that may still bring money."""
    return Payment.objects.filter(booking_id=booking_id, state__in=Payment.UNFINISHED).first()


def is_decided_on(booking_id: UUID) -> bool:
    """Whether a bank decides on an attempt at this moment: a second one would be refused."""
    return Payment.objects.filter(booking_id=booking_id, state=Payment.State.PROCESSING).exists()


def last_counted(booking_id: UUID) -> Payment | None:
    """The newest attempt whose money was counted."""
    return Payment.objects.filter(booking_id=booking_id, applied_at__isnull=False).order_by("-number").first()


def locked(payment_id: UUID) -> Payment:
    """The attempt as it is now, locked until the commit; the booking was locked before."""
    rows = Payment.objects.all()
    if not failpoints.hit("attempts.locked"):  # the negative control of the race tests reads without it
        rows = rows.select_for_update()
    return rows.get(pk=payment_id)


def begin(wanted: Wanted, now: datetime) -> Payment:
    """Write down a new attempt, in the transaction that holds the booking's lock.

    Raises `Refused` for an amount that Stripe cannot move.
    """
    last = Payment.objects.filter(booking_id=wanted.booking_id).aggregate(last=Max("number"))["last"]
    currencies.to_stripe(wanted.amount_minor, wanted.currency)
    return Payment.objects.create(
        booking_id=wanted.booking_id,
        number=(last or 0) + 1,
        purpose=wanted.purpose,
        amount_minor=wanted.amount_minor,
        fee_minor=fee_of(wanted.amount_minor, wanted.fee, wanted.currency),
        currency=wanted.currency,
        charge_type=wanted.account.charge_type,
        account_id=wanted.account.account_id,
        is_live=wanted.account.is_live,
        payer_id=wanted.payer_id,
        method=wanted.method,
        created_at=now,
        updated_at=now,
    )


def fee_of(amount_minor: int, basis_points: int, currency: str) -> int:
    """The platform's part of an amount, in units that Stripe can move; never more than the amount."""
    exact = money.rounded(Fraction(amount_minor * basis_points, 10_000), currencies.step(currency))
    return min(exact, amount_minor)


def place_of(payment: Payment) -> Place:
    """Where its charge is made."""
    return Place(payment.account_id, cast(charging.ChargeType, payment.charge_type))


def place_at(account: StripeAccount) -> Place:
    """Where a tenant's charges are made now."""
    return Place(account.account_id, cast(charging.ChargeType, account.charge_type))


def metadata_of(payment: Payment) -> dict[str, str]:
    """What its objects at Stripe carry, so that an event finds the attempt before our answer does (R20)."""
    return {
        "forecourt_tenant": current_schema(),
        subject_of(payment): str(payment.booking_id),
        "forecourt_payment": str(payment.pk),
        KEY: _key_of(payment),
    }


def subject_of(payment: Payment) -> str:
    """Under which name Stripe's objects say what is paid."""
    return "forecourt_purchase" if payment.is_of_purchase else "forecourt_booking"


def bears_key(payment: Payment, intent: Intent) -> bool:
    """Whether an intent carries what only our own call for this attempt puts on it; who copies it has seen that one."""
    return constant_time_compare(intent.metadata.get(KEY, ""), _key_of(payment))


def _key_of(payment: Payment) -> str:
    return signing.Signer(salt=salt(PURPOSE)).signature(str(payment.pk))


def recovered(payment_id: UUID, told: Recorded, account: StripeAccount, now: datetime) -> Payment | None:
    """An attempt that Stripe knows and a restored database does not, written down again as one that is over.

    None for what our own calls did not make: its key proves that. What came of it is for whoever looks at it next.
    """
    row = Payment(pk=payment_id)
    subjects = {"forecourt_booking": Payment.Purpose.BOOKING, "forecourt_purchase": Payment.Purpose.PURCHASE}
    named = [(purpose, told.metadata[name]) for name, purpose in subjects.items() if name in told.metadata]
    if not constant_time_compare(told.metadata.get(KEY, ""), _key_of(row)) or len(named) != 1 or not told.amount_minor:
        return None
    [(row.purpose, booking_id)] = named
    last = Payment.objects.filter(booking_id=booking_id).aggregate(last=Max("number"))["last"]
    row.booking_id, row.number = UUID(booking_id), (last or 0) + 1
    row.state, row.failure, row.intent_id = State.CANCELLED, ABANDONED, told.id
    row.amount_minor, row.fee_minor, row.currency = told.amount_minor, told.fee_minor, told.currency
    row.charge_type, row.account_id, row.is_live = account.charge_type, account.account_id, account.is_live
    row.created_at = row.updated_at = now
    row.save(force_insert=True)
    return row


def create_intent(payment: Payment, label: str) -> Intent:
    """The attempt's intent at Stripe: made, or found again under the same key."""
    return intents.create(_sale(payment, label), client.key(payment.pk, "create"))


def create_session(payment: Payment, label: str, ways: Ways) -> Session:
    """The attempt's Checkout session: made, or found again under the same key."""
    return sessions.create(_sale(payment, label), ways, client.key(payment.pk, "session"))


def see(payment: Payment) -> Seen:
    """Ask Stripe about an attempt that has an intent or a session there."""
    place = place_of(payment)
    session = sessions.retrieve(place, payment.session_id) if payment.session_id else None
    intent_id = (session.intent_id if session else "") or payment.intent_id
    return Seen(intents.retrieve(place, intent_id) if intent_id else None, session)


def close(payment: Payment, seen: Seen) -> None:
    """Have Stripe take no more money for it. Raises `WrongMoment` where it is too late for that (R17)."""
    place = place_of(payment)
    if seen.session is not None and seen.session.status == "open":
        sessions.expire(place, seen.session.id)
    elif seen.intent is not None and seen.intent.status in UNPAID:
        intents.cancel(place, seen.intent.id)


def note(payment: Payment, seen: Seen, now: datetime) -> bool:
    """Put what Stripe says on the row, which is locked; whether a refusal of the payment is new. Writes nothing.

    The caller has checked that the intent is the attempt's own: one that is known is never exchanged for another.
    """
    before = _columns(payment)
    intent = seen.intent
    is_refused_anew = False
    if seen.session is not None:
        payment.session_id = seen.session.id
    if intent is not None:
        # A refusal by the bank has a charge of its own; one by the customer's authentication has none.
        is_refused_anew = bool(intent.failure) and (intent.charge_id, intent.failure) != _last_refusal(payment)
        payment.intent_id = intent.id
        payment.charge_id = intent.charge_id or payment.charge_id
        payment.method = (intent.method or payment.method)[:LONGEST]
        if intent.failure and payment.failure not in CLOSED_BY_US:
            payment.failure = intent.failure[:LONGEST]
        payment.failures += is_refused_anew
    if payment.state in Payment.UNFINISHED:
        payment.state = _state(seen)
    if _columns(payment) != before:
        payment.updated_at = now
    return is_refused_anew


def _last_refusal(payment: Payment) -> tuple[str, str]:
    return payment.charge_id, payment.failure


def _state(seen: Seen) -> str:
    if seen.intent is not None and seen.intent.status in {"succeeded", "processing"}:
        return seen.intent.status
    return State.CANCELLED if seen.is_over else State.OPEN


def _columns(payment: Payment) -> tuple[object, ...]:
    names = ("state", "intent_id", "session_id", "charge_id", "method", "failure", "failures")
    return tuple(getattr(payment, name) for name in names)


def _sale(payment: Payment, label: str) -> Sale:
    payer = Payer.objects.filter(pk=payment.payer_id).first() if payment.payer_id else None
    return Sale(
        place=place_of(payment),
        amount_minor=payment.amount_minor,
        fee_minor=payment.fee_minor,
        currency=payment.currency,
        label=label,
        metadata=metadata_of(payment),
        customer_id=payer.customer_id if payer else "",
    )


def payer_of(user_id: int, place: Place) -> Payer | None:
    """A member as a customer where it is charged, if they keep cards there."""
    return Payer.objects.filter(user=user_id, account_id=place.scope).exclude(customer_id="").first()


def become_payer(user_id: int, email: str, place: Place) -> Payer:
    """Make a member a customer where it is charged, so that cards can be kept; outside of transactions."""
    payer, _is_new = Payer.objects.get_or_create(user_id=user_id, account_id=place.scope)
    if not payer.customer_id:
        reference = f"{current_schema()}:{user_id}"
        try:
            payer.customer_id = cards.create_customer(place, reference, email, client.key("payer", payer.pk, "create"))
        except ProviderTrouble as trouble:
            if trouble.is_kept or trouble.is_lasting:  # the same key would get the same answer: forget it
                Payer.objects.filter(pk=payer.pk, customer_id="").delete()
            raise
        payer.save(update_fields=["customer_id"])
    return payer
