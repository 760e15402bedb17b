"""Refunds as rows and at Stripe, without bookings: amounts in every kind of currency, both charge types (7, I5)."""

import uuid

import pytest

from billing.gateway import refunds as gateway
from billing.payments import attempts, disputes, refunds
from billing.payments.models import Payment, Refund
from kernel.errors import Invalid, Refused
from schemas.clock import database_now

CHARGE_TYPES = ("direct", "destination")


def charge(till, currency="EUR", amount=10_000, fee=1000, booking_id=None):
    """A payment that succeeded and was counted."""
    now = database_now()
    booking_id = booking_id or uuid.uuid4()
    wanted = attempts.Wanted(booking_id, "booking", amount, currency, till.account, fee)
    payment = attempts.begin(wanted, now)
    made = attempts.create_intent(payment, "Court")
    assert till.pay(made.id) == "succeeded"
    payment.intent_id = made.id
    attempts.note(payment, attempts.see(payment), now)
    payment.succeeded_at = payment.applied_at = now
    payment.save()
    return payment


def give(payment, amount):
    """Plan a part and have Stripe make it; the steps."""
    refund = refunds.plan(payment, amount, Refund.Reason.BY_HAND, database_now())
    return refunds.note(payment, [refunds.send(refund)], database_now())


def returned(till, payment):
    """Of the charge, the platform's fee and the transfer, in Stripe's units."""
    state = till.server.look("state")
    platform = state["acct_1SandboxPlatform"]
    done = till.intent(payment.intent_id).latest_charge
    transfers = [each for each in platform.get("transfer", []) if each["source_transaction"] == done.id]
    sources = {done.id, *(each["destination_payment"] for each in transfers)}
    fees = [each for each in platform.get("application_fee", []) if each["charge"] in sources]
    return (
        done.amount_refunded,
        sum(each["amount_refunded"] for each in fees),
        sum(each["amount_reversed"] for each in transfers),
    )


@pytest.mark.parametrize("charge_type", CHARGE_TYPES)
@pytest.mark.parametrize(
    ("currency", "amount", "fee", "part", "fee_back"),
    [
        ("EUR", 9999, 1000, 3333, 333),
        ("EUR", 2500, 125, 1, 0),
        ("JPY", 2500, 1000, 833, 83),
        ("KWD", 25_000, 1000, 3330, 333),
        ("CHF", 2505, 500, 1250, 62),
        ("HUF", 250_000, 700, 99_900, 6993),
        ("USD", 2500, 0, 833, 0),
    ],
)
def test_the_fee_and_the_transfer_go_back_in_proportion(
    stripe, in_alpha, charge_type, currency, amount, fee, part, fee_back
):
    """To the minor unit, within one of it (I5); the last part brings the rest."""
    stripe.reconnect(charge_type)
    payment = charge(stripe, currency, amount, fee)
    give(payment, part)
    back, fees, reversed_ = returned(stripe, payment)
    assert (back, reversed_) == (part, part if charge_type == "destination" else 0)
    assert abs(fees - fee_back) <= 1
    assert abs(Refund.objects.get().fee_minor - fees) <= 1
    give(payment, payment.left_minor)
    back, fees, reversed_ = returned(stripe, payment)
    assert (back, fees, reversed_) == (amount, payment.fee_minor, amount if charge_type == "destination" else 0)
    assert sum(Refund.objects.values_list("fee_minor", flat=True)) == payment.fee_minor
    assert (payment.refunded_minor, payment.left_minor) == (amount, 0)


@pytest.mark.parametrize("charge_type", CHARGE_TYPES)
def test_a_fee_of_zero_is_not_asked_back(stripe, in_alpha, charge_type):
    """alf.io #739: Stripe refuses such a refund, and nobody got their money."""
    stripe.reconnect(charge_type)
    payment = charge(stripe, fee=0)
    [(refund, step), _succeeded] = give(payment, 10_000)
    assert (step, refund.state, refund.fee_minor) == (refunds.Step.TAKEN, "succeeded", 0)
    assert returned(stripe, payment) == (10_000, 0, 10_000 if charge_type == "destination" else 0)


@pytest.mark.parametrize("amount", [0, -1, 10_001])
def test_never_more_than_is_left(stripe, in_alpha, amount):
    payment = charge(stripe)
    with pytest.raises(Invalid, match="amount_too_high"):
        refunds.plan(payment, amount, Refund.Reason.BY_HAND, database_now())
    assert (Refund.objects.count(), Payment.objects.get().refunded_minor) == (0, 0)


def test_what_stripe_cannot_move_is_refused(stripe, in_alpha):
    payment = charge(stripe, "KWD", 25_000)
    with pytest.raises(Refused, match="amount_not_chargeable"):
        refunds.plan(payment, 1235, Refund.Reason.BY_HAND, database_now())
    assert Refund.objects.count() == 0


def test_what_is_planned_is_not_left(stripe, in_alpha):
    payment = charge(stripe)
    refunds.plan(payment, 6000, Refund.Reason.BY_HAND, database_now())
    with pytest.raises(Invalid, match="amount_too_high"):
        refunds.plan(payment, 4001, Refund.Reason.BY_HAND, database_now())
    refunds.plan(payment, 4000, Refund.Reason.BY_HAND, database_now())
    assert Payment.objects.get().refunded_minor == 10_000


def test_only_what_was_counted_can_be_returned_and_the_newest_comes_first(stripe, in_alpha):
    booking_id = uuid.uuid4()
    first, second, third = (charge(stripe, booking_id=booking_id) for _ in range(3))
    Payment.objects.filter(pk=third.pk).update(applied_at=None, returned_at=third.succeeded_at)
    give(second, 10_000)
    assert refunds.refundable(booking_id) == [first]
    assert refunds.refundable(uuid.uuid4()) == []


def test_the_same_call_is_the_same_refund(stripe, in_alpha):
    """R30, at the gateway: twice with one key."""
    payment = charge(stripe)
    refund = refunds.plan(payment, 4000, Refund.Reason.BY_HAND, database_now())
    one, two = refunds.send(refund), refunds.send(refund)
    assert (one, len(stripe.refunds())) == (two, 1)
    assert gateway.retrieve(disputes.charged_of(payment), one.refund_id) == one
    assert one.metadata["forecourt_refund"] == str(refund.pk)


def test_another_venue_s_charge_does_not_exist(stripe, in_alpha):
    """A payment on an account that is no longer ours to use is nobody else's."""
    payment = charge(stripe)
    refund = refunds.plan(payment, 4000, Refund.Reason.BY_HAND, database_now())
    other = stripe.reconnect("direct")
    payment.account_id = refund.payment.account_id = other.account_id
    with pytest.raises(refunds.Impossible, match="gone"):
        refunds.send(refund)
    assert stripe.refunds() == []
