"""What a booking is to be paid for, as an attempt: one at a time, its amount, and what its page and its bill say.

Transactions alone: Stripe is asked by `bookings.checkout`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from billing import accounts, plans
from billing.gateway import currencies
from billing.gateway.sessions import LEEWAY, SHORTEST, Ways
from billing.payments import attempts
from billing.payments.attempts import REPLACED, Wanted
from billing.payments.models import Payment
from billing.subscriptions.models import StripeAccount
from bookings import earning, moves
from bookings.letters.links import page_of
from bookings.models import Booking, Purchase
from bookings.purchases.rows import page_of as page_of_purchase
from bookings.states import State
from kernel.errors import Refused, TooMany
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import due, gate, speech
from tenants.models import Tenant
from tenants.zones import zone

FIRST_LOOK = timedelta(minutes=2)
REST_SECONDS = 60

Kind = Literal["intent", "session"]
ON_ITS_PAGE = "checkout"
"""What the row says before it is known how it was paid: on Stripe's own page."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, if they are known, and whether they want their card to be kept."""

    user: User | None = None
    keeps_card: bool = False


def attempt(booking_id: UUID, kind: Kind, payer: Payer) -> Payment:
    """The row to go on with; one that is to be replaced says so. Raises what `checkout.start` names."""

    def act() -> Payment:
        booking = moves.locked(booking_id)
        entry = gate.enter()
        entry.check_is_there(booking.end)
        now = entry.now
        payable = earning.payable(booking, now)
        purpose = Payment.Purpose.BALANCE if payable.is_balance else Payment.Purpose.BOOKING
        bill = Bill(booking.pk, purpose, payable.amount_minor, booking.currency, booking.customer_id)
        return open_attempt(bill, kind, payer, now)

    return transact(act)


@dataclass(frozen=True, slots=True)
class Bill:
    """What is to be paid: `id` is a booking's or a purchase's, which is locked; minor units; whose it is."""

    id: UUID
    purpose: Payment.Purpose
    amount_minor: int
    currency: str
    customer_id: int | None


def open_attempt(bill: Bill, kind: Kind, payer: Payer, now: datetime) -> Payment:
    """The row to go on with, in the transaction that locked what is paid. Raises as `checkout.start`."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    account = accounts.charging(tenant, bill.currency)
    if bill.amount_minor < currencies.smallest(bill.currency):
        raise Refused("amount_too_small", _("This is too little to be paid online."))
    found = attempts.unfinished(bill.id)
    if found is None:
        return _begun(bill, _Terms(account, plans.fee_of(tenant), kind, payer), now)
    same = (bill.amount_minor, bill.currency, account.account_id, account.charge_type)
    if kind_of(found) != kind or same != _agreed(found):
        return _replaced(found)
    _check_rest(found, now)
    return found


@dataclass(frozen=True, slots=True)
class _Terms:
    """With which account, for which fee (basis points), in which way and by whom it is paid."""

    account: StripeAccount
    fee: int
    kind: Kind
    payer: Payer


def _begun(bill: Bill, terms: _Terms, now: datetime) -> Payment:
    user = terms.payer.user
    member = user if user and user.pk == bill.customer_id else None
    known = attempts.payer_of(member.pk, attempts.place_at(terms.account)) if member else None
    payment = attempts.begin(
        Wanted(
            booking_id=bill.id,
            purpose=bill.purpose,
            amount_minor=bill.amount_minor,
            currency=bill.currency,
            account=terms.account,
            fee=terms.fee,
            payer_id=known.pk if known else None,
            method=ON_ITS_PAGE if terms.kind == "session" else "",
        ),
        now,
    )
    due.schedule(moves.FOLLOW, payment.pk, now + FIRST_LOOK)
    return payment


def kind_of(payment: Payment) -> Kind:
    """Whether it is paid by our card form, or on Stripe's page."""
    return "session" if payment.session_id or payment.method == ON_ITS_PAGE else "intent"


def _agreed(payment: Payment) -> tuple[int, str, str, str]:
    return payment.amount_minor, payment.currency, payment.account_id, payment.charge_type


def _replaced(payment: Payment) -> Payment:
    if payment.state == Payment.State.PROCESSING:
        raise under_way()
    payment.failure = REPLACED
    payment.save(update_fields=["failure"])
    return payment


def under_way() -> Refused:
    """The refusal while another amount, or in another way, is being paid."""
    return Refused("payment_open", _("A payment for this booking is under way. Please wait for it."))


def _check_rest(payment: Payment, now: datetime) -> None:
    """After three refusals nobody tries again for a minute: cards are not to be tested here."""
    since = (now - payment.updated_at).total_seconds()
    if payment.failures >= attempts.ENOUGH_FAILURES and since < REST_SECONDS:
        raise TooMany(
            "too_many_failures",
            _("That was refused too often. Please wait a minute."),
            retry_after=max(1, int(REST_SECONDS - since)),
        )


def unanswered(booking: Booking) -> str:
    """What who pays is told while Stripe does not answer: nothing was charged, and how long the slot is theirs."""
    until, now = booking.hold_expires_at, database_now()
    if booking.state != State.HELD or until is None or until <= now:
        return _("The payment service does not answer. Nothing was charged. Please try again in a moment.")
    words = {"name": booking.resource.name, "until": speech.clock(until, zone(booking.time_zone))}
    return (
        _(
            "The payment service does not answer. Nothing was charged, and %(name)s is kept for you until %(until)s."
            " Please try again in a moment."
        )
        % words
    )


def label(payment: Payment) -> str:
    """What the customer reads at Stripe; the same whenever it is asked, for it is part of what a key stands for."""
    if payment.is_of_purchase:
        return str(Purchase.objects.values_list("reference", flat=True).get(pk=payment.booking_id))
    return str(Booking.objects.values_list("reference_code", flat=True).get(pk=payment.booking_id))


def ways(payment: Payment) -> Ways:
    """Where Stripe's page leads back to, and until when it can be paid at the latest."""
    until = payment.created_at + SHORTEST + LEEWAY
    if payment.is_of_purchase:
        paid, pay = (page_of_purchase(payment.booking_id, name) for name in ("purchase-paid", "purchase-pay"))
        return Ways(paid, pay, until)
    booking = Booking.objects.get(pk=payment.booking_id)
    return Ways(page_of(booking, "booking-paid"), page_of(booking, "booking-pay"), until)
