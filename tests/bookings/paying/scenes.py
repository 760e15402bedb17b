"""What the tests of paying set up: the annex's room, which is paid online, and attempts to pay for it."""

from datetime import timedelta
from typing import Any

from accounts.models import User
from billing.payments.models import Payment, Refund
from bookings import checkout, lifecycle, tasks  # noqa: F401 - registers what the clock does
from bookings.models import Booking, BookingEvent
from schemas.clock import database_now
from tenants import due
from tenants.models import DueWork
from tests.bookings.scenes import held, let_lapse, slot
from tests.till import Till
from venues.models import Resource

PRICE = 2500
FORGED: dict[str, Any] = {
    "currency": "eur",
    "confirm": True,
    "payment_method": "pm_card_visa",
    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
}


def room(in_alpha, hour: int = 10, **fields: object) -> Booking:
    """The guest's hold of the annex's room for an hour, unpaid: 25.00."""
    customer = User.objects.get(pk=in_alpha.users["guest"])
    return held(in_alpha.annex_room, slot(hour), **{"customer": customer, **fields})


def again(booking: Booking) -> Booking:
    """The booking as it is now."""
    return Booking.objects.select_related("resource__venue").get(pk=booking.pk)


def paid(stripe: Till, booking: Booking, card: str = "pm_card_visa") -> Payment:
    """The booking paid at Stripe; our side has not been told yet."""
    opened = checkout.start(booking.pk)
    assert stripe.pay(opened.intent.id, card) == "succeeded"
    return opened.payment


def forge(till: Till, metadata: dict[str, str], amount: int = PRICE) -> str:
    """Money that somebody took on the account where the attempt is charged, with metadata of their choice."""
    passed_on = {} if till.scope else {"transfer_data": {"destination": till.account.account_id}}
    order: Any = {**FORGED, **passed_on, "amount": amount, "metadata": metadata}
    made = till.client.v1.payment_intents.create(order, till.on)
    assert made.status == "succeeded"
    return made.id


def expired(booking: Booking) -> None:
    """Its hold is over, and the clock has tidied up without asking anybody."""
    let_lapse(booking)
    lifecycle.let_time_pass(booking.pk)
    assert again(booking).state == "expired"


def money(booking: Booking) -> tuple[str, str, int]:
    """State, payment state and what was paid, as they are now."""
    now = again(booking)
    return str(now.state), str(now.payment_state), now.paid_minor


def acts(booking: Booking) -> list[tuple[str, str]]:
    """What happened to it: acts and states after them."""
    return list(BookingEvent.objects.filter(booking=booking).order_by("pk").values_list("act", "to_state"))


def refunds_of(payment: Payment) -> list[tuple[int, str]]:
    """What goes back of a payment: amounts and reasons."""
    return list(Refund.objects.filter(payment=payment).values_list("amount_minor", "reason"))


def perform(*kinds: str) -> None:
    """Do all due work of these kinds now, in the current schema, once."""
    for kind in kinds:
        DueWork.objects.filter(kind=kind).update(due_at=database_now() - timedelta(seconds=1))
    for work in due.claim():
        if work.kind in kinds:
            due.perform(work.pk, work.attempts)


def with_deposit(in_alpha, percent: int = 2000, days: int | None = 3) -> None:
    """The annex's room takes a deposit; the rest is due some days before."""
    Resource.objects.filter(pk=in_alpha.annex_room).update(deposit_percent=percent, balance_days_before=days)
