"""A booking is paid online: an attempt is opened, paid at Stripe, and counted once."""

from billing.payments import attempts
from billing.payments.models import Payment
from bookings import checkout
from schemas.current import current_schema
from tests.bookings.paying.scenes import (
    PRICE,
    acts,
    again,
    money,
    paid,
    room,
)
from tests.bookings.scenes import digest


def test_a_hold_that_is_paid_is_confirmed_and_paid(till, in_alpha):
    booking = room(in_alpha)
    opened = checkout.start(booking.pk)
    assert (opened.intent.amount_minor, opened.intent.currency, opened.intent.status) == (
        PRICE, "EUR", "requires_payment_method",
    )  # fmt: skip
    assert till.pay(opened.intent.id) == "succeeded"
    assert money(booking) == ("held", "unpaid", 0)
    payment = checkout.look(opened.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)
    now = again(booking)
    assert now.confirmed_at == now.paid_at == payment.applied_at
    assert (payment.state, payment.method, payment.returned_at) == ("succeeded", "visa 4242", None)
    assert acts(booking) == [("moved", "held"), ("paid", "held"), ("moved", "confirmed")]


def test_looking_again_changes_nothing(stripe, in_alpha):
    booking = room(in_alpha)
    payment = paid(stripe, booking)
    checkout.look(payment.pk)
    rows = digest()
    for _time in range(3):
        checkout.look(payment.pk)
    assert digest() == rows


def test_asking_again_gives_the_same_intent(stripe, in_alpha):
    booking = room(in_alpha)
    first, second = checkout.start(booking.pk), checkout.start(booking.pk)
    assert (first.intent.id, first.intent.client_secret) == (second.intent.id, second.intent.client_secret)
    assert len(stripe.intents()) == Payment.objects.count() == 1


def test_its_objects_at_stripe_say_whose_they_are_and_where_the_money_goes(till, in_alpha):
    """R20. Found by metadata, whichever answer comes first."""
    booking = room(in_alpha)
    opened = checkout.start(booking.pk)
    intent = till.intent(opened.intent.id)
    metadata = intent.metadata.to_dict()
    assert metadata == {
        "forecourt_tenant": current_schema(),
        "forecourt_booking": str(booking.pk),
        "forecourt_payment": str(opened.payment.pk),
        attempts.KEY: attempts.metadata_of(opened.payment)[attempts.KEY],
    }
    assert checkout.find(till.scope, metadata) == opened.payment.pk
    if till.scope:
        assert (intent.transfer_data, intent.on_behalf_of) == (None, None)
    else:
        assert intent.transfer_data.destination == intent.on_behalf_of == till.account.account_id
