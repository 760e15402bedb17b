"""Payments that take a while, and those that are refused: 3-D Secure, direct debits, declined cards (R18, R19)."""

from datetime import timedelta

import pytest
from django.db.models import F

from billing.payments.models import Payment
from bookings import cancelling, checkout, following
from bookings.cancelling import Cancellation
from bookings.letters import values
from bookings.models import Booking
from bookings.records import Actor
from bookings.views.words import words_for
from kernel.errors import TooMany
from schemas.clock import database_now
from tenants.models import OutgoingMail
from tests.bookings.paying.scenes import PRICE, acts, again, money, paid, refunds_of, room, with_deposit
from tests.bookings.scenes import digest, let_lapse

SCA = "pm_card_authenticationRequired"
DECLINED, POOR = "pm_card_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds"
DEBIT = {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"}}
PAYER = {"name": "Gina", "email": "gina@example.org"}


def debit(stripe, intent_id: str) -> str:
    """The customer pays by SEPA direct debit."""
    method = stripe.client.v1.payment_methods.create({**DEBIT, "billing_details": PAYER}, stripe.on)
    agreed = {"customer_acceptance": {"type": "offline"}}
    done = stripe.client.v1.payment_intents.confirm(
        intent_id, {"payment_method": method.id, "return_url": "https://example.org", "mandate_data": agreed}, stripe.on
    )
    return done.status


def aged(booking: Booking, minutes: int) -> Booking:
    """As if it had been held so long ago."""
    ago = timedelta(minutes=minutes)
    Booking.objects.filter(pk=booking.pk).update(
        created_at=F("created_at") - ago, hold_expires_at=F("hold_expires_at") - ago
    )
    return again(booking)


def test_while_the_bank_asks_the_hold_is_extended_once(till, in_alpha):
    """R18"""
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    booking = aged(booking, 10)
    assert till.pay(start.intent.id, SCA) == "requires_action"
    payment = checkout.look(start.payment.pk)
    longer = again(booking)
    assert money(booking) == ("held", "processing", 0)
    assert longer.hold_expires_at - longer.created_at == timedelta(minutes=25, seconds=0) + (
        payment.extended_at - longer.created_at - timedelta(minutes=10)
    )
    assert acts(booking)[-1] == ("hold_extended", "held")
    aged(booking, 5)
    rows = digest()
    checkout.look(start.payment.pk)
    assert digest() == rows
    till.authenticate(start.intent.id)
    checkout.look(start.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_no_hold_lasts_longer_than_half_an_hour(stripe, in_alpha):
    """R18"""
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    Booking.objects.filter(pk=booking.pk).update(created_at=database_now() - timedelta(minutes=28))
    Booking.objects.filter(pk=booking.pk).update(hold_expires_at=database_now() + timedelta(minutes=1))
    stripe.pay(start.intent.id, SCA)
    checkout.look(start.payment.pk)
    longer = again(booking)
    assert longer.hold_expires_at - longer.created_at == timedelta(minutes=30)


def test_authentication_that_never_ends_ends_with_the_hold(stripe, in_alpha):
    """R18: then nobody can pay it any more."""
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    stripe.pay(start.intent.id, SCA)
    checkout.look(start.payment.pk)
    let_lapse(booking)
    following.let_time_pass(booking.pk)
    assert money(booking)[0] == "expired"
    assert stripe.intent(start.intent.id).status == "canceled"


def test_who_is_not_authenticated_may_try_again(stripe, in_alpha):
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    stripe.pay(start.intent.id, SCA)
    stripe.authenticate(start.intent.id, "fail")
    payment = checkout.look(start.payment.pk)
    assert money(booking) == ("held", "failed", 0)
    assert (payment.state, payment.failure, payment.failures) == ("open", "payment_intent_authentication_failure", 1)
    assert checkout.start(booking.pk).intent.id == start.intent.id
    assert stripe.pay(start.intent.id) == "succeeded"
    checkout.look(start.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_a_declined_card_leaves_the_hold_and_the_next_one_pays(stripe, in_alpha):
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    before = again(booking).hold_expires_at
    assert stripe.pay(start.intent.id, POOR) == "insufficient_funds"
    payment = checkout.look(start.payment.pk)
    assert money(booking) == ("held", "failed", 0)
    assert again(booking).hold_expires_at == before
    assert (payment.state, payment.failure, payment.failures) == ("open", "insufficient_funds", 1)
    assert checkout.look(start.payment.pk).failures == 1
    assert stripe.pay(start.intent.id) == "succeeded"
    payment = checkout.look(start.payment.pk)
    assert (money(booking), payment.failure) == (("confirmed", "paid", PRICE), "")


def test_after_three_refusals_one_waits_a_minute(stripe, in_alpha):
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    for tries in (1, 2, 3):
        checkout.start(booking.pk)
        assert stripe.pay(start.intent.id, DECLINED) == "generic_decline"
        assert checkout.look(start.payment.pk).failures == tries
    with pytest.raises(TooMany) as refused:
        checkout.start(booking.pk)
    assert refused.value.code == "too_many_failures"
    assert 1 <= refused.value.retry_after <= 60
    Payment.objects.update(updated_at=database_now() - timedelta(minutes=1))
    assert checkout.start(booking.pk).intent.id == start.intent.id


def test_money_that_takes_days_keeps_the_time_for_a_day(till, in_alpha):
    """R19: until then nobody else gets it, and then it is confirmed."""
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    assert debit(till, start.intent.id) == "processing"
    now = database_now()
    payment = checkout.look(start.payment.pk)
    waiting = again(booking)
    assert (money(booking), waiting.pending_reason) == (("pending", "processing", 0), "payment")
    assert timedelta(hours=24) <= waiting.hold_expires_at - now < timedelta(hours=24, seconds=9)
    assert (payment.state, payment.method) == ("processing", "sepa_debit 3000")
    till.server.outside("debit", payment_intent=start.intent.id, outcome="succeeds")
    checkout.look(start.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_money_that_takes_days_and_fails_leaves_the_booking_to_be_paid_otherwise(stripe, in_alpha):
    """R19"""
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    debit(stripe, start.intent.id)
    checkout.look(start.payment.pk)
    stripe.server.outside("debit", payment_intent=start.intent.id, outcome="fails")
    payment = checkout.look(start.payment.pk)
    assert (money(booking), payment.state) == (("pending", "failed", 0), "open")
    assert checkout.start(booking.pk).intent.id == start.intent.id


def test_money_that_comes_days_later_takes_its_time_again_or_goes_back(stripe, in_alpha):
    """R19: a direct debit cannot be cancelled; the time is others' after a day."""
    for hour, taken in ((10, False), (12, True)):
        booking = room(in_alpha, hour)
        start = checkout.start(booking.pk)
        debit(stripe, start.intent.id)
        checkout.look(start.payment.pk)
        let_lapse(booking)
        following.let_time_pass(booking.pk)
        assert money(booking)[0] == "expired"
        if taken:
            room(in_alpha, hour, customer=None)
        stripe.server.outside("debit", payment_intent=start.intent.id, outcome="succeeds")
        payment = checkout.look(start.payment.pk)
        assert money(booking)[::2] == (("expired", 0) if taken else ("confirmed", PRICE))
        assert refunds_of(payment) == ([(PRICE, "too_late")] if taken else [])


def test_cancelled_at_stripe_a_hold_ends(stripe, in_alpha):
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    stripe.client.v1.payment_intents.cancel(start.intent.id, None, stripe.on)
    payment = checkout.look(start.payment.pk)
    following.let_time_pass(booking.pk)
    assert (money(booking)[0], payment.state) == ("expired", "cancelled")


def test_closing_an_attempt_after_it_was_paid_changes_nothing(stripe, in_alpha):
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    stripe.pay(start.intent.id)
    checkout.look(start.payment.pk)
    rows = digest()
    checkout.stop(start.payment.pk)
    following.follow(start.payment.pk)
    assert digest() == rows


def test_a_bank_that_asks_for_an_hour_keeps_a_confirmed_booking_no_longer(stripe, in_alpha):
    with_deposit(in_alpha)
    booking = room(in_alpha)
    checkout.look(paid(stripe, booking).pk)
    rest = checkout.start(booking.pk)
    stripe.pay(rest.intent.id, SCA)
    checkout.look(rest.payment.pk)
    assert money(booking) == ("confirmed", "processing", 500)
    following.follow(rest.payment.pk)
    assert money(booking) == ("confirmed", "processing", 500)
    Payment.objects.filter(pk=rest.payment.pk).update(updated_at=database_now() - following.LONGEST_ASKED)
    following.follow(rest.payment.pk)
    assert money(booking) == ("confirmed", "deposit_paid", 500)
    assert stripe.intent(rest.intent.id).status == "canceled"


def letters(booking: Booking) -> list[tuple[str, str]]:
    """To whom and about what was written because money takes days."""
    rows = OutgoingMail.objects.filter(key__startswith="debit").order_by("pk")
    return [(row.to, row.subject.partition(":")[0]) for row in rows]


def test_who_pays_by_debit_is_written_to_when_it_begins_and_when_it_fails(till, in_alpha):
    """The page says that one may close it."""
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    debit(till, start.intent.id)
    checkout.look(start.payment.pk)
    checkout.look(start.payment.pk)
    to = again(booking).customer.email
    assert letters(booking) == [(to, "Your payment is under way")]
    assert f"/bookings/{booking.pk}/" in OutgoingMail.objects.get(key__startswith="debit").text
    till.server.outside("debit", payment_intent=start.intent.id, outcome="fails")
    checkout.look(start.payment.pk)
    checkout.look(start.payment.pk)
    assert letters(booking)[1:] == [(to, "Your payment did not go through")]
    failed = OutgoingMail.objects.get(key__startswith="debit-failed")
    assert "€25.00, and nothing was charged." in failed.text
    assert "Pay by then, and it is yours." in failed.text
    assert f"/bookings/{booking.pk}/" in failed.text
    said = words_for(again(booking), database_now())
    assert (said.label, said.heading) == ("Payment failed", "Your payment did not go through")


def test_refused_card_of_who_looks_at_the_page_is_not_written_about(till, in_alpha):
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    assert till.pay(start.intent.id, DECLINED) == "generic_decline"
    checkout.look(start.payment.pk)
    assert (money(booking)[1], letters(booking)) == ("failed", [])


def test_over_or_cancelled_while_the_bank_decides_says_what_becomes_of_the_money(stripe, in_alpha):
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    debit(stripe, start.intent.id)
    checkout.look(start.payment.pk)
    let_lapse(booking)
    following.let_time_pass(booking.pk)
    late = again(booking)
    assert "else all of it goes back to you." in words_for(late, database_now()).next_step
    assert "else it goes back." in dict(values.facts_of(late, values.of_booking(late)))["Your payment"]
    other = room(in_alpha, 14)
    start = checkout.start(other.pk)
    debit(stripe, start.intent.id)
    checkout.look(start.payment.pk)
    cancelling.cancel(again(other), Actor.of(other.customer), Cancellation())
    assert "When it arrives, all of it goes back to you." in words_for(again(other), database_now()).next_step
