"""Whoever books is written to in the language in which they booked."""

from collections.abc import Callable
from datetime import date

import pytest
from django_tenants.utils import tenant_context

from bookings.letters.composing import language_of
from bookings.models import Booking
from tests.bookings.api.test_v1_bookings import wish
from tests.conftest import Caller
from tests.flows.pages import Visitor
from tests.flows.test_booking_without_script import booked
from tests.worlds import World

pytestmark = pytest.mark.django_db
ASKED = [
    ("de-AT, en;q=0.5", "de"),
    ("fr, en;q=0.8, de;q=0.3", "en"),
    ("fr", ""),
    ("*", ""),
    ("", ""),
]


def noted(alpha: World) -> str:
    """The language of the only booking."""
    with tenant_context(alpha.tenant):
        return Booking.objects.get().language


@pytest.mark.parametrize(("header", "language"), ASKED)
def test_a_guests_browser_says_it(
    alpha: World, visitor: Callable[..., Visitor], next_week: date, header: str, language: str
) -> None:
    booked(visitor(HTTP_ACCEPT_LANGUAGE=header), next_week, 15)
    assert noted(alpha) == language


def test_what_is_chosen_on_the_page_comes_first(alpha: World, visitor: Callable[..., Visitor], next_week: date) -> None:
    guest = visitor(HTTP_ACCEPT_LANGUAGE="en")
    page = guest.open("/")
    guest.send(page, page.form_with("language"), "de")
    booked(guest, next_week, 15)
    assert noted(alpha) == "de"


@pytest.mark.parametrize(("header", "language"), ASKED)
def test_a_call_says_it(alpha: World, api: Caller, header: str, language: str) -> None:
    answer = api("guest", HTTP_ACCEPT_LANGUAGE=header).post("/api/v1/bookings/", wish(alpha))
    assert answer.status_code == 201, answer.json()
    assert noted(alpha) == language


def test_staff_who_book_for_somebody_do_not_lend_their_language(
    alpha: World, visitor: Callable[..., Visitor], next_week: date
) -> None:
    booked(visitor("front_desk", HTTP_ACCEPT_LANGUAGE="de"), next_week, 15)
    assert noted(alpha) == ""
    with tenant_context(alpha.tenant):
        assert language_of(Booking.objects.get()) == "en"


@pytest.mark.parametrize(
    ("header", "time", "price"),
    [
        ("en", "7:00 – 8:00\u202fAM", "€25.00"),
        ("en-GB, en;q=0.9", "07:00–08:00", "€25.00"),
        ("fr-CH, de;q=0.5", "07:00–08:00 Uhr", "25,00 €"),
    ],
)
def test_days_and_numbers_are_written_as_the_browsers_country_does(
    visitor: Callable[..., Visitor], next_week: date, header: str, time: str, price: str
) -> None:
    page = visitor(HTTP_ACCEPT_LANGUAGE=header).open(f"/venues/main/court-1/?day={next_week:%F}")
    text = page.text.replace("\u00a0", " ").replace("\u202f", " ")
    assert time.replace("\u202f", " ") in text
    assert price in text
