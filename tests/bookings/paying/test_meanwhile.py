"""Something happens to the booking while it is being paid: cancelled, paid at the desk, changed (R27, I4)."""

from datetime import timedelta

import pytest

from billing.payments.models import Payment
from bookings import cancelling, changes, checkout, following, lifecycle, visits
from bookings.agreed import Change
from bookings.cancelling import Cancellation
from bookings.lifecycle import Taking
from bookings.models import Booking, BookingEvent
from bookings.records import Actor
from kernel.errors import Refused
from schemas.clock import database_now
from tenants import due
from tenants.models import DueWork
from tests.bookings.paying.scenes import PRICE, again, money, paid, refunds_of, room, with_deposit

STAFF = Actor(BookingEvent.ActorKind.STAFF, 1)


def test_cancelled_first_and_paid_then_goes_back_whole(till, in_alpha):
    """R27"""
    booking = room(in_alpha)
    payment = paid(till, booking)
    cancelling.cancel(booking, Actor.of(None), Cancellation())
    checkout.look(payment.pk)
    assert money(booking) == ("cancelled", "unpaid", 0)
    assert refunds_of(payment) == [(PRICE, "cancelled")]


def test_paid_first_and_cancelled_then_owes_it(stripe, in_alpha):
    """R27"""
    booking = room(in_alpha)
    payment = paid(stripe, booking)
    checkout.look(payment.pk)
    cancelling.cancel(booking, STAFF, Cancellation())
    assert (again(booking).state, again(booking).refund_due_minor) == ("cancelled", PRICE)
    checkout.look(payment.pk)
    assert again(booking).refund_due_minor == PRICE
    assert refunds_of(payment) == []


def test_an_attempt_of_a_cancelled_booking_is_closed(stripe, in_alpha):
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    cancelling.cancel(booking, Actor.of(None), Cancellation())
    following.follow(start.payment.pk)
    assert stripe.intent(start.intent.id).status == "canceled"


@pytest.mark.parametrize("kind", ["intent", "session"])
def test_cancelling_has_the_clock_close_what_is_open_at_once(till, in_alpha, kind):
    """R27: nobody pays in another tab for two minutes more."""
    booking = room(in_alpha)
    opened = checkout.start(booking.pk) if kind == "intent" else checkout.start_session(booking.pk)
    cancelling.cancel(booking, Actor.of(None), Cancellation())
    work = DueWork.objects.get(kind="booking_clock", object_id=str(booking.pk))
    assert work.due_at == again(booking).cancelled_at
    due.perform(work.pk, work.attempts)
    assert Payment.objects.get().state == "cancelled"
    end = till.pay_page(opened.url) if kind == "session" else till.intent(opened.intent.id).status
    assert end == (410 if kind == "session" else "canceled")


def test_what_is_open_in_another_tab_is_closed_when_nothing_is_due_any_more(till, in_alpha):
    """I4: the card form was paid while Stripe's page took its place; the page is closed now, not in a day."""
    booking = room(in_alpha)
    first = checkout.start(booking.pk)
    Payment.objects.filter(pk=first.payment.pk).update(state="cancelled", failure="replaced")
    page = checkout.start_session(booking.pk)
    assert till.pay(first.intent.id) == "succeeded"
    checkout.look(first.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)
    work = DueWork.objects.get(kind="payment", object_id=str(page.payment.pk))
    assert work.due_at <= database_now()
    following.follow(page.payment.pk)
    assert till.pay_page(page.url) == 410
    assert list(Payment.objects.order_by("number").values_list("state", flat=True)) == ["succeeded", "cancelled"]


def test_paid_at_the_desk_what_is_open_is_closed_at_the_next_look(till, in_alpha):
    booking = room(in_alpha)
    opened = checkout.start(booking.pk)
    lifecycle.pay_on_site(booking, Taking(PRICE), STAFF)
    following.follow(opened.payment.pk)
    assert till.intent(opened.intent.id).status == "canceled"
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_paid_at_the_desk_meanwhile_the_card_gets_its_money_back(stripe, in_alpha):
    """I4: nobody pays twice."""
    booking = room(in_alpha)
    payment = paid(stripe, booking)
    lifecycle.pay_on_site(booking, Taking(PRICE), STAFF)
    checkout.look(payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)
    assert refunds_of(payment) == [(PRICE, "twice")]


def test_two_attempts_that_were_both_paid_leave_one(till, in_alpha):
    """I4: an intent of before, paid in another window after it was put away."""
    booking = room(in_alpha)
    first = checkout.start(booking.pk)
    Payment.objects.filter(pk=first.payment.pk).update(state="cancelled")
    second = checkout.start(booking.pk)
    for start in (first, second):
        assert till.pay(start.intent.id) == "succeeded"
    checkout.look(second.payment.pk)
    checkout.look(first.payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)
    assert refunds_of(first.payment) == [(PRICE, "twice")]
    assert refunds_of(second.payment) == []


def longer(booking: Booking) -> Booking:
    """The hold, an hour longer: twice the price."""
    return changes.change(booking, Change(end=booking.end + timedelta(hours=1)), Actor.of(None))


def test_another_price_is_another_attempt(stripe, in_alpha):
    booking = room(in_alpha)
    first = checkout.start(booking.pk)
    longer(booking)
    second = checkout.start(booking.pk)
    assert (second.intent.amount_minor, second.payment.number) == (2 * PRICE, 2)
    assert stripe.intent(first.intent.id).status == "canceled"
    assert money(booking) == ("held", "unpaid", 0)
    checkout.look(first.payment.pk)
    assert money(booking) == ("held", "unpaid", 0)
    stripe.pay(second.intent.id)
    checkout.look(second.payment.pk)
    assert money(booking) == ("confirmed", "paid", 2 * PRICE)


def test_what_was_paid_of_the_old_price_counts_and_the_rest_is_asked_for(stripe, in_alpha):
    booking = room(in_alpha)
    payment = paid(stripe, booking)
    longer(booking)
    checkout.look(payment.pk)
    assert money(booking) == ("held", "deposit_paid", PRICE)
    rest = checkout.start(booking.pk)
    assert rest.intent.amount_minor == PRICE
    stripe.pay(rest.intent.id)
    checkout.look(rest.payment.pk)
    assert money(booking) == ("confirmed", "paid", 2 * PRICE)


def test_what_was_paid_of_a_price_that_lapses_is_owed(stripe, in_alpha):
    booking = room(in_alpha)
    payment = paid(stripe, booking)
    longer(booking)
    checkout.look(payment.pk)
    Booking.objects.filter(pk=booking.pk).update(hold_expires_at=database_now())
    following.let_time_pass(booking.pk)
    assert (again(booking).state, again(booking).refund_due_minor) == ("expired", PRICE)


def test_what_was_paid_beyond_a_price_that_fell_is_owed(stripe, in_alpha):
    booking = longer(room(in_alpha))
    payment = paid(stripe, booking)
    changes.change(booking, Change(end=booking.start + timedelta(hours=1)), Actor.of(None))
    checkout.look(payment.pk)
    now = again(booking)
    assert money(booking) == ("confirmed", "paid", 2 * PRICE)
    assert now.refund_due_minor == PRICE


def test_a_booking_is_not_changed_while_the_bank_asks(stripe, in_alpha):
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    stripe.pay(start.intent.id, "pm_card_authenticationRequired")
    checkout.look(start.payment.pk)
    with pytest.raises(Refused) as refused:
        longer(again(booking))
    assert refused.value.code == "payment_open"


def test_a_dearer_confirmed_booking_has_its_difference_paid(stripe, in_alpha):
    booking = room(in_alpha)
    checkout.look(paid(stripe, booking).pk)
    longer(again(booking))
    rest = checkout.start(booking.pk)
    assert (rest.payment.purpose, rest.intent.amount_minor) == ("balance", PRICE)
    stripe.pay(rest.intent.id)
    checkout.look(rest.payment.pk)
    assert money(booking) == ("confirmed", "paid", 2 * PRICE)


def test_a_balance_of_a_booking_that_nobody_came_to_goes_back(stripe, in_alpha):
    with_deposit(in_alpha)
    booking = room(in_alpha)
    checkout.look(paid(stripe, booking).pk)
    payment = paid(stripe, booking)
    Booking.objects.filter(pk=booking.pk).update(start=database_now() - timedelta(minutes=20))
    visits.mark_no_show(again(booking), STAFF)
    checkout.look(payment.pk)
    assert refunds_of(payment) == [(PRICE * 4 // 5, "cancelled")]
