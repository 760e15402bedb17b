"""Refunds made in Stripe's dashboard are recognised and counted; what was owed is not paid twice (I5)."""

import pytest

from billing.payments.models import Payment, Refund
from bookings import cancelling, returns
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingEvent
from bookings.records import Actor
from tests.bookings.api.desk import OWN, under
from tests.bookings.returning.scene import at_stripe, credit_notes, money, paid, refunds_of, work_off


def at_dashboard(till, payment, amount):
    """The owner returns so much at Stripe."""
    till.client.v1.refunds.create({"payment_intent": payment.intent_id, "amount": amount}, till.on)


@pytest.mark.parametrize("charge_type", ["direct", "destination"])
def test_of_a_live_booking_it_is_goodwill(stripe, in_alpha, guest, home, charge_type):
    """charge.refunded without a call of ours: reflected, once."""
    stripe.reconnect(charge_type)
    booking, payment = paid(stripe, in_alpha, guest)
    at_dashboard(stripe, payment, 1000)
    for _time in range(3):
        returns.look(payment.pk)
    assert money(booking) == ("partially_refunded", 1500, 0, 0)
    assert (Booking.objects.get(pk=booking.pk).total_minor, credit_notes(booking)) == (1500, [-1000])
    assert refunds_of(booking) == [(1000, 0, "elsewhere", "succeeded")]
    assert Payment.objects.get(pk=payment.pk).refunded_minor == 1000
    assert BookingEvent.objects.filter(booking=booking, act="refunded").count() == 1
    at_dashboard(stripe, payment, 1500)
    returns.look(payment.pk)
    assert money(booking) == ("refunded", 0, 0, 0)
    assert home("guest").get(f"{OWN}{booking.pk}/").json()["status"] == "refunded"
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert work_off() == []


def test_what_is_owed_is_not_paid_a_second_time(stripe, in_alpha, guest):
    """The owner is faster than the clock."""
    booking, payment = paid(stripe, in_alpha, guest)
    under(booking.pk, {"minutes_before": 0, "percent": 4000})
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    at_dashboard(stripe, payment, 1500)
    returns.look(payment.pk)
    assert money(booking) == ("partially_refunded", 1000, 0, 0)
    work_off()
    assert (len(stripe.refunds()), Booking.objects.get(pk=booking.pk).fee_minor) == (1, 1000)


@pytest.mark.parametrize("seen_first", [True, False])
def test_what_is_on_its_way_is_refused_by_stripe_and_not_owed_again(stripe, in_alpha, guest, seen_first):
    """Planned by us and made by the owner at the same moment: all of it went back once."""
    booking, payment = paid(stripe, in_alpha, guest)
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    returns.pay_back(booking.pk)
    assert money(booking) == ("paid", 2500, 0, 2500)
    at_dashboard(stripe, payment, 2500)
    if seen_first:
        returns.look(payment.pk)
    work_off()
    returns.look(payment.pk)
    assert money(booking) == ("refunded", 0, 0, 0)
    assert at_stripe(stripe, payment)[0] == 2500
    states = Refund.objects.filter(booking_id=booking.pk).values_list("reason", "state", "failure")
    assert sorted(states) == [("cancelled", "failed", "charge_already_refunded"), ("elsewhere", "succeeded", "")]
    assert work_off() == []
    assert Payment.objects.get(pk=payment.pk).refunded_minor == 2500


def test_more_than_was_owed_lowers_the_fee(stripe, in_alpha, guest):
    booking, payment = paid(stripe, in_alpha, guest)
    under(booking.pk, {"minutes_before": 0, "percent": 4000})
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    at_dashboard(stripe, payment, 2000)
    returns.look(payment.pk)
    assert (Booking.objects.get(pk=booking.pk).fee_minor, *money(booking)) == (500, "partially_refunded", 500, 0, 0)


def test_one_that_fails_after_all_is_owed(stripe, in_alpha, guest):
    booking, payment = paid(stripe, in_alpha, guest)
    at_dashboard(stripe, payment, 1000)
    returns.look(payment.pk)
    stripe.server.outside("refund", refund=stripe.refunds()[0].id, outcome="failed", reason="unknown")
    returns.look(payment.pk)
    assert money(booking) == ("paid", 2500, 1000, 0)
    assert refunds_of(booking) == [(1000, 0, "elsewhere", "failed")]


def test_one_that_had_failed_before_we_heard_of_it_moved_nothing(stripe, in_alpha, guest):
    booking, payment = paid(stripe, in_alpha, guest)
    at_dashboard(stripe, payment, 1000)
    stripe.server.outside("refund", refund=stripe.refunds()[0].id, outcome="failed", reason="unknown")
    returns.look(payment.pk)
    assert money(booking) == ("paid", 2500, 0, 0)
    assert refunds_of(booking) == [(1000, 0, "elsewhere", "failed")]


def test_money_that_is_not_counted_yet_is_somebody_else_s_business(stripe, in_alpha, guest):
    """R24: charge.refunded before payment_intent.succeeded: `checkout.look` comes first."""
    booking, payment = paid(stripe, in_alpha, guest)
    Payment.objects.filter(pk=payment.pk).update(applied_at=None)
    at_dashboard(stripe, payment, 1000)
    returns.look(payment.pk)
    assert refunds_of(booking) == []
