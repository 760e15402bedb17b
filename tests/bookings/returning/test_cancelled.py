"""Cancelling a paid booking returns what the preview promised, once, the way it was paid (I3, I5)."""

import pytest

from billing.payments.models import Payment
from bookings import cancelling
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingEvent
from bookings.records import Actor
from schemas.clock import database_now
from tests.bookings.api.desk import OWN, under
from tests.bookings.returning.scene import (
    Card,
    at_stripe,
    booked,
    credit_notes,
    desk,
    money,
    paid,
    pay,
    refunds_of,
    work_off,
)

CHARGE_TYPES = ("direct", "destination")


@pytest.mark.parametrize("charge_type", CHARGE_TYPES)
@pytest.mark.parametrize(
    ("percent", "fee", "kept", "fee_back"),
    [(0, 1000, 0, 250), (4000, 1000, 1000, 150), (3333, 1000, 833, 167), (0, 0, 0, 0), (4000, 0, 1000, 0)],
)
def test_what_the_preview_says_comes_back(stripe, in_alpha, guest, home, charge_type, percent, fee, kept, fee_back):
    """Full and partial, with and without a fee of the platform's: its share goes back in proportion."""
    stripe.reconnect(charge_type)
    booking, payment = paid(stripe, in_alpha, guest, Card(fee=fee))
    under(booking.pk, {"minutes_before": 0, "percent": percent})
    told = home("guest").get(f"{OWN}{booking.pk}/cancellation-preview/").json()
    back = 2500 - kept
    assert told["refund"] == f"{back / 100:.2f}"
    assert home("guest").post(f"{OWN}{booking.pk}/cancel/").status_code == 200
    assert money(booking) == ("paid", 2500, back, 0)
    assert work_off() == ["pay_back", "refund"]
    assert money(booking) == ("partially_refunded" if kept else "refunded", kept, 0, 0)
    assert refunds_of(booking) == [(back, fee_back, "cancelled", "succeeded")]
    assert at_stripe(stripe, payment) == (back, fee_back, back if charge_type == "destination" else 0)
    assert Payment.objects.get(pk=payment.pk).refunded_minor == back
    status = home("guest").get(f"{OWN}{booking.pk}/").json()["status"]
    assert status == ("cancelled" if kept else "refunded")
    assert credit_notes(booking) == [-back]
    [happened] = BookingEvent.objects.filter(booking=booking, act="refunded")
    assert (happened.why, happened.actor_kind) == (f"{back / 100:.2f}", "system")


def test_a_second_round_of_the_clock_changes_nothing(stripe, in_alpha, guest):
    booking, payment = paid(stripe, in_alpha, guest)
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    work_off()
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert work_off() == []
    assert (len(refunds_of(booking)), len(stripe.refunds())) == (1, 1)
    assert at_stripe(stripe, payment)[0] == 2500


def test_the_newest_payment_goes_back_first_and_the_desk_s_part_stays_for_the_desk(stripe, in_alpha, guest):
    booking, first = paid(stripe, in_alpha, guest, Card(amount_minor=500))
    second = pay(stripe, booking, Card(amount_minor=800))
    desk(booking, 1200)
    under(booking.pk, {"minutes_before": 0, "percent": 2000})
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert money(booking)[1:] == (2500, 2000, 0)
    assert work_off() == ["pay_back", "refund", "refund", "pay_back"]  # which finds nothing that Stripe could return
    assert (at_stripe(stripe, second)[0], at_stripe(stripe, first)[0]) == (800, 500)
    assert money(booking)[1:] == (1200, 700, 0)


def test_the_fee_that_staff_charge_instead_is_kept(stripe, in_alpha, guest, staff):
    booking, payment = paid(stripe, in_alpha, guest)
    cancelling.cancel(booking, staff, Cancellation(fee_minor=1))
    work_off()
    assert at_stripe(stripe, payment)[:2] == (2499, 250)
    assert money(booking) == ("partially_refunded", 1, 0, 0)


def test_a_booking_that_nobody_paid_asks_stripe_for_nothing(stripe, in_alpha, guest):
    booking, _payment = paid(stripe, in_alpha, guest)
    unpaid = Booking.objects.exclude(pk=booking.pk).first()
    assert unpaid is None
    Booking.objects.filter(pk=booking.pk).update(paid_minor=0)
    Payment.objects.all().update(state="cancelled", applied_at=None)
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert work_off() == []
    assert stripe.refunds() == []


def test_while_it_is_on_its_way_it_is_not_given_back_at_the_desk_as_well(stripe, in_alpha, guest, home):
    booking, _payment = paid(stripe, in_alpha, guest)
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    stripe.faults({"path": "/v1/refunds", "do": "timeout_before"})
    assert work_off(again=False) == ["pay_back", "refund: APIConnectionError"]
    assert money(booking) == ("paid", 2500, 0, 2500)
    answer = home("front_desk").post(f"/api/v1/admin/bookings/{booking.pk}/payments/", {"amount": "-0.01"})
    assert (answer.status_code, answer.json()["code"]) == (400, "amount_too_high")
    stripe.faults()
    assert work_off() == ["refund"]
    assert money(booking) == ("refunded", 0, 0, 0)


def test_the_refund_is_foreseen_at_any_moment(stripe, in_alpha, guest):
    """What a preview promises is what was paid and is here, whatever is on its way already."""
    booking, _payment = paid(stripe, in_alpha, guest)
    Booking.objects.filter(pk=booking.pk).update(refunding_minor=700)
    booking.refresh_from_db()
    done = cancelling.preview(booking, Actor.of(guest), Cancellation(), database_now())
    assert (done.refund_minor, done.owed_minor) == (1800, 0)


@pytest.mark.parametrize(
    ("currency", "total", "percent", "online", "at_the_desk"),
    [("JPY", 2500, 3333, 1667, 0), ("KWD", 25_000, 3333, 16_660, 7), ("HUF", 250_000, 5000, 125_000, 0)],
)
def test_in_currencies_with_none_two_and_three_decimals(
    stripe, in_alpha, guest, currency, total, percent, online, at_the_desk
):
    """Stripe moves KWD in steps of 0.010: what is over stays owed at the desk."""
    booking = booked(in_alpha, guest)
    Booking.objects.filter(pk=booking.pk).update(currency=currency, total_minor=total)
    payment = pay(stripe, booking)
    under(booking.pk, {"minutes_before": 0, "percent": percent})
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert money(booking)[2] == online + at_the_desk
    work_off()
    assert at_stripe(stripe, payment)[0] == online
    assert money(booking)[1:] == (total - online, at_the_desk, 0)
