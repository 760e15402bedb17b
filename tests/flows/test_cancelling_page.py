"""Cancelling on the page: what is shown is what comes back, and nothing is cancelled for another price."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django_tenants.utils import tenant_context

from bookings.models import Booking
from tests.flows.managing import Theirs
from tests.flows.pages import Page, Visitor
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def soon(theirs: Theirs, hours: int) -> None:
    """The fee of the booking is counted to an instant so many hours from now."""
    with tenant_context(theirs.alpha.tenant):
        Booking.objects.filter(pk=theirs.booking.pk).update(cancel_from=Now() + timedelta(hours=hours))


def confirm(theirs: Theirs, page: Page, **typed: str) -> Page:
    """Press "Yes, cancel it"."""
    return theirs.someone.send(page, page.form_with("reason"), **typed)


def test_free_cancellation_gives_back_what_was_shown(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor(), "paid")
    page = theirs.open("cancel/")
    assert "Cancelling now costs nothing." in page.text
    assert "You get €50.00 back." in page.text
    assert "The venue pays €50.00 back to you." in page.text
    gone = confirm(theirs, page)
    assert gone.path == theirs.base
    assert "The venue pays €50.00 back to you." in gone.text
    now = theirs.now()
    assert (now.state, now.fee_minor, now.refund_due_minor) == ("cancelled", 0, 5000)


def test_fee_is_kept_as_shown_and_nothing_comes_back(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor(), "paid")
    soon(theirs, 5)
    page = theirs.open("cancel/")
    assert "Cancelling now costs €50.00." in page.text
    assert "Nothing of what you paid comes back." in page.text
    confirm(theirs, page)
    now = theirs.now()
    assert (now.state, now.fee_minor, now.refund_due_minor) == ("cancelled", 5000, 0)


def test_hour_that_passes_between_the_page_and_the_click_is_shown_before_it_costs(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor(), "paid")
    page = theirs.open("cancel/")
    soon(theirs, 5)
    before = theirs.rows()
    anew = confirm(theirs, page)
    assert anew.status == 409
    assert "Nothing was cancelled: this is what holds now." in anew.text
    assert "Cancelling now costs €50.00." in anew.text
    assert theirs.rows() == before
    confirm(theirs, anew)
    assert (theirs.now().state, theirs.now().fee_minor) == ("cancelled", 5000)


def test_form_without_what_was_shown_cancels_nothing(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    page = theirs.open("cancel/")
    before = theirs.rows()
    assert confirm(theirs, page, shown="").status == 409
    assert theirs.rows() == before


def test_second_tab_cancels_once(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor(), "paid")
    page = theirs.open("cancel/")
    confirm(theirs, page)
    before = theirs.rows()
    second = confirm(theirs, page)
    assert (second.status, second.path) == (200, theirs.base)
    assert theirs.rows() == before
