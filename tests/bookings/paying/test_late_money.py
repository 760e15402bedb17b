"""Money that comes when the hold is over: its time is taken again if that is free, else all goes back (R13-R17)."""

from datetime import timedelta

import pytest

from billing.gateway.trouble import ProviderTrouble
from bookings import checkout, following, lifecycle
from bookings.models import Booking, CreditEntry, GiftCredit, Occupancy
from bookings.records import Actor
from bookings.requests import Payment as Means
from schemas.clock import database_now
from tests.bookings.paying.scenes import PRICE, again, expired, money, paid, refunds_of, room
from tests.bookings.scenes import GUEST, digest, held, let_lapse, slot
from venues.models import Resource, Voucher


def taken_by_another(in_alpha, hour: int = 10) -> Booking:
    """Somebody else's confirmed booking of the room."""
    other = held(in_alpha.annex_room, slot(hour))
    return lifecycle.submit(other, GUEST, Actor.of(None))


def test_a_lapsed_hold_that_nobody_took_is_confirmed(stripe, in_alpha):
    """R15, with every worker dead."""
    booking = room(in_alpha)
    payment = paid(stripe, booking)
    let_lapse(booking)
    checkout.look(payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)
    assert Occupancy.objects.filter(booking=booking).count() == 1


def test_an_expired_booking_takes_its_time_again(till, in_alpha):
    """R15. The same place; the units of a pool may be others."""
    booking = room(in_alpha)
    before = list(Occupancy.objects.filter(booking=booking).values_list("resource", "during"))
    payment = paid(till, booking)
    expired(booking)
    assert not Occupancy.objects.filter(booking=booking).exists()
    checkout.look(payment.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)
    assert list(Occupancy.objects.filter(booking=booking).values_list("resource", "during")) == before
    assert refunds_of(payment) == []


@pytest.mark.parametrize("tidied", [False, True], ids=["lapsed", "expired"])
def test_money_for_time_that_somebody_else_has_goes_back_whole(till, in_alpha, tidied):
    """R14, by both ways to lose it: the clock came first, or the other one did."""
    booking = room(in_alpha)
    payment = paid(till, booking)
    if tidied:
        expired(booking)
    else:
        let_lapse(booking)
    other = taken_by_another(in_alpha)
    checkout.look(payment.pk)
    assert money(booking)[::2] == ("expired", 0)
    assert refunds_of(payment) == [(PRICE, "too_late")]
    payment.refresh_from_db()
    assert (payment.state, payment.applied_at) == ("succeeded", None)
    assert payment.returned_at is not None
    assert again(other).state == "confirmed"
    rows = digest()
    checkout.look(payment.pk)
    assert digest() == rows
    assert refunds_of(payment) == [(PRICE, "too_late")]


def test_a_unit_of_a_pool_may_be_another_one(stripe, in_alpha):
    Resource.objects.filter(pk=in_alpha.kayaks).update(pays_online=True, needs_approval=False)
    booking = held(in_alpha.kayaks, slot(10))
    payment = paid(stripe, booking)
    expired(booking)
    for _kayak in range(2):
        lifecycle.submit(held(in_alpha.kayaks, slot(10)), GUEST, Actor.of(None))
    checkout.look(payment.pk)
    assert money(booking)[0] == "confirmed"
    assert list(Occupancy.objects.filter(booking=booking).values_list("unit", flat=True)) == [2]


def test_a_whole_does_not_come_back_when_a_part_is_taken(stripe, in_alpha):
    Resource.objects.filter(pk__in=[in_alpha.hall, in_alpha.half_a]).update(pays_online=True, needs_approval=False)
    booking = held(in_alpha.hall, slot(10))
    payment = paid(stripe, booking)
    expired(booking)
    lifecycle.submit(held(in_alpha.half_a, slot(10)), GUEST, Actor.of(None))
    checkout.look(payment.pk)
    assert refunds_of(payment) == [(PRICE, "too_late")]


def test_money_that_comes_when_it_has_begun_goes_back(stripe, in_alpha):
    booking = room(in_alpha)
    payment = paid(stripe, booking)
    Booking.objects.filter(pk=booking.pk).update(start=database_now() - timedelta(minutes=1))
    let_lapse(booking)
    checkout.look(payment.pk)
    assert refunds_of(payment) == [(PRICE, "too_late")]
    assert again(booking).paid_minor == 0


def test_money_for_a_place_that_is_closed_for_good_goes_back(stripe, in_alpha):
    booking = room(in_alpha)
    payment = paid(stripe, booking)
    expired(booking)
    Resource.objects.filter(pk=in_alpha.annex_room).update(is_active=False)
    checkout.look(payment.pk)
    assert refunds_of(payment) == [(PRICE, "too_late")]


def credit(amount: int) -> GiftCredit:
    """Gift credit on the code GIFT."""
    return GiftCredit.objects.create(code="GIFT", currency="EUR", balance_minor=amount, created_at=database_now())


def test_gift_credit_that_went_back_is_used_again(stripe, in_alpha):
    gift = credit(1000)
    booking = room(in_alpha, payment=Means(credit="GIFT"))
    payment = paid(stripe, booking)
    assert payment.amount_minor == 1500
    expired(booking)
    gift.refresh_from_db()
    assert gift.balance_minor == 1000
    checkout.look(payment.pk)
    gift.refresh_from_db()
    assert (money(booking), gift.balance_minor) == (("confirmed", "paid", 1500), 0)
    assert again(booking).credit_minor == 1000
    assert list(CreditEntry.objects.filter(booking=booking).order_by("pk").values_list("amount_minor", flat=True)) == [
        -1000, 1000, -1000,
    ]  # fmt: skip


def test_without_the_gift_credit_it_had_it_does_not_come_back(stripe, in_alpha):
    gift = credit(1000)
    booking = room(in_alpha, payment=Means(credit="GIFT"))
    payment = paid(stripe, booking)
    expired(booking)
    GiftCredit.objects.filter(pk=gift.pk).update(balance_minor=999)
    checkout.look(payment.pk)
    assert refunds_of(payment) == [(1500, "too_late")]
    gift.refresh_from_db()
    assert gift.balance_minor == 999
    assert not Occupancy.objects.filter(booking=booking).exists()


@pytest.mark.parametrize("tidied", [False, True], ids=["lapsed", "expired"])
def test_a_voucher_that_somebody_else_used_up_is_not_used_twice(stripe, in_alpha, tidied):
    Voucher.objects.create(code="ONCE", percent_off=1000, most_uses=1)
    booking = room(in_alpha, payment=Means(voucher="ONCE"))
    payment = paid(stripe, booking)
    if tidied:
        expired(booking)
    else:
        let_lapse(booking)
    held(in_alpha.annex_room, slot(14), payment=Means(voucher="ONCE"))
    checkout.look(payment.pk)
    assert refunds_of(payment) == [(2250, "too_late")]


def test_the_clock_asks_before_it_releases(stripe, in_alpha):
    """R13: paid in the last second, and no event has arrived."""
    booking = room(in_alpha)
    paid(stripe, booking)
    let_lapse(booking)
    following.let_time_pass(booking.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_the_clock_closes_what_was_not_paid_before_it_releases(till, in_alpha):
    """R17: afterwards nobody can pay it."""
    booking = room(in_alpha)
    opened = checkout.start(booking.pk)
    let_lapse(booking)
    following.let_time_pass(booking.pk)
    assert money(booking) == ("expired", "unpaid", 0)
    assert till.intent(opened.intent.id).status == "canceled"
    opened.payment.refresh_from_db()
    assert (opened.payment.state, opened.payment.failure) == ("cancelled", "abandoned")


def test_paid_between_the_look_and_the_cancelling_is_paid(stripe, in_alpha, monkeypatch):
    """R17: Stripe says `payment_intent_unexpected_state`, and is looked at again."""
    booking = room(in_alpha)
    opened = checkout.start(booking.pk)
    let_lapse(booking)

    def hit(name: str) -> bool:
        if name == "checkout.stopping":
            assert stripe.pay(opened.intent.id) == "succeeded"
        return False

    monkeypatch.setattr("kernel.failpoints.hit", hit)
    following.let_time_pass(booking.pk)
    assert money(booking) == ("confirmed", "paid", PRICE)


def test_an_attempt_of_a_booking_that_lost_its_time_is_closed(stripe, in_alpha):
    booking = room(in_alpha)
    opened = checkout.start(booking.pk)
    let_lapse(booking)
    taken_by_another(in_alpha)
    assert again(booking).state == "expired"
    following.let_time_pass(booking.pk)
    assert stripe.intent(opened.intent.id).status == "canceled"
    assert again(booking).state == "expired"


def test_while_stripe_does_not_answer_the_clock_waits_and_then_goes_on(stripe, in_alpha):
    booking = room(in_alpha)
    checkout.start(booking.pk)
    let_lapse(booking)
    stripe.faults({"method": "GET", "path": "payment_intents", "do": "status", "status": 500, "times": 9})
    with pytest.raises(ProviderTrouble):
        following.let_time_pass(booking.pk)
    assert again(booking).state == "held"
    Booking.objects.filter(pk=booking.pk).update(hold_expires_at=database_now() - following.PATIENCE)
    following.let_time_pass(booking.pk)
    assert again(booking).state == "expired"
