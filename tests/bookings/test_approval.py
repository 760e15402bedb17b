"""Requests: staff say yes or no, and what is to be paid online then waits for the money."""

from datetime import timedelta

import pytest

from bookings import lifecycle
from bookings.models import Booking, BookingEvent, Occupancy
from schemas.clock import database_now
from tenants.models import DueWork
from tests.bookings.api.desk import ADMIN, OWN, booked, starts_in, wish
from tests.bookings.scenes import HOUR, digest, let_lapse, story
from venues.models import Resource


@pytest.fixture
def asked(home, in_alpha):
    """The id of a guest's request for Court 1, which is paid on site."""
    return home("guest").post(OWN, wish(in_alpha.court_1)).json()["id"]


@pytest.fixture
def asked_online(home, in_alpha):
    """The same where it has to be paid online."""
    Resource.objects.filter(pk=in_alpha.court_1).update(pays_online=True, pays_on_site=False)
    return home("guest").post(OWN, wish(in_alpha.court_1)).json()["id"]


def states(booking_id):
    """The three axes and the end of waiting."""
    booking = Booking.objects.get(pk=booking_id)
    return booking.state, booking.pending_reason, booking.payment_state, booking.hold_expires_at


def test_a_request_keeps_the_slot_and_a_second_one_for_it_is_refused(home, in_alpha, asked):
    """cal.diy#10789, Appointments#689, indico#3825, #4129."""
    assert states(asked) == ("pending", "approval", "unpaid", None)
    before = digest()
    second = home("stranger").post(OWN, wish(in_alpha.court_1))
    assert (second.status_code, second.json()["code"]) == (400, "booked")
    assert digest() == before


def test_yes_confirms_what_is_paid_on_site_and_twice_is_once(home, asked):
    for _ in range(2):
        answer = home("front_desk").post(f"{ADMIN}{asked}/confirm/")
        assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")
    assert BookingEvent.objects.filter(booking=asked, to_state="confirmed").count() == 1


def test_no_cancels_at_no_cost_and_frees_the_slot_and_twice_is_once(home, in_alpha, asked, staff):
    answers = [home("front_desk").post(f"{ADMIN}{asked}/decline/", {"notes": "Full"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert list(answers[0].json()) == ["id", "reference_code", "status", "cancelled_at"]
    booking = Booking.objects.get(pk=asked)
    assert (booking.state, booking.cancel_reason, booking.cancel_notes) == ("cancelled", "other", "Full")
    assert (booking.fee_minor, booking.refund_due_minor) == (0, 0)
    assert story(booking)[-1] == ("pending", "cancelled", "staff", staff.user_id, "other")
    assert home("stranger").post(OWN, wish(in_alpha.court_1)).status_code == 201


def test_what_is_confirmed_cannot_be_declined(home, in_alpha):
    booking_id = booked(home, in_alpha)
    before = digest()
    refused = home("owner").post(f"{ADMIN}{booking_id}/decline/")
    assert (refused.status_code, refused.json()["code"]) == (400, "wrong_state")
    assert digest() == before


@pytest.mark.parametrize(("verb", "who", "status"), [
    ("confirm", "guest", 403), ("confirm", "accountant", 403), ("confirm", "manager", 200), ("confirm", "owner", 200),
    ("decline", "guest", 403), ("decline", "accountant", 403), ("decline", "manager", 200), ("decline", "owner", 200),
])  # fmt: skip
def test_who_may_say_yes_or_no(home, asked, verb, who, status):
    before = digest()
    assert home(who).post(f"{ADMIN}{asked}/{verb}/").status_code == status
    assert (digest() == before) == (status != 200)


def test_yes_to_what_is_paid_online_waits_for_the_money_for_a_day(home, asked_online):
    """cal.diy#11264, Crocoblock/suggestions#4468 (pay after approval)."""
    assert states(asked_online) == ("pending", "approval", "unpaid", None)
    answer = home("front_desk").post(f"{ADMIN}{asked_online}/confirm/")
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")
    booking = Booking.objects.get(pk=asked_online)
    assert (booking.state, booking.pending_reason) == ("pending", "payment")
    assert booking.hold_expires_at == booking.updated_at + timedelta(hours=24)
    assert DueWork.objects.get(kind="booking_clock", object_id=asked_online).due_at == booking.hold_expires_at
    before = digest()
    assert home("owner").post(f"{ADMIN}{asked_online}/confirm/").json()["status"] == "pending"
    assert digest() == before, "a second yes is not the payment"


def test_it_waits_no_longer_than_until_it_starts(home, asked_online):
    start = starts_in(asked_online, 3 * HOUR)
    home("front_desk").post(f"{ADMIN}{asked_online}/confirm/")
    assert Booking.objects.get(pk=asked_online).hold_expires_at == start


def test_what_is_not_paid_in_time_is_over_by_the_clock_and_frees_the_slot(home, in_alpha, asked_online):
    home("front_desk").post(f"{ADMIN}{asked_online}/confirm/")
    let_lapse(Booking.objects.get(pk=asked_online))
    assert home("guest").get(f"{OWN}{asked_online}/").json()["status"] == "cancelled"
    assert home("stranger").post(OWN, wish(in_alpha.court_1)).status_code == 201
    assert states(asked_online) == ("expired", "", "unpaid", None)


def test_the_clock_ends_it_too(home, asked_online):
    home("front_desk").post(f"{ADMIN}{asked_online}/confirm/")
    let_lapse(Booking.objects.get(pk=asked_online))
    lifecycle.let_time_pass(Booking.objects.get(pk=asked_online).pk)
    assert states(asked_online)[0] == "expired"
    assert not Occupancy.objects.filter(booking=asked_online).exists()


def test_money_at_the_desk_confirms_what_waits_for_it(home, asked_online):
    home("front_desk").post(f"{ADMIN}{asked_online}/confirm/")
    path = f"{ADMIN}{asked_online}/payments/"
    before = digest()
    less = home("front_desk").post(path, {"amount": "24.99"})
    assert (less.status_code, less.json()["code"]) == (400, "amount_too_low")
    assert digest() == before
    assert home("front_desk").post(path, {"amount": "25.00", "way": "invoice"}).status_code == 201
    assert states(asked_online) == ("confirmed", "", "paid", None)
    assert Booking.objects.get(pk=asked_online).payment_way == "on_site"


def test_a_request_is_not_paid_before_it_is_answered(home, asked):
    before = digest()
    refused = home("front_desk").post(f"{ADMIN}{asked}/payments/", {"amount": "25.00"})
    assert (refused.status_code, refused.json()["code"]) == (400, "wrong_state")
    assert digest() == before


def test_a_request_that_nobody_answered_is_over_when_it_begins(home, asked):
    """Whether or not the clock has come by."""
    starts_in(asked, -timedelta(seconds=1))
    before = digest()
    refused = home("owner").post(f"{ADMIN}{asked}/confirm/")
    assert (refused.status_code, refused.json()["code"]) == (400, "hold_expired")
    assert digest() == before


def test_what_costs_nothing_needs_no_payment_after_the_yes(home, in_alpha, asked_online):
    Booking.objects.filter(pk=asked_online).update(total_minor=0, payment_state="not_required")
    assert home("owner").post(f"{ADMIN}{asked_online}/confirm/").json()["status"] == "confirmed"


def test_without_approval_a_booking_that_is_paid_on_site_is_confirmed_at_once(home, in_alpha):
    """docs/decisions/0006"""
    booking = Booking.objects.get(pk=booked(home, in_alpha))
    assert (booking.state, booking.payment_state, booking.payment_way) == ("confirmed", "unpaid", "on_site")
    assert booking.confirmed_at is not None
    assert booking.confirmed_at <= database_now()
