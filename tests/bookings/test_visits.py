"""On the day: the code at the door, coming once, not coming, and taking that back."""

from datetime import timedelta

import pytest
from django.core import signing
from django_tenants.utils import tenant_context

from bookings import cancelling, lifecycle, visits
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingChange, BookingEvent, CreditEntry, GiftCredit, HoursAccount
from bookings.requests import Contact, HoldRequest, Payment
from bookings.states import PaymentWay
from schemas.clock import database_now
from tests.bookings.api.desk import ADMIN, OWN, at_once, booked, paid, starts_in, under, wish
from tests.bookings.scenes import HOUR, digest, slot, story
from venues.models import Pack, Resource

CHECK_IN = "/api/v1/admin/check-in/"
SECOND = timedelta(seconds=1)


@pytest.fixture
def tonight(home, in_alpha):
    """The id of a guest's confirmed booking that starts in half an hour."""
    booking_id = booked(home, in_alpha)
    starts_in(booking_id, HOUR / 2)
    return booking_id


def code_of(home, booking_id):
    """What the ticket says."""
    return home("guest").get(f"{OWN}{booking_id}/ticket/").json()["code"]


def no_show(home, booking_id):
    """Mark it; the answer."""
    return home("front_desk").post(f"{ADMIN}{booking_id}/no-show/")


def undo(home, booking_id):
    """Take it back; the answer."""
    return home("front_desk").post(f"{ADMIN}{booking_id}/undo-no-show/")


def test_the_ticket_has_a_code_and_its_picture(home, in_alpha, tonight):
    told = home("guest").get(f"{OWN}{tonight}/ticket/").json()
    assert list(told) == ["reference_code", "code", "qr_svg"]
    assert visits.booking_of(told["code"]).hex in told["code"]
    picture = home("guest", HTTP_ACCEPT="image/svg+xml").get(f"{OWN}{tonight}/ticket.svg")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/svg+xml")
    assert picture.content.decode() == told["qr_svg"]
    assert f"<title>{told['reference_code']}</title>" in told["qr_svg"]
    assert "style=" not in told["qr_svg"]
    assert picture["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("who", "status"), [("guest", 200), ("owner", 200), ("front_desk", 200), ("accountant", 200), ("stranger", 403)]
)
def test_the_ticket_is_for_the_customer_and_staff(home, tonight, who, status):
    for name in ("ticket/", "ticket.svg"):
        assert home(who).get(f"{OWN}{tonight}/{name}").status_code == status


def test_what_is_not_confirmed_has_no_ticket(home, in_alpha):
    booking_id = home("guest").post(OWN, wish(in_alpha.court_1)).json()["id"]
    for name, accepted in (("ticket/", "*/*"), ("ticket.svg", "image/svg+xml")):
        refused = home("guest", HTTP_ACCEPT=accepted).get(f"{OWN}{booking_id}/{name}")
        assert (refused.status_code, refused.json()["code"]) == (400, "wrong_state")


def test_check_in_by_code_or_by_booking_twice_is_once(home, tonight, staff):
    first = home("front_desk").post(CHECK_IN, {"code": f" {code_of(home, tonight)}\n"})
    assert first.status_code == 200, first.json()
    assert list(first.json()) == [
        "id", "reference_code", "resource_name", "name", "participant_count", "start_datetime", "end_datetime",
        "owed", "currency", "checked_in_at",
    ]  # fmt: skip
    assert (first.json()["id"], first.json()["owed"]) == (tonight, "25.00")
    after = digest()
    again = home("manager").post(CHECK_IN, {"code": code_of(home, tonight)})
    by_id = home("owner").post(f"{ADMIN}{tonight}/check-in/")
    assert first.json() == again.json() == by_id.json()
    assert digest() == after
    happened = BookingEvent.objects.get(booking=tonight, act="checked_in")
    assert (happened.actor_id, happened.from_state, happened.to_state) == (staff.user_id, "confirmed", "confirmed")


@pytest.mark.parametrize(
    ("left", "code"),
    [(HOUR + 5 * SECOND, "too_early"), (HOUR - SECOND, None), (-HOUR + 5 * SECOND, None), (-HOUR, "too_late")],
)
def test_the_door_is_open_from_an_hour_before_the_start_until_the_end(home, tonight, left, code):
    starts_in(tonight, left)
    before = digest()
    answer = home("front_desk").post(f"{ADMIN}{tonight}/check-in/")
    assert (answer.status_code, answer.json().get("code")) == ((400, code) if code else (200, None))
    assert (digest() == before) == bool(code)


def test_a_cancelled_booking_and_codes_that_are_not_ours_open_no_door(home, in_alpha, beta, tonight, guest, staff):
    right = code_of(home, tonight)
    booking_id = visits.booking_of(right)
    with tenant_context(beta.tenant):
        theirs = visits.code(Booking(pk=booking_id))
    forged = [theirs, right[:-1] + ("A" if right[-1] != "A" else "B"), right.split(":")[0], "", "x" * 201, right[1:]]
    forged.append(signing.Signer(salt="check-in").sign(right.split(":")[0]))
    before = digest()
    for code in forged:
        refused = home("front_desk").post(CHECK_IN, {"code": code})
        assert (refused.status_code, refused.json()["code"]) in {(400, "code_invalid"), (400, "invalid")}
    assert digest() == before
    cancelling.cancel(Booking.objects.get(pk=tonight), staff, Cancellation())
    refused = home("front_desk").post(CHECK_IN, {"code": right})
    assert (refused.status_code, refused.json()["code"]) == (400, "wrong_state")


@pytest.mark.parametrize(("who", "status"), [("guest", 403), ("accountant", 403), ("manager", 200), ("owner", 200)])
def test_who_may_check_in(home, tonight, who, status):
    assert home(who).post(CHECK_IN, {"code": code_of(home, tonight)}).status_code == status
    assert home(who).post(f"{ADMIN}{tonight}/check-in/").status_code == status


def test_a_no_show_costs_what_the_policy_says(home, tonight):
    paid(home, tonight, "25.00")
    under(tonight, no_show=4000)
    starts_in(tonight, -SECOND)
    assert no_show(home, tonight).json()["status"] == "no_show"
    after = digest()
    assert no_show(home, tonight).status_code == 200
    assert digest() == after
    booking = Booking.objects.get(pk=tonight)
    assert (booking.fee_minor, booking.refund_due_minor, booking.owed_minor) == (1000, 1500, 0)
    happened = BookingEvent.objects.get(booking=tonight, to_state="no_show")
    changes = BookingChange.objects.filter(event=happened).values_list("field", "before", "after")
    assert list(changes) == [("fee_minor", "0", "1000"), ("refund_due_minor", "0", "1500")]


def test_who_has_checked_in_is_no_no_show_and_nobody_is_before_the_start(home, tonight):
    before = digest()
    assert no_show(home, tonight).json()["code"] == "too_early"
    assert digest() == before
    home("front_desk").post(f"{ADMIN}{tonight}/check-in/")
    starts_in(tonight, -HOUR / 2)
    before = digest()
    assert no_show(home, tonight).json()["code"] == "checked_in"
    assert digest() == before


@pytest.mark.parametrize(("ago", "state"), [(HOUR / 2, "confirmed"), (2 * HOUR, "completed")])
def test_taking_it_back_leaves_what_was_and_no_fee(home, tonight, ago, state):
    paid(home, tonight, "25.00")
    starts_in(tonight, -ago)
    no_show(home, tonight)
    assert undo(home, tonight).status_code == 200
    booking = Booking.objects.get(pk=tonight)
    assert (booking.state, booking.payment_state) == (state, "paid")
    assert (booking.fee_minor, booking.refund_due_minor, booking.no_show_at) == (0, 0, None)
    assert story(booking)[-1][:3] == ("no_show", state, "staff")
    after = digest()
    assert undo(home, tonight).status_code == 200
    assert digest() == after


@pytest.mark.parametrize(("late", "code"), [(-5 * SECOND, None), (SECOND, "too_late")])
def test_it_can_be_taken_back_for_fourteen_days_to_the_second(home, tonight, late, code):
    starts_in(tonight, -2 * HOUR)
    no_show(home, tonight)
    marked = database_now() - timedelta(days=14) - late
    Booking.objects.filter(pk=tonight).update(no_show_at=marked)
    before = digest()
    answer = undo(home, tonight)
    assert (answer.status_code, answer.json().get("code")) == ((400, code) if code else (200, None))
    assert (digest() == before) == bool(code)


def test_what_was_never_a_no_show_is_left_alone_and_what_is_cancelled_cannot_come_back(home, tonight, staff):
    before = digest()
    assert undo(home, tonight).status_code == 200
    assert digest() == before
    cancelling.cancel(Booking.objects.get(pk=tonight), staff, Cancellation())
    before = digest()
    assert undo(home, tonight).json()["code"] == "wrong_state"
    assert digest() == before


@pytest.mark.parametrize("pays_online", [True, False])
def test_a_hold_or_request_is_not_confirmed_by_taking_back_what_never_was(home, in_alpha, pays_online):
    Resource.objects.filter(pk=in_alpha.court_1).update(pays_online=pays_online, needs_approval=not pays_online)
    booking_id = home("guest").post(OWN, wish(in_alpha.court_1)).json()["id"]
    before = digest()
    refused = undo(home, booking_id)
    assert (refused.status_code, refused.json()["code"]) == (400, "wrong_state")
    assert digest() == before


def test_gift_credit_and_hours_come_back_with_a_no_show_and_are_used_again_when_it_is_taken_back(home, in_alpha, guest):
    at_once(in_alpha.court_1)
    now = database_now()
    credit = GiftCredit.objects.create(code="GIFT", currency="EUR", balance_minor=2500, created_at=now)
    pack = Pack.objects.create(name="Pack", minutes=600, price_minor=100, currency="EUR")
    hours = HoursAccount.objects.create(customer=guest, pack=pack, minutes_left=30, created_at=now)
    payment = Payment(credit="GIFT", hours_account=hours.pk)
    request = HoldRequest(
        slot(10), resource_id=in_alpha.court_1, customer=guest, contact=Contact(guest.name), payment=payment
    )
    booking_id = str(lifecycle.book(request, PaymentWay.ON_SITE).pk)

    def left():
        credit.refresh_from_db()
        hours.refresh_from_db()
        booking = Booking.objects.get(pk=booking_id)
        return credit.balance_minor, hours.minutes_left, booking.credit_minor, booking.payment_state

    assert left() == (1250, 0, 1250, "paid")
    under(booking_id, no_show=2000)
    starts_in(booking_id, -2 * HOUR)
    no_show(home, booking_id)
    assert left() == (2250, 24, 250, "partially_refunded")
    undo(home, booking_id)
    assert left() == (1250, 0, 1250, "paid")
    no_show(home, booking_id)
    GiftCredit.objects.update(balance_minor=400)
    undo(home, booking_id)
    assert left() == (0, 0, 650, "deposit_paid")
    assert Booking.objects.get(pk=booking_id).owed_minor == 600
    entries = CreditEntry.objects.filter(booking=booking_id).values_list("amount_minor", flat=True)
    assert sum(entries) == -650
