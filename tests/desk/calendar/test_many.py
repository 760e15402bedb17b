"""A calendar of many resources: fifty at once, found by name, and all of them on paper."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from tests.bookings.test_query_counts import counting
from tests.desk.calendar.scenes import asked
from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import Resource, Venue

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
COUNT = 120
DAY = {"venue": "house", "day": "2027-07-01"}


@pytest.fixture
def house(alpha: World) -> World:
    """A venue with so many courts and a sauna."""
    with tenant_context(alpha.tenant):
        venue = Venue.objects.create(name="House", slug="house", time_zone="Europe/Berlin", currency="EUR")
        rows = [Resource(venue=venue, name=f"Box {n:03}", slug=f"box-{n}", position=n) for n in range(COUNT)]
        rows.append(Resource(venue=venue, name="Finnish sauna", slug="sauna", position=COUNT))
        Resource.objects.bulk_create(rows)
    return alpha


def fed(someone: Visitor, **query: object) -> list[str]:
    """The names that the feed has."""
    found = asked(someone, "/desk/calendar/feed/", **{**DAY, **query}).json()
    return [each["title"] for each in found["resources"]]


def test_fifty_are_drawn_at_once_and_the_others_are_a_page_away(house: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/calendar/?venue=house&day=2027-07-01")
    assert f"1 to 50 of {COUNT + 1}" in page.text
    assert (page.html.count('name="resource"'), page.html.count(">Box 0")) == (50, 100)
    following = page.link("part=2")
    page = owner.open(f"/desk/calendar/{following}")
    assert f"51 to 100 of {COUNT + 1}" in page.text
    assert fed(owner) == [f"Box {n:03}" for n in range(50)]
    assert fed(owner, part=2) == [f"Box {n:03}" for n in range(50, 100)]
    assert fed(owner, part=3)[-1] == "Finnish sauna"
    assert fed(owner, part=99) == fed(owner, part=3)
    assert fed(owner, part="nonsense") == fed(owner, part=0) == fed(owner)


def test_days_are_leafed_through_within_the_same_fifty(house: World, visitor: Come) -> None:
    page = visitor("owner").open("/desk/calendar/?venue=house&day=2027-07-01&part=2")
    assert page.link("2027-07-02") == "?venue=house&day=2027-07-02&part=2"
    feed = next(given["data-feed"] for _tag, given in page.elements if "data-feed" in given)
    assert feed == "/desk/calendar/feed/?venue=house&day=2027-07-01&part=2"


def test_a_resource_is_found_by_its_name(house: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/calendar/?venue=house&day=2027-07-01")
    page = owner.send(page, page.form_with("name"), name="SAUNA")
    assert "1 to 1 of 1" in page.text
    assert fed(owner, name="SAUNA") == ["Finnish sauna"]
    page = owner.open("/desk/calendar/?venue=house&day=2027-07-01&name=nowhere")
    assert ("Nothing has this name." in page.text, fed(owner, name="nowhere")) == (True, [])


def test_a_week_offers_those_of_the_name(house: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/calendar/?venue=house&day=2027-07-01&view=week&name=Box+11")
    assert page.html.count('name="resource"') == 10
    assert fed(owner, view="week", name="Box 11") == ["Box 110"]


def test_the_sheet_has_all_of_them(house: World, visitor: Come) -> None:
    page = visitor("owner").open("/desk/calendar/sheet/?venue=house&day=2027-07-01&part=2")
    assert page.html.count('<section class="day-sheet') == COUNT + 1


def test_a_page_of_them_takes_as_many_statements_as_one_does(house: World, visitor: Come) -> None:
    owner, found = visitor("owner"), []
    for name in ("sauna", ""):
        fed(owner, name=name)
        with counting() as statements:
            fed(owner, name=name)
        found.append(len(statements))
    assert found == [13, 13]
