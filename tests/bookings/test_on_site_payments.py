"""Money at the desk: noted once, never more than is due, never more back than is to be returned."""

from datetime import timedelta

import pytest

from bookings.models import Booking, BookingChange, BookingEvent, OnSitePayment
from tests.bookings.api.desk import ADMIN, OWN, booked, paid, starts_in, under, wish
from tests.bookings.scenes import digest, let_lapse
from venues.models import Resource


def pay(home, booking_id, amount, who="front_desk", **more):
    """Status and code of a payment."""
    answer = home(who).post(f"{ADMIN}{booking_id}/payments/", {"amount": amount, **more})
    return answer.status_code, answer.json().get("code")


def state(home, booking_id):
    """v1's status, the payment's state, what was paid, what is owed and what is to be returned."""
    booking = Booking.objects.get(pk=booking_id)
    status = home("guest").get(f"{OWN}{booking_id}/").json()["status"]
    return status, booking.payment_state, booking.paid_minor, booking.owed_minor, booking.refund_due_minor


def test_from_unpaid_to_paid_in_parts(home, in_alpha):
    booking_id = booked(home, in_alpha)
    assert state(home, booking_id) == ("confirmed", "unpaid", 0, 2500, 0)
    assert pay(home, booking_id, "5.00") == (201, None)
    assert state(home, booking_id) == ("confirmed", "deposit_paid", 500, 2000, 0)
    assert pay(home, booking_id, "20.00", way="card") == (201, None)
    assert state(home, booking_id) == ("paid", "paid", 2500, 0, 0)
    assert Booking.objects.get(pk=booking_id).paid_at is not None


@pytest.mark.parametrize(
    ("amount", "code"),
    [("25.01", "amount_too_high"), ("0.00", "amount_too_low"), ("-0.01", "amount_too_high"), ("1.001", "invalid"),
     ("x", "invalid"), (5, "invalid"), ("1e3", "invalid"), ("NaN", "invalid"), ("9" * 20, "invalid")],
)  # fmt: skip
def test_what_makes_no_sense_changes_nothing(home, in_alpha, amount, code):
    booking_id = booked(home, in_alpha)
    before = digest()
    assert pay(home, booking_id, amount) == (400, code)
    assert digest() == before
    assert not OnSitePayment.objects.exists()


def test_the_list_says_who_took_what(home, in_alpha, staff):
    booking_id = booked(home, in_alpha)
    paid(home, booking_id, "5.00")
    paid(home, booking_id, "6.00")
    rows = home("accountant").get(f"{ADMIN}{booking_id}/payments/").json()
    assert [(row["amount"], row["way"]) for row in rows] == [("5.00", "cash"), ("6.00", "cash")]
    assert rows[0]["taken_by"] == f"front_desk {in_alpha.canary}"
    assert list(rows[0]) == ["id", "amount", "way", "taken_by", "at"]
    happened = BookingEvent.objects.filter(booking=booking_id, act="paid").order_by("pk")
    assert [(event.actor_id, event.why, event.from_state == event.to_state) for event in happened] == [
        (staff.user_id, "cash", True)
    ] * 2
    changes = BookingChange.objects.filter(event=happened[1]).values_list("field", "before", "after")
    assert list(changes) == [("paid_minor", "500", "1100")]


@pytest.mark.parametrize(
    ("who", "get", "post"),
    [("guest", 403, 403), ("accountant", 200, 403), ("manager", 200, 201), ("owner", 200, 201)],
)
def test_who_may_see_and_take_money(home, in_alpha, who, get, post):
    booking_id = booked(home, in_alpha)
    assert home(who).get(f"{ADMIN}{booking_id}/payments/").status_code == get
    assert pay(home, booking_id, "5.00", who=who)[0] == post
    assert OnSitePayment.objects.count() == (post == 201)


def test_a_hold_is_confirmed_by_its_deposit_and_the_rest_is_owed(home, in_alpha):
    Resource.objects.filter(pk=in_alpha.court_1).update(pays_online=True, needs_approval=False, deposit_percent=2000)
    booking_id = home("guest").post(OWN, wish(in_alpha.court_1)).json()["id"]
    before = digest()
    assert pay(home, booking_id, "4.99") == (400, "amount_too_low")
    assert digest() == before
    assert pay(home, booking_id, "5.00") == (201, None)
    assert state(home, booking_id) == ("confirmed", "deposit_paid", 500, 2000, 0)
    moves = BookingEvent.objects.filter(booking=booking_id).order_by("pk").values_list("act", "from_state", "to_state")
    assert list(moves) == [("moved", "", "held"), ("paid", "held", "held"), ("moved", "held", "confirmed")]


def test_a_hold_that_is_over_takes_no_money(home, in_alpha):
    Resource.objects.filter(pk=in_alpha.court_1).update(pays_online=True, needs_approval=False)
    booking_id = home("guest").post(OWN, wish(in_alpha.court_1)).json()["id"]
    let_lapse(Booking.objects.get(pk=booking_id))
    before = digest()
    assert pay(home, booking_id, "25.00") == (400, "hold_expired")
    assert digest() == before


def test_after_a_free_cancellation_everything_goes_back_and_it_is_refunded(home, in_alpha):
    booking_id = booked(home, in_alpha)
    paid(home, booking_id, "25.00")
    home("guest").post(f"{OWN}{booking_id}/cancel/")
    assert state(home, booking_id) == ("cancelled", "paid", 2500, 0, 2500)
    assert pay(home, booking_id, "-25.01") == (400, "amount_too_high")
    assert pay(home, booking_id, "-10.00") == (201, None)
    assert state(home, booking_id) == ("cancelled", "paid", 1500, 0, 1500)
    assert pay(home, booking_id, "-15.00") == (201, None)
    assert state(home, booking_id) == ("refunded", "refunded", 0, 0, 0)
    assert pay(home, booking_id, "-0.01") == (400, "amount_too_high")


def test_after_a_fee_only_the_rest_goes_back(home, in_alpha):
    booking_id = booked(home, in_alpha)
    paid(home, booking_id, "25.00")
    under(booking_id, {"minutes_before": 0, "percent": 4000})
    home("guest").post(f"{OWN}{booking_id}/cancel/")
    assert state(home, booking_id) == ("cancelled", "paid", 2500, 0, 1500)
    assert pay(home, booking_id, "-15.00") == (201, None)
    assert state(home, booking_id) == ("cancelled", "partially_refunded", 1000, 0, 0)


def test_a_fee_that_is_still_owed_can_be_paid_and_no_more(home, in_alpha):
    booking_id = booked(home, in_alpha)
    under(booking_id, {"minutes_before": 0, "percent": 4000})
    home("guest").post(f"{OWN}{booking_id}/cancel/")
    assert state(home, booking_id)[3] == 1000
    assert pay(home, booking_id, "10.01") == (400, "amount_too_high")
    assert pay(home, booking_id, "10.00") == (201, None)
    assert state(home, booking_id)[2:] == (1000, 0, 0)


def test_a_completed_booking_can_still_be_paid(home, in_alpha):
    booking_id = booked(home, in_alpha)
    starts_in(booking_id, -timedelta(hours=2))
    Booking.objects.filter(pk=booking_id).update(state="completed")
    assert pay(home, booking_id, "25.00") == (201, None)
    assert state(home, booking_id) == ("completed", "paid", 2500, 0, 0)


def test_with_a_key_the_same_payment_is_noted_once(home, in_alpha):
    booking_id = booked(home, in_alpha)
    client = home("front_desk", HTTP_IDEMPOTENCY_KEY="till-1")
    first, again = (client.post(f"{ADMIN}{booking_id}/payments/", {"amount": "5.00"}) for _ in range(2))
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert OnSitePayment.objects.count() == 1
