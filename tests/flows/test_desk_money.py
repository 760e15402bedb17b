"""What the desk sees of a booking's money: a few words in the day, and a page of its own in whatever state it is."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from billing.payments import payout_failures
from billing.payments.models import Payout
from bookings.models import Booking
from bookings.views.settled import money_of
from schemas.clock import database_now
from tests.desk.today.test_acts import STAFF, desk
from tests.flows.pages import Visitor
from tests.flows.test_booking_without_script import booked
from tests.worlds import World

Come = Callable[..., Visitor]
FIGURES: dict[str, Any] = {"state": "confirmed", "payment_state": "unpaid", "total_minor": 2500, "currency": "EUR"}


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({}, "€25.00 open"),
        ({"total_minor": 0}, "Free of charge"),
        ({"payment_way": "on_site"}, "€25.00 at the venue"),
        ({"payment_way": "invoice"}, "By invoice, €25.00 open"),
        ({"payment_state": "processing"}, "Payment under way"),
        ({"payment_state": "paid", "paid_minor": 2500}, "Paid"),
        ({"payment_state": "paid", "paid_minor": 2000, "credit_minor": 500}, "Paid"),
        ({"payment_state": "deposit_paid", "paid_minor": 500, "deposit_minor": 500}, "Deposit paid, €20.00 open"),
        ({"payment_state": "deposit_paid", "paid_minor": 500}, "Partly paid, €20.00 open"),
        ({"payment_state": "disputed", "paid_minor": 2500}, "Payment disputed"),
        ({"payment_state": "paid", "paid_minor": 3000, "refund_due_minor": 500}, "€5.00 to be returned"),
        ({"payment_state": "partially_refunded", "paid_minor": 2500}, "Paid, partly refunded"),
        ({"state": "cancelled"}, "Nothing to be paid"),
        ({"state": "cancelled", "payment_state": "paid", "paid_minor": 2500, "refunding_minor": 2500},
         "€25.00 to be returned"),
        ({"state": "cancelled", "payment_state": "refunded"}, "Refunded"),
        ({"state": "cancelled", "payment_state": "partially_refunded", "paid_minor": 1000, "fee_minor": 1000},
         "Refunded but for €10.00"),
        ({"state": "cancelled", "payment_state": "deposit_paid", "paid_minor": 500, "fee_minor": 500}, "€5.00 kept"),
        ({"state": "no_show", "payment_state": "deposit_paid", "paid_minor": 500, "fee_minor": 2500}, "Owes €20.00"),
    ],
)  # fmt: skip
def test_words_for_money(figures: dict[str, Any], words: str) -> None:
    assert money_of(Booking(**{**FIGURES, **figures})).label == words


@pytest.mark.parametrize("who", STAFF)
def test_day_leads_to_the_booking_which_says_how_it_stands(
    alpha: World, visitor: Come, next_week: date, who: str
) -> None:
    booked(visitor(), next_week, 10)
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
        Booking.objects.update(paid_minor=booking.total_minor, payment_state="paid")
    staff = visitor(who)
    page = desk(staff, next_week)
    assert "· Paid" in page.text
    one = staff.open(page.link(f"/desk/bookings/{booking.pk}/"))
    assert one.status == 200
    assert [fact in one.text for fact in (booking.reference_code, "Gina Guest", "Paid and still here")] == [True] * 3
    assert ("Give money back" in one.text) is (who != "accountant")


def test_page_is_there_after_a_cancellation_and_not_for_others(alpha: World, visitor: Come, next_week: date) -> None:
    booked(visitor(), next_week, 10)
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
        fee = booking.total_minor
        Booking.objects.update(state="cancelled", pending_reason="", cancelled_at=database_now(), fee_minor=fee)
    path = f"/desk/bookings/{booking.pk}/"
    one = visitor("front_desk").open(path)
    assert "Owes " in one.text
    assert "Fee for giving it up" in one.text
    assert visitor().open(path).path == f"/login/?next=%2Fdesk%2Fbookings%2F{booking.pk}%2F"
    assert visitor("guest").open(path).status == 403
    assert visitor("owner").open(f"/desk/bookings/{'0' * 8}-0000-4000-8000-{'0' * 12}/").status == 404


@pytest.mark.parametrize(
    ("code", "words"),
    [("account_closed", "The bank account has been closed."), ("something_new", "The bank did not take it.")],
)
def test_payout_that_failed_says_why_in_words_and_keeps_the_code(
    alpha: World, visitor: Come, code: str, words: str
) -> None:
    now = database_now()
    with tenant_context(alpha.tenant):
        Payout.objects.create(
            payout_id="po_1", account_id="acct_1", amount_minor=500, currency="EUR", status="failed", failure=code,
            arrives_on=now.date(), created_at=now, updated_at=now,
        )  # fmt: skip
    page = visitor("owner").open("/desk/money/payouts/po_1/")
    assert words in page.text
    assert f"Stripe's code : {code}" in page.text or f"Stripe's code: {code}" in page.text


def test_every_known_code_is_a_sentence() -> None:
    assert len(payout_failures.WORDS) == 15
    assert all(payout_failures.in_words(code).endswith(".") for code in payout_failures.WORDS)
