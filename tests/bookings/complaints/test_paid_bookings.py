"""Bookings that were paid: moved, made smaller and given up, and the money always fits."""

from typing import Any

import pytest

from bookings.models import Booking, Occupancy, OnSitePayment
from tests.bookings.api.desk import ADMIN, OWN, booked, paid, starts_in, wish
from tests.bookings.pricing.shop import credit, voucher
from tests.bookings.scenes import HOUR, digest
from tests.conftest import Caller
from tests.worlds import World
from venues.models import Resource


@pytest.fixture
def fifty(home: Caller, in_alpha: World) -> str:
    """Two hours at 25.00, confirmed and paid."""
    booking = booked(home, in_alpha, minutes=120)
    paid(home, booking, "50.00")
    return booking


def money(booking: str) -> tuple[str, int, int, int]:
    """Payment state, price, what is paid, and what is to come back."""
    row = Booking.objects.get(pk=booking)
    return row.payment_state, row.total_minor, row.paid_minor, row.refund_due_minor


def test_moving_a_paid_booking_asks_for_nothing_again_and_makes_no_second_one(
    home: Caller, in_alpha: World, fifty: str
) -> None:
    """cal.diy#2481 (asked to pay again), PR 28793 (a second, unconfirmed booking)."""
    before = home("guest").get(f"{OWN}{fifty}/").json()
    moved = home("guest").post(f"{OWN}{fifty}/reschedule/", {k: v for k, v in wish(0, 15, 120).items() if "time" in k})
    assert moved.status_code == 200, moved.json()
    assert [moved.json()[key] for key in ("delta", "due_now", "refund")] == ["0.00", "0.00", "0.00"]
    [only] = home("guest").get(OWN).json()
    assert (only["id"], only["reference_code"], only["status"]) == (fifty, before["reference_code"], before["status"])
    assert money(fifty) == ("paid", 5000, 5000, 0)
    assert home("stranger").post(OWN, wish(in_alpha.court_1, 10, 120)).status_code == 201


def test_a_longer_booking_asks_for_the_difference_only(home: Caller, fifty: str) -> None:
    """cal.diy#2481: what was paid counts."""
    Resource.objects.update(max_minutes=240)
    longer = home("guest").post(f"{OWN}{fifty}/reschedule/", {"end_datetime": wish(0, 10, 180)["end_datetime"]})
    assert [longer.json()[key] for key in ("new_total", "delta", "due_now")] == ["75.00", "25.00", "25.00"]
    assert money(fifty) == ("deposit_paid", 7500, 5000, 0)


def test_a_part_can_be_given_back(home: Caller, fifty: str) -> None:
    """pretix#2598 (only the whole order can be cancelled): an hour less is an hour's money back."""
    shorter = home("guest").post(f"{OWN}{fifty}/reschedule/", {"end_datetime": wish(0, 10, 60)["end_datetime"]})
    assert [shorter.json()[key] for key in ("new_total", "refund")] == ["25.00", "25.00"]
    assert money(fifty) == ("paid", 2500, 5000, 2500)
    paid(home, fifty, "-25.00")
    assert money(fifty) == ("paid", 2500, 2500, 0)


@pytest.mark.parametrize("who", ["guest", "stranger", "accountant"])
def test_nobody_refunds_themselves(home: Caller, fifty: str, who: str) -> None:
    """ManageHub#1334 (any user can refund their booking, and keep it)."""
    before = digest()
    answer = home(who).post(f"{ADMIN}{fifty}/payments/", {"amount": "-50.00"})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert digest() == before


def test_money_goes_back_only_for_what_was_given_up_and_once(home: Caller, fifty: str) -> None:
    """ManageHub#1334 (refund and cancellation not connected), cal.diy#13916, PR 13924, #13927, #16858, pretix#310."""
    before = digest()
    early = home("owner").post(f"{ADMIN}{fifty}/payments/", {"amount": "-0.01"})
    assert (early.status_code, early.json()["code"]) == (400, "amount_too_high")
    assert digest() == before
    told = home("guest").get(f"{OWN}{fifty}/cancellation-preview/").json()
    assert home("guest").post(f"{OWN}{fifty}/cancel/").status_code == 200
    assert home("guest").post(f"{OWN}{fifty}/cancel/").status_code == 200
    assert (told["refund"], Booking.objects.get(pk=fifty).refund_due_minor) == ("50.00", 5000)
    paid(home, fifty, "-50.00")
    again = home("owner").post(f"{ADMIN}{fifty}/payments/", {"amount": "-0.01"})
    assert (again.status_code, again.json()["code"]) == (400, "amount_too_high")
    assert money(fifty) == ("refunded", 5000, 0, 0)
    assert sorted(OnSitePayment.objects.values_list("amount_minor", flat=True)) == [-5000, 5000]


def test_too_late_is_a_price_and_not_a_locked_door(home: Caller, fifty: str) -> None:
    """pretix#1030, #1240, cal.diy#16858 (a minimum notice can only forbid): late costs what was agreed, and says so."""
    starts_in(fifty, HOUR)
    told = home("guest").get(f"{OWN}{fifty}/cancellation-preview/").json()
    assert [told[key] for key in ("can_cancel", "fee", "refund", "owed")] == [True, "50.00", "0.00", "0.00"]
    assert home("guest").post(f"{OWN}{fifty}/cancel/").status_code == 200
    assert money(fifty) == ("paid", 5000, 5000, 0)
    assert not Occupancy.objects.filter(booking_id=fifty).exists()


def test_deposit_voucher_and_gift_credit_go_together(home: Caller, in_alpha: World) -> None:
    """cal.diy#11264, Crocoblock/suggestions#1564, #4468, civibooking#45: deposits, also beside codes and credit."""
    Resource.objects.filter(pk=in_alpha.court_1).update(deposit_percent=2000, pays_online=True, needs_approval=False)
    voucher("SPRING", percent_off=1000)
    credit(500, "GIFT")
    body: dict[str, Any] = wish(in_alpha.court_1, minutes=120, voucher="SPRING", gift_credit="GIFT")
    quote = home("guest").post("/api/v1/quotes/", body).json()
    names = ("subtotal", "discount", "total_price", "gift_credit", "due", "deposit", "due_now", "due_later")
    assert [quote[name] for name in names] == ["50.00", "5.00", "45.00", "5.00", "40.00", "9.00", "4.00", "36.00"]
    made = home("guest").post(OWN, {**body, "quote": quote["quote"]}).json()
    assert made["total_price"] == "45.00"
    paid(home, made["id"], "4.00")
    assert home("guest").get(f"{OWN}{made['id']}/").json()["status"] == "confirmed"
    price = home("guest").get(f"{OWN}{made['id']}/price/").json()
    assert [price[key] for key in ("paid", "owed", "due_now")] == ["4.00", "36.00", "0.00"]
    told = home("guest").get(f"{OWN}{made['id']}/cancellation-preview/").json()
    assert [told[name] for name in ("fee", "refund", "gift_credit_back")] == ["0.00", "4.00", "5.00"]
