"""Paying on Stripe's own page: one attempt at a time, and no page outlives the hold (R17)."""

import pytest

from billing.gateway import sessions
from billing.payments import attempts
from billing.payments.models import Payment
from bookings import checkout, following
from tests.bookings.paying.scenes import PRICE, again, money, refunds_of, room
from tests.bookings.scenes import let_lapse


def session_of(payment: Payment) -> sessions.Session:
    """The page as it is at Stripe."""
    payment.refresh_from_db()
    return sessions.retrieve(attempts.place_of(payment), payment.session_id)


def test_a_page_leads_back_to_the_booking_and_pays_it(till, in_alpha):
    booking = room(in_alpha)
    page = checkout.start_session(booking.pk)
    assert till.pay_page(page.url) == 303
    payment = checkout.look(page.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)
    assert (payment.method, payment.state) == ("visa 4242", "succeeded")
    assert payment.intent_id == session_of(payment).intent_id
    found = till.intent(payment.intent_id)
    assert found.metadata.to_dict() == attempts.metadata_of(payment)
    raw = till.client.v1.checkout.sessions.retrieve(payment.session_id, None, till.on)
    back = f"http://{in_alpha.host}/bookings/{booking.pk}/"
    assert raw.success_url.startswith(back)
    assert raw.cancel_url.startswith(back)


def test_asking_again_gives_the_same_page(stripe, in_alpha):
    booking = room(in_alpha)
    first, second = checkout.start_session(booking.pk), checkout.start_session(booking.pk)
    assert first == second
    assert Payment.objects.count() == 1


def test_a_page_and_a_card_form_are_not_open_at_once(stripe, in_alpha):
    booking = room(in_alpha)
    page = checkout.start_session(booking.pk)
    form = checkout.start(booking.pk)
    assert session_of(page.payment).status == "expired"
    again_page = checkout.start_session(booking.pk)
    assert stripe.intent(form.intent.id).status == "canceled"
    assert stripe.pay_page(page.url) == 410
    assert money(booking) == ("held", "unpaid", 0)
    assert stripe.pay_page(again_page.url) == 303
    checkout.look(again_page.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)
    assert Payment.objects.count() == 3


def test_a_page_ends_with_the_hold(stripe, in_alpha):
    """R17: Stripe's shortest page lasts half an hour; ours is closed when the hold is over."""
    booking = room(in_alpha)
    page = checkout.start_session(booking.pk)
    let_lapse(booking)
    following.let_time_pass(booking.pk)
    assert (session_of(page.payment).status, again(booking).state) == ("expired", "expired")
    assert stripe.pay_page(page.url) == 410


def test_paid_on_a_page_while_it_was_being_closed_is_paid(stripe, in_alpha, monkeypatch):
    """R17"""
    booking = room(in_alpha)
    page = checkout.start_session(booking.pk)
    let_lapse(booking)

    def hit(name: str) -> bool:
        if name == "checkout.stopping":
            assert stripe.pay_page(page.url) == 303
        return False

    monkeypatch.setattr("kernel.failpoints.hit", hit)
    following.let_time_pass(booking.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_a_declined_card_on_the_page_leaves_the_hold(stripe, in_alpha):
    booking = room(in_alpha)
    page = checkout.start_session(booking.pk)
    assert stripe.pay_page(page.url, "4000000000000002") == 402
    payment = checkout.look(page.payment.pk)
    assert (money(booking), payment.failure) == (("held", "failed", 0), "generic_decline")
    assert stripe.pay_page(page.url) == 303
    checkout.look(page.payment.pk)
    assert (money(booking), refunds_of(payment)) == (("confirmed", "paid", PRICE), [])


def test_no_page_is_opened_twice_when_its_answer_is_lost(stripe, in_alpha):
    booking = room(in_alpha)
    stripe.faults({"method": "POST", "path": "checkout/sessions$", "do": "timeout_after"})
    with pytest.raises(Exception, match="payment_provider_error"):
        checkout.start_session(booking.pk)
    page = checkout.start_session(booking.pk)
    assert page.url
    assert len(stripe.client.v1.checkout.sessions.list(None, stripe.on).data) == 1
