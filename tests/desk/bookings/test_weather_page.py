"""The weather's page: three clicks, what goes back to the cent, in one go, with the record of who did it."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Batch, Booking
from tests.bookings.api.desk import under
from tests.bookings.scenes import at, digest
from tests.desk.bookings.scenes import again, make, outcome, place
from tests.flows.pages import Page, Visitor
from tests.flows.test_query_counts import counted
from tests.worlds import World
from venues.models import Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
PAGE = "/desk/weather/"


@pytest.fixture
def outside(alpha: World) -> Resource:
    """A court outdoors."""
    return place(alpha, is_outdoor=True)


def day_of(alpha: World, where: Resource) -> str:
    """The address of the day in a week at the venue of a court."""
    return f"{PAGE}?venue={where.venue_id}&day={at(12).date()}"


def call_off(someone: Visitor, page: Page) -> Page:
    """Press the red button."""
    form = next(form for form in page.forms_to(PAGE) if form.method == "post")
    return someone.send(page, form)


def test_day_is_called_off_as_it_was_shown(alpha: World, visitor: Come, outside: Resource) -> None:
    paid, unpaid = make(alpha, outside, 10, "paid"), make(alpha, outside, 12)
    inside = make(alpha, place(alpha, "hall"), 10)
    with tenant_context(alpha.tenant):
        under(str(paid.pk), {"minutes_before": 0, "percent": 2000, "reason": "weather"})
        before = digest()
    desk = visitor("front_desk")
    page = desk.open(day_of(alpha, outside))
    assert "2 bookings" in page.text
    assert "€20.00 go back to customers." in page.text
    assert "€5.00 are kept as fees." in page.text
    with tenant_context(alpha.tenant):
        assert digest() == before
    done = call_off(desk, page)
    assert "2 of 2 bookings" in done.text
    assert outcome(alpha) == [("done", ""), ("done", "")]
    with tenant_context(alpha.tenant):
        first, second, third = again(paid), again(unpaid), again(inside)
        batch = Batch.objects.get()
    assert [(each.state, each.cancel_reason) for each in (first, second)] == [("cancelled", "weather")] * 2
    assert (first.refund_due_minor, first.fee_minor, third.state) == (2000, 500, "confirmed")
    assert (batch.state, batch.created_by_id) == ("done", alpha.users["front_desk"])
    assert "There is nothing to cancel outdoors at that time." in desk.open(day_of(alpha, outside)).text


def test_who_came_meanwhile_is_shown_before_anything_is_done(alpha: World, visitor: Come, outside: Resource) -> None:
    make(alpha, outside, 10)
    desk = visitor("front_desk")
    page = desk.open(day_of(alpha, outside))
    make(alpha, outside, 12, who="stranger")
    with tenant_context(alpha.tenant):
        before = digest()
    refused = call_off(desk, page)
    assert refused.status == 409
    assert "This has changed since you looked." in refused.text
    assert "2 bookings" in refused.text
    with tenant_context(alpha.tenant):
        assert (digest() == before, Batch.objects.count()) == (True, 0)


def test_some_hours_and_some_places(alpha: World, visitor: Come, outside: Resource) -> None:
    early, late = make(alpha, outside, 10), make(alpha, outside, 18)
    desk = visitor("front_desk")
    page = desk.open(f"{day_of(alpha, outside)}&first=16:00&last=20:00&resource={outside.pk}")
    assert (late.reference_code in page.text, early.reference_code in page.text) == (True, False)
    call_off(desk, page)
    with tenant_context(alpha.tenant):
        assert [again(each).state for each in (early, late)] == ["confirmed", "cancelled"]
    odd = desk.open(f"{day_of(alpha, outside)}&first=20:00&last=16:00")
    assert "The end must lie after the start." in odd.text


def test_managers_call_off_their_own_venues_and_accountants_nothing(
    alpha: World, visitor: Come, outside: Resource
) -> None:
    one = make(alpha, outside, 10)
    manager = visitor("manager")
    page = manager.open(day_of(alpha, outside))
    assert (page.status, one.reference_code in page.text) == (400, False)
    assert visitor("accountant").open(PAGE).status == 403
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=one.pk).state == "confirmed"


def test_queries_do_not_grow_with_the_day(alpha: World, visitor: Come, outside: Resource) -> None:
    make(alpha, outside, 8)
    desk = visitor("front_desk")
    with counted() as few:
        desk.open(day_of(alpha, outside))
    for hour in (10, 12, 14, 16, 18):
        make(alpha, outside, hour)
    with counted() as many:
        desk.open(day_of(alpha, outside))
    assert len(many) == len(few)
