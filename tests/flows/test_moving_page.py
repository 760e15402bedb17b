"""Moving, extending and shortening a booking on its page, without scripts: what is shown is what is done."""

from collections.abc import Callable
from datetime import time, timedelta
from urllib.parse import quote

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking
from bookings.records import SYSTEM
from kernel.periods import Period
from schemas.clock import database_now
from tests.bookings.changing import beside
from tests.bookings.scenes import HOUR, held, last_of_next_month, slot
from tests.bookings.waiting import cancel
from tests.flows.managing import Theirs
from tests.flows.pages import Page, Visitor
from tests.flows.test_query_counts import counted
from tests.worlds import World
from venues.models import Rate, Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def length(theirs: Theirs, minutes: int) -> Page:
    """The page with the preview of another length, as the form of the page asks for it."""
    page = theirs.open("move/")
    return theirs.someone.send(page, page.form_with("start"), minutes=str(minutes))


def confirm(theirs: Theirs, page: Page) -> Page:
    """Press "Yes, change it"."""
    return theirs.someone.send(page, page.form_with("shown"))


def test_extending_costs_what_was_shown(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor(), "paid")
    before = theirs.rows()
    page = length(theirs, 180)
    assert "It gets €25.00 dearer." in page.text
    assert "€25.00 is to be paid at the venue." in page.text
    assert f"Your reference code stays {theirs.booking.reference_code}." in page.text
    assert theirs.rows() == before
    done = confirm(theirs, page)
    now = theirs.now()
    assert done.path == theirs.base
    assert "Your booking is changed." in done.text
    assert (now.reference_code, now.end - now.start) == (theirs.booking.reference_code, 3 * HOUR)
    assert (now.total_minor, now.paid_minor, now.due_minor, now.refund_due_minor) == (7500, 5000, 2500, 0)


def test_own_day_is_shown_first_and_stays_chosen(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor(), "paid")
    page = theirs.open("move/")
    own = theirs.booking.start.date().isoformat()
    assert page.form_with("day").fields["day"] == own
    longer = theirs.someone.send(page, page.form_with("day"), minutes="180")
    assert longer.form_with("day").fields["day"] == own
    assert theirs.open("move/?month=2030-01").status == 200


def test_shortening_gives_back_what_was_shown(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor(), "paid")
    page = length(theirs, 60)
    assert "It gets €25.00 cheaper." in page.text
    assert "The venue pays €25.00 back to you." in page.text
    confirm(theirs, page)
    now = theirs.now()
    assert (now.total_minor, now.paid_minor, now.refund_due_minor, now.revision) == (2500, 5000, 2500, 1)


def test_another_slot_is_chosen_by_links_and_own_time_is_not_in_the_way(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    page = theirs.open("move/", day=slot(11).start.date())
    assert "your time now" in page.text
    wanted = slot(11, minutes=120)  # overlaps what it has
    shown = theirs.someone.open(theirs.base + "move/" + page.link(quote(wanted.start.isoformat(), safe="")))
    assert "The price stays the same." in shown.text
    confirm(theirs, shown)
    now = theirs.now()
    assert Period(now.start, now.end) == wanted


def test_another_place_of_the_kind_is_offered_with_its_price(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    with tenant_context(alpha.tenant):
        other = beside(theirs.place, "second", amount=3000)
    page = theirs.open("move/", start=quote(theirs.booking.start.isoformat()), resource=other.pk)
    assert "It gets €10.00 dearer." in page.text
    confirm(theirs, page)
    now = theirs.now()
    assert (now.resource_id, now.total_minor) == (other.pk, 6000)


def test_price_that_changed_meanwhile_is_shown_anew_and_nothing_is_done(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    page = length(theirs, 180)
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource=theirs.place).update(amount_minor=3000)
    before = theirs.rows()
    anew = confirm(theirs, page)
    assert anew.status == 409
    assert "It gets €40.00 dearer." in anew.text
    assert theirs.rows() == before
    confirm(theirs, anew)
    assert theirs.now().total_minor == 9000


def test_slot_that_was_taken_meanwhile_is_refused_with_what_is_near(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    wanted = slot(15, minutes=120)
    page = theirs.open("move/", start=quote(wanted.start.isoformat()))
    with tenant_context(alpha.tenant):
        held(theirs.place.pk, slot(16))
    before = theirs.rows()
    refused = confirm(theirs, page)
    assert refused.status == 409
    assert "you keep what you have" in refused.text
    assert refused.link(quote(slot(14, minutes=120).start.isoformat(), safe="")).endswith("#shown")
    assert theirs.rows() == before


def test_near_a_slot_that_was_taken_on_a_months_last_day_are_days_of_both_months(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    week = slot(10).start.date()
    ahead = 7 + (last_of_next_month(week) - week).days
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource=theirs.place).update(from_time=time(10), until_time=time(12))
    page = theirs.open("move/", start=quote(slot(10, minutes=120, ahead=ahead).start.isoformat()))
    with tenant_context(alpha.tenant):
        held(theirs.place.pk, slot(10, minutes=120, ahead=ahead))
    before = theirs.rows()
    refused = confirm(theirs, page)
    near = [slot(10, minutes=120, ahead=ahead + days).start.isoformat() for days in (-2, -1, 1, 2)]
    assert refused.status == 409
    assert [start for start in near if refused.link(quote(start, safe="")).endswith("#shown")] == near
    assert theirs.rows() == before


def test_second_tab_that_confirms_the_same_move_changes_nothing_more(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    page = length(theirs, 180)
    confirm(theirs, page)
    before = theirs.rows()
    second = confirm(theirs, page)
    assert (second.status, second.path) == (200, theirs.base)
    assert theirs.rows() == before


def test_what_would_be_a_way_round_the_fee_is_refused_with_the_reason(alpha: World, visitor: Come) -> None:
    soon = database_now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=20)
    theirs = Theirs(alpha, visitor(), "paid")
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=theirs.booking.pk).update(cancel_from=soon)
    before = theirs.rows()
    page = length(theirs, 60)
    assert page.status == 400
    assert "too late for this change" in page.text
    assert list(page.forms_to("/move/")) == []
    assert theirs.rows() == before


def test_that_the_venue_has_to_agree_again_is_said_before(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor(), fields={"needs_approval": True})
    page = length(theirs, 180)
    assert "has to agree to this" in page.text
    done = confirm(theirs, page)
    assert "The venue has to agree, as with a new booking." in done.text
    assert theirs.now().state == "pending"


@pytest.mark.parametrize("page", ["move/", "people/", "extras/"])
def test_what_is_given_up_leads_to_what_it_is_and_a_hold_to_its_details(alpha: World, visitor: Come, page: str) -> None:
    theirs = Theirs(alpha, visitor())
    with tenant_context(alpha.tenant):
        cancel(theirs.booking, SYSTEM)
    gone = theirs.open(page)
    assert (gone.status, gone.path) == (200, theirs.base)
    assert "This booking can no longer be changed." in gone.text
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=theirs.booking.pk).update(state="held", hold_expires_at=theirs.booking.start)
    assert theirs.open(page).path == f"{theirs.base}details/"


@pytest.mark.parametrize("page", ["move/", "people/", "extras/", "cancel/"])
def test_pages_of_a_booking_open_to_its_link_in_its_own_tenant_only(
    alpha: World, beta: World, visitor: Come, page: str
) -> None:
    """T09"""
    theirs = Theirs(alpha, visitor())
    assert theirs.open(page).status == 200
    assert visitor().open(theirs.base + page).status == 404
    assert Visitor(beta.host).open(theirs.link + page).status == 404


@pytest.mark.parametrize("query", ["start=x&minutes=-1&people=x&resource=x", "start=9999-12-31T00:00:00%2B00:00"])
def test_nonsense_in_the_address_shows_the_page(alpha: World, visitor: Come, query: str) -> None:
    theirs = Theirs(alpha, visitor())
    assert theirs.someone.open(f"{theirs.base}move/?{query}").status in {200, 400, 409}


def test_page_takes_so_many_queries(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    with tenant_context(alpha.tenant):
        made = Resource.objects.bulk_create(
            Resource(venue=theirs.place.venue, kind=theirs.place.kind, name=f"Court {number}", slug=f"more-{number}")
            for number in range(50)
        )
        Rate.objects.bulk_create(Rate(resource=resource, amount_minor=1000) for resource in made)
    theirs.open("move/")
    with counted() as queries:
        theirs.open("move/", start=quote(theirs.booking.start.isoformat()), minutes=180)
    assert len(queries) == 19, queries
