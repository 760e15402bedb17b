"""Changing and cancelling at the desk: shown first, against the rules only with a reason, and never over others."""

from collections.abc import Callable
from datetime import date

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking, BookingChange
from tests.desk.booking.scenes import booking, confirmed, fresh, path
from tests.flows.pages import Page, Visitor
from tests.worlds import World

__all__ = ["booking"]
pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def changing(someone: Visitor, booking: Booking, **typed: str) -> Page:
    """The page that shows what a change would do."""
    page = someone.open(path(booking, "change/"))
    form = page.form_with("minutes")
    form.fields.pop("keep_price", None)
    form.fields.pop("aside", None)
    return someone.send(page, form, **typed)


def do(someone: Visitor, page: Page, **typed: str) -> Page:
    """Do what is shown."""
    form = page.form_with("minutes")
    form.fields.pop("keep_price", None)
    form.fields.pop("aside", None)
    return someone.send(page, form, "change", **typed)


def test_longer_costs_what_was_shown(alpha: World, visitor: Come, booking: Booking) -> None:
    someone = visitor("front_desk")
    page = changing(someone, booking, minutes="120")
    assert "It gets €25.00 dearer." in page.text
    assert fresh(alpha).total_minor == 2500
    page = do(someone, page)
    assert "is changed." in page.text
    assert (fresh(alpha).total_minor, fresh(alpha).revision) == (5000, booking.revision + 1)


def test_against_the_rules_it_takes_a_tick_and_a_reason(alpha: World, visitor: Come, booking: Booking) -> None:
    someone = visitor("front_desk")
    page = changing(someone, booking, time="03:00")
    assert "Against the rules of the house" in page.text
    assert "Opening hours" in page.text
    before = fresh(alpha).start
    assert do(someone, page).status == 400
    page = do(someone, page, aside="on")
    assert (page.status, fresh(alpha).start) == (400, before)
    page = do(someone, page, aside="on", because="The club asked")
    assert "is changed." in page.text
    assert "Against the rules: Opening hours" in page.text
    with tenant_context(alpha.tenant):
        rows = BookingChange.objects.filter(field__startswith="overruled").order_by("pk")
        assert list(rows.values_list("field", "after")) == [
            ("overruled", "closed"),
            ("overruled_because", "The club asked"),
        ]


def test_what_is_taken_is_refused_and_what_was_typed_stays(
    alpha: World, visitor: Come, next_week: date, booking: Booking
) -> None:
    confirmed(alpha, visitor, next_week, 12)
    someone = visitor("owner")
    page = changing(someone, booking, time="12:00", notes="Keep me")
    assert "Somebody else has booked this time." in page.text
    assert page.form_with("minutes").fields["notes"] == "Keep me"
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=booking.pk).start == booking.start


def test_what_changed_meanwhile_is_shown_anew(alpha: World, visitor: Come, booking: Booking) -> None:
    one, other = visitor("owner"), visitor("front_desk")
    page = changing(one, booking, minutes="120")
    do(other, changing(other, booking, people="2"))
    page = do(one, page)
    assert page.status == 409
    assert fresh(alpha).total_minor == 2500


def test_cancelling_shows_what_it_does_and_a_fee_of_ones_own_has_a_reason(
    alpha: World, visitor: Come, booking: Booking
) -> None:
    someone = visitor("front_desk")
    page = someone.open(path(booking, "cancellation/"))
    assert "It costs the customer nothing." in page.text
    form = page.form_with("reason")
    page = someone.send(page, form, fee="own", amount="10.00")
    assert (page.status, fresh(alpha).state) == (400, "confirmed")
    page = someone.send(page, page.form_with("reason"), fee="own", amount="10.00", because="Agreed by phone")
    assert "The customer pays a fee of €10.00." in page.text
    page = someone.send(page, page.form_with("reason"), "cancel", fee="own", amount="10.00", because="Agreed by phone")
    assert "is cancelled." in page.text
    assert (fresh(alpha).state, fresh(alpha).fee_minor) == ("cancelled", 1000)
    assert "Reason: Agreed by phone" in page.text


def test_nobody_cancels_what_they_were_not_shown(alpha: World, visitor: Come, booking: Booking) -> None:
    someone = visitor("front_desk")
    page = someone.open(path(booking, "cancellation/"))
    page = someone.send(page, page.form_with("reason"), "cancel", fee="own", amount="25.00", because="x")
    assert (page.status, fresh(alpha).state) == (409, "confirmed")
    page = someone.send(page, page.form_with("reason"), "cancel", fee="own", amount="26.00", because="x")
    assert (page.status, fresh(alpha).state) == (400, "confirmed")
