"""Stripe fails, or its answer is lost: the hold stays, and asking again makes no second payment (R30's kin)."""

import pytest

from accounts.models import User
from billing.gateway.trouble import ProviderTrouble
from billing.payments import cards
from billing.payments.models import Payment
from bookings import checkout, following
from bookings.asking import Payer
from schemas.clock import database_now
from tests.bookings.paying.scenes import PRICE, again, money, room
from tests.bookings.scenes import let_lapse

CREATE = {"method": "POST", "path": "payment_intents$"}


@pytest.mark.parametrize("what", ["timeout_before", "timeout_after"])
def test_a_lost_answer_is_asked_for_again_under_the_same_key(stripe, in_alpha, what):
    booking = room(in_alpha)
    before = again(booking).hold_expires_at
    stripe.faults({**CREATE, "do": what})
    with pytest.raises(ProviderTrouble) as trouble:
        checkout.start(booking.pk)
    assert trouble.value.code == "payment_provider_error"
    assert (money(booking), again(booking).hold_expires_at) == (("held", "unpaid", 0), before)
    start = checkout.start(booking.pk)
    assert len(stripe.intents()) == Payment.objects.count() == 1
    assert stripe.intents()[0].id == start.intent.id


@pytest.mark.parametrize("effect", [False, True])
def test_an_error_that_stripe_keeps_under_the_key_is_not_asked_for_again(till, in_alpha, effect):
    """A 500 is saved for a day: the next try is another attempt, and the first one's intent was nobody's."""
    booking = room(in_alpha)
    till.faults({**CREATE, "do": "status", "status": 500, "effect": effect})
    with pytest.raises(ProviderTrouble):
        checkout.start(booking.pk)
    start = checkout.start(booking.pk)
    assert list(Payment.objects.values_list("state", flat=True)) == ["cancelled", "open"]
    till.pay(start.intent.id)
    checkout.look(start.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_a_busy_stripe_is_waited_for(stripe, in_alpha):
    booking = room(in_alpha)
    stripe.faults({**CREATE, "do": "status", "status": 409, "times": 2})
    assert checkout.start(booking.pk).intent.status == "requires_payment_method"
    stripe.faults({**CREATE, "do": "status", "status": 429})
    with pytest.raises(ProviderTrouble):
        checkout.start(room(in_alpha, 14).pk)


@pytest.mark.parametrize("call", ["customers$", "payment_intents/pi_[^/]+$"])
@pytest.mark.parametrize("effect", [False, True])
def test_wish_to_keep_the_card_that_stripe_failed_at_can_be_made_again(till, in_alpha, call, effect):
    """Stripe keeps a 500 under a key for a day: who wants their card kept could not pay for so long."""
    booking = room(in_alpha)
    payer = Payer(User.objects.get(pk=in_alpha.users["guest"]), keeps_card=True)
    till.faults({"method": "POST", "path": call, "do": "status", "status": 500, "effect": effect})
    with pytest.raises(ProviderTrouble):
        checkout.start(booking.pk, payer)
    opened = checkout.start(booking.pk, payer)
    assert opened.intent.id == till.intents()[0].id
    assert till.pay(opened.intent.id) == "succeeded"
    checkout.look(opened.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)
    assert [card.last4 for card in cards.of_member(payer.user.pk)] == ["4242"]


def test_an_event_before_the_answer_finds_its_attempt(till, in_alpha):
    """R20: the row does not know its intent yet; metadata and the event's id lead to it."""
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    till.pay(start.intent.id)
    Payment.objects.update(intent_id="", state="created")
    assert checkout.look(start.payment.pk).state == "created"
    checkout.look(start.payment.pk, start.intent.id)
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_without_any_event_the_clock_finds_out(stripe, in_alpha):
    """R21"""
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    stripe.pay(start.intent.id)
    following.follow(start.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_an_attempt_that_nobody_pays_is_closed_after_a_day(stripe, in_alpha):
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    following.follow(start.payment.pk)
    assert stripe.intent(start.intent.id).status == "requires_payment_method"
    Payment.objects.update(created_at=database_now() - following.LONGEST_OPEN)
    following.follow(start.payment.pk)
    assert stripe.intent(start.intent.id).status == "canceled"
    assert again(booking).state == "held"


def test_an_attempt_that_stripe_never_heard_of_ends_by_itself(stripe, in_alpha):
    booking = room(in_alpha)
    stripe.faults({**CREATE, "do": "timeout_before"})
    with pytest.raises(ProviderTrouble):
        checkout.start(booking.pk)
    Payment.objects.update(created_at=database_now() - following.LONGEST_OPEN)
    payment = Payment.objects.get()
    following.follow(payment.pk)
    payment.refresh_from_db()
    assert (payment.state, payment.failure) == ("cancelled", "abandoned")


def test_an_attempt_on_an_account_that_withdrew_our_access_ends(stripe, in_alpha):
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    stripe.server.outside("deauthorize", account=stripe.account.account_id)
    following.follow(start.payment.pk)
    start.payment.refresh_from_db()
    assert (start.payment.state, start.payment.failure) == ("cancelled", "account_revoked")
    let_lapse(booking)
    following.let_time_pass(booking.pk)
    assert money(booking) == ("expired", "unpaid", 0)
