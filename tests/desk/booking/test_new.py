"""Booking for somebody: found, known or walked in; paid in each way; once; and nothing that was typed is lost."""

from collections.abc import Callable
from datetime import date

import pytest
from django_tenants.utils import tenant_context

from billing.payments.models import Document
from bookings.models import Booking, BookingChange, OnSitePayment
from tests.desk.booking.scenes import confirmed, fresh
from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import Voucher

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
NEW = "/desk/bookings/new/"


def look(someone: Visitor, world: World, day: date, **typed: str) -> Page:
    """The form as it is after it was filled in."""
    page = someone.open(f"{NEW}?resource={world.court_1}&day={day}")
    return again(someone, page, time="10:00", **typed)


def again(someone: Visitor, page: Page, *button: str, **typed: str) -> Page:
    """Send the form of a page once more."""
    form = page.form_with("minutes")
    for name in ("aside", "later"):
        form.fields.pop(name, None)
    form.buttons = [pair for pair in form.buttons if pair[0] == "do"]
    return someone.send(page, form, *button, **typed)


def test_free_times_with_prices_then_booked_for_somebody_new(alpha: World, visitor: Come, next_week: date) -> None:
    someone = visitor("front_desk")
    page = someone.open(f"{NEW}?resource={alpha.court_1}&day={next_week}")
    assert ("start", "10:00") in page.form_with("minutes").buttons
    page = again(someone, page, time="10:00", name="Nora New", email="nora@example.org", phone="+49 89 1")
    assert "Book for €25.00" in page.text
    page = again(someone, page, "book")
    assert "is booked." in page.text
    made = fresh(alpha)
    assert page.path == f"/desk/bookings/{made.pk}/"
    assert (made.name, made.email, made.state, made.total_minor) == ("Nora New", "nora@example.org", "confirmed", 2500)
    assert (made.payment_way, made.paid_minor, made.customer_id) == ("on_site", 0, None)


def test_a_customer_is_found_and_keeps_the_booking(alpha: World, visitor: Come, next_week: date) -> None:
    someone = visitor("owner")
    page = look(someone, alpha, next_week, q="guest@")
    page = again(someone, page, customer=str(alpha.users["guest"]))
    page = again(someone, page, "book")
    assert "is booked." in page.text
    assert fresh(alpha).customer_id == alpha.users["guest"]


def test_a_guest_of_before_is_found_and_taken_over(alpha: World, visitor: Come, next_week: date) -> None:
    before = confirmed(alpha, visitor, next_week, 12)
    someone = visitor("front_desk")
    page = look(someone, alpha, next_week, q="gin", notes="By phone")
    assert ("guest", str(before.pk)) in page.form_with("minutes").buttons
    form = page.form_with("minutes")
    page = someone.send(page, form, str(before.pk), later="", aside="")
    fields = page.form_with("minutes").fields
    assert [fields[name] for name in ("name", "email", "q", "notes")] == [before.name, before.email, "", "By phone"]
    page = again(someone, page, "book")
    made = fresh(alpha)
    assert (made.name, made.email, made.customer_id, made.pk != before.pk) == (before.name, before.email, None, True)
    assert "Nobody is found." in look(someone, alpha, next_week, q="zacharias").text


def test_guests_of_other_venues_are_not_found(alpha: World, visitor: Come, next_week: date) -> None:
    before = confirmed(alpha, visitor, next_week, 12)
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=before.pk).update(resource=alpha.annex_room)
    page = visitor("manager").open(f"{NEW}?q=gin&guest={before.pk}")
    assert "Nobody is found." in page.text
    assert (before.email in page.html, page.form_with("minutes").fields["name"]) == (False, "")


def test_a_walk_in_needs_no_name(alpha: World, visitor: Come, next_week: date) -> None:
    someone = visitor("front_desk")
    assert "is booked." in again(someone, look(someone, alpha, next_week), "book", pay="cash").text
    made = fresh(alpha)
    assert (made.name, made.email, made.paid_minor, made.payment_state) == ("Walk-in", "", 2500, "paid")
    with tenant_context(alpha.tenant):
        assert list(OnSitePayment.objects.values_list("amount_minor", "way")) == [(2500, "cash")]


def test_by_invoice(alpha: World, visitor: Come, next_week: date) -> None:
    someone = visitor("owner")
    page = look(
        someone, alpha, next_week, name="Acme", email="acme@example.org", pay="invoice", buyer="Acme Ltd\nRoad 1"
    )
    assert "is booked." in again(someone, page, "book").text
    assert fresh(alpha).payment_way == "invoice"
    with tenant_context(alpha.tenant):
        assert list(Document.objects.values_list("kind", "total_minor")) == [("invoice", 2500)]


def test_a_link_that_cannot_be_mailed_books_nothing(alpha: World, visitor: Come, next_week: date) -> None:
    someone = visitor("owner")
    page = again(someone, look(someone, alpha, next_week, name="No Mail", pay="link"), "book")
    assert page.status in {400, 409, 503}
    assert page.form_with("minutes").fields["name"] == "No Mail"
    with tenant_context(alpha.tenant):
        assert Booking.objects.count() == 0


def test_a_form_that_is_sent_twice_books_once(alpha: World, visitor: Come, next_week: date) -> None:
    someone = visitor("front_desk")
    page = look(someone, alpha, next_week, name="Twice")
    first, second = (again(someone, page, "book") for _click in range(2))
    assert first.path == second.path
    with tenant_context(alpha.tenant):
        assert Booking.objects.count() == 1


def test_vouchers_and_agreed_prices_count(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Voucher.objects.create(code="SPRING", name="Spring", percent_off=2000)
    someone = visitor("front_desk")
    page = look(someone, alpha, next_week, voucher="spring")
    assert "Book for €20.00" in page.text
    page = again(someone, page, voucher="", price="12.34")
    assert "Book for €12.34" in page.text
    again(someone, page, "book")
    assert fresh(alpha).total_minor == 1234


def test_what_is_taken_is_refused_and_everything_stays(alpha: World, visitor: Come, next_week: date) -> None:
    confirmed(alpha, visitor, next_week)
    someone = visitor("front_desk")
    page = look(someone, alpha, next_week, name="Late Lena", notes="With balls")
    assert "Somebody else has booked this time." in page.text
    assert [page.form_with("minutes").fields[name] for name in ("name", "notes")] == ["Late Lena", "With balls"]
    with tenant_context(alpha.tenant):
        assert Booking.objects.count() == 1


def test_against_the_rules_it_takes_a_tick_and_a_reason(alpha: World, visitor: Come, next_week: date) -> None:
    someone = visitor("front_desk")
    page = again(someone, look(someone, alpha, next_week), time="03:00")
    assert "Against the rules of the house" in page.text
    assert again(someone, page, "book").status == 400
    assert again(someone, page, "book", aside="on").status == 400
    with tenant_context(alpha.tenant):
        assert Booking.objects.count() == 0
    page = again(someone, page, "book", aside="on", because="Night run")
    assert "is booked." in page.text
    with tenant_context(alpha.tenant):
        assert list(BookingChange.objects.filter(field="overruled_because").values_list("after")) == [("Night run",)]


def test_a_manager_books_at_the_own_venues_alone(alpha: World, visitor: Come, next_week: date) -> None:
    someone = visitor("manager")
    page = someone.open(f"{NEW}?resource={alpha.annex_room}&day={next_week}")
    form = page.form_with("minutes")
    page = someone.send(page, form, "book", time="10:00", resource=str(alpha.annex_room))
    assert page.status == 400
    with tenant_context(alpha.tenant):
        assert Booking.objects.count() == 0
