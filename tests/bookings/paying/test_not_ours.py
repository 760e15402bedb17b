"""What Stripe says is matched on account, livemode, currency, amount, tenant and booking first (R26, T34)."""

import uuid

import pytest

from billing.payments.attempts import metadata_of
from billing.payments.models import Payment
from bookings import checkout
from tenants.models import OutgoingMail
from tests.bookings.paying.scenes import PRICE, money, refunds_of, room
from tests.bookings.scenes import digest


def opened(stripe, in_alpha, **changes):
    """An attempt whose intent somebody has changed at Stripe, and paid."""
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    stripe.client.v1.payment_intents.update(start.intent.id, changes, stripe.on)
    assert stripe.pay(start.intent.id) == "succeeded"
    return booking, start.payment


@pytest.mark.parametrize("amount", [PRICE - 1, PRICE + 1])
def test_another_amount_confirms_nothing_goes_back_and_is_told(till, in_alpha, amount):
    booking, payment = opened(till, in_alpha, amount=amount)
    checkout.look(payment.pk)
    assert money(booking) == ("held", "unpaid", 0)
    assert refunds_of(payment) == [(amount, "mismatch")]
    assert OutgoingMail.objects.filter(key__startswith=f"mismatch:{payment.pk}").count() == 1
    rows = digest()
    checkout.look(payment.pk)
    assert digest() == rows


def test_another_currency_confirms_nothing_and_goes_back(stripe, in_alpha):
    booking, payment = opened(stripe, in_alpha, currency="usd")
    checkout.look(payment.pk)
    payment.refresh_from_db()
    assert money(booking) == ("held", "unpaid", 0)
    assert (payment.currency, refunds_of(payment)) == ("USD", [(PRICE, "mismatch")])


@pytest.mark.parametrize(
    "name", ["forecourt_tenant", "forecourt_booking", "forecourt_payment"], ids=["tenant", "booking", "payment"]
)
def test_an_intent_that_speaks_of_something_else_changes_nothing(till, in_alpha, name):
    other = "t_other" if name == "forecourt_tenant" else str(uuid.uuid4())
    booking, payment = opened(till, in_alpha, metadata={name: other})
    rows = digest()
    assert checkout.look(payment.pk).state == "open"
    assert digest() == rows
    assert money(booking) == ("held", "unpaid", 0)
    metadata = {**metadata_of(payment), name: other}
    assert checkout.find(till.scope, metadata) is None


def test_live_and_test_money_are_not_mixed(stripe, in_alpha):
    booking, payment = opened(stripe, in_alpha, description="x")
    Payment.objects.filter(pk=payment.pk).update(is_live=True)
    rows = digest()
    checkout.look(payment.pk)
    assert digest() == rows
    assert money(booking) == ("held", "unpaid", 0)


def test_another_account_finds_nothing(till, in_alpha):
    """T34"""
    _booking, payment = opened(till, in_alpha, description="x")
    metadata = metadata_of(payment)
    assert checkout.find(till.scope, metadata) == payment.pk
    assert checkout.find("acct_1Other", metadata) is None
    assert checkout.find(till.scope, {**metadata, "forecourt_payment": "nonsense"}) is None
    assert checkout.find(till.scope, {"order": "7"}) is None


def test_money_that_the_venue_does_not_get_confirms_nothing(stripe, in_alpha):
    """A destination charge that pays somebody else."""
    stripe.reconnect("destination")
    mine = stripe.account.account_id
    other = stripe.reconnect("destination").account_id
    booking, payment = opened(stripe, in_alpha, description="x")
    assert payment.account_id == other
    Payment.objects.filter(pk=payment.pk).update(account_id=mine)
    rows = digest()
    checkout.look(payment.pk)
    assert digest() == rows
    assert money(booking) == ("held", "unpaid", 0)
