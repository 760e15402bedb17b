"""A venue's day as a table, read and used without JavaScript."""

from collections.abc import Callable
from datetime import date, time

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking
from tests.flows.pages import Page, Visitor
from tests.flows.test_booking_without_script import at, booked, counts
from tests.flows.test_query_counts import counted
from tests.worlds import World
from venues.models import Closure, Rate, Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def opened(someone: Visitor, day: date, more: str = "") -> Page:
    """The table of a day."""
    return someone.open(f"/venues/main/day/?day={day}{more}")


def test_each_cell_says_what_when_and_how_much(alpha: World, visitor: Come, next_week: date) -> None:
    page = opened(visitor(), next_week)
    name = f"Court 1 {alpha.canary}"
    day = f"{next_week:%A, %B} {next_week.day}, {next_week.year}"
    assert page.status == 200
    assert f"{name}, {day}, 6:00 – 7:00\xa0PM: €25.00, available" in page.html
    heads = [given for tag, given in page.elements if tag == "th"]
    assert {given["scope"] for given in heads} == {"row", "col"}
    assert len([given for given in heads if given["scope"] == "row"]) == 6


def test_free_cell_holds_at_once(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = opened(guest, next_week, "&minutes=120&people=2")
    form = page.form("/court-2/hold/")
    buttons = [given for tag, given in page.elements if tag == "button" and given.get("value") == at(next_week, 9)]
    assert len(buttons) == 5  # one kayak is for one
    held = guest.send(page, form, start=at(next_week, 9))
    assert held.path.endswith("/details/")
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
    assert (booking.resource_id, booking.participants, booking.total_minor) == (alpha.court_2, 2, 5000)


def test_taken_held_and_closed_are_words_and_nobody_is_named(alpha: World, visitor: Come, next_week: date) -> None:
    booked(visitor(), next_week, 10)
    with tenant_context(alpha.tenant):
        start = Booking.objects.get().start
        Closure.objects.all().delete()
    page = opened(visitor(), next_week)
    assert at(next_week, 10) not in [
        given["value"]
        for tag, given in page.elements
        if tag == "button" and given.get("form") == f"hold-{alpha.court_1}"
    ]
    assert start.isoformat() == at(next_week, 10)
    assert page.html.count('class="cell-taken"') == 2
    assert "10:00 – 10:30\xa0AM: taken" in page.html
    assert "9:30 – 10:00\xa0AM: too short" in page.html
    assert "Gina" not in page.html


def test_peak_price_is_said(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Rate.objects.create(
            resource_id=alpha.court_1, amount_minor=3600, from_time=time(18), until_time=time(22), priority=1
        )
    page = opened(visitor(), next_week, "&kind=other")
    assert "6:00 – 7:00\xa0PM: €36.00, peak, available" in page.html


def test_fifty_resources_are_as_many_queries_as_six(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    guest.open("/")
    with counted() as few:
        opened(guest, next_week)
    with tenant_context(alpha.tenant):
        made = Resource.objects.bulk_create(
            Resource(venue_id=alpha.venue, name=f"Room {number}", slug=f"room-{number}") for number in range(50)
        )
        Rate.objects.bulk_create(Rate(resource=resource, amount_minor=1000) for resource in made)
    with counted() as many:
        page = opened(guest, next_week)
    assert page.html.count('<th scope="row">') == 56
    assert len(many) == len(few), many


def test_day_that_is_over_and_unknown_venues(visitor: Come, next_week: date) -> None:
    guest = visitor()
    assert 'rel="prev nofollow"' not in guest.open("/venues/main/day/?day=2020-01-01").html
    assert guest.open("/venues/nowhere/day/").status == 404
    assert guest.open("/venues/main/day/?day=9999-99-99&minutes=x&people=-4&kind=none").status == 200


def test_looking_changes_nothing(alpha: World, visitor: Come, next_week: date) -> None:
    before = counts(alpha)
    opened(visitor(), next_week)
    assert counts(alpha) == before
