"""A house with many resources: its day is as long as one can read, and what is looked for is found by name."""

from collections.abc import Callable
from datetime import time

import pytest
from django_tenants.utils import tenant_context

from tests.desk.today.scene import comes
from tests.flows.pages import Page, Visitor
from tests.flows.test_query_counts import counted
from tests.worlds import World
from venues.models import OpeningHours, Rate, Resource, Venue

Come = Callable[..., Visitor]
HOUSE = "/desk/?venue=house"
COUNT = 120


@pytest.fixture
def house(noon: World) -> World:
    """A venue that is open at noon, with so many courts and one sauna."""
    with tenant_context(noon.tenant):
        zone = Venue.objects.get(pk=noon.venue).time_zone
        venue = Venue.objects.create(name="House", slug="house", time_zone=zone, currency="EUR", position=9)
        OpeningHours.objects.bulk_create(
            OpeningHours(venue=venue, weekday=weekday, opens=time(7), closes=time(23)) for weekday in range(7)
        )
        rows = [
            Resource(venue=venue, name=f"Box {n:03}", slug=f"box-{n}", kind="court", position=n) for n in range(COUNT)
        ]
        rows.append(Resource(venue=venue, name="Finnish sauna", slug="sauna", kind="room", position=COUNT))
        Rate.objects.bulk_create(
            Rate(resource=resource, amount_minor=2500) for resource in Resource.objects.bulk_create(rows)
        )
    return noon


def lanes(page: Page) -> list[str]:
    """The names of the resources that are drawn."""
    return [part.split("</h2>")[0].split(">")[-1].strip() for part in page.html.split('id="resource-')[1:]]


def test_free_places_are_a_line_for_each_kind_and_those_of_all_venues_one_for_each_venue(
    house: World, visitor: Come
) -> None:
    staff = visitor("front_desk")
    page = staff.open(HOUSE)
    text = page.text
    assert f"Court {COUNT} free, {COUNT} now" in text
    assert "Room 1 free, 1 now" in text
    named = [f">Box {n:03}</span>" in page.html for n in (0, 49, 50)]
    assert (named, f"And {COUNT - 50} more." in text) == ([True, True, False], True)
    page = staff.open("/desk/?venue=all")
    assert f"House {COUNT + 1} free, {COUNT + 1} now" in page.text
    assert page.html.count('id="free-venue-') == 3


def test_what_is_taken_is_a_number_where_it_is_much(house: World, visitor: Come) -> None:
    with tenant_context(house.tenant):
        Resource.objects.filter(venue__slug="house").exclude(slug="sauna").update(max_minutes=60, min_minutes=60)
        OpeningHours.objects.bulk_create(
            OpeningHours(resource=resource, weekday=weekday, opens=time(0), closes=time(1))
            for resource in Resource.objects.filter(venue__slug="house", kind="court")
            for weekday in range(7)
        )
    text = visitor("owner").open(HOUSE).text
    assert f"Nothing free: {COUNT} places Box 000, Box 001," in text
    assert f" Box 049. And {COUNT - 50} more." in text


def test_by_resource_there_are_fifty_at_once(house: World, visitor: Come) -> None:
    staff = visitor("owner")
    page = staff.open(f"{HOUSE}&by=resource")
    assert lanes(page) == [f"Box {n:03}" for n in range(50)]
    assert f"1 to 50 of {COUNT + 1}" in page.text
    page = staff.open("/desk/" + page.link("page=2"))
    assert lanes(page) == [f"Box {n:03}" for n in range(50, 100)]
    page = staff.open("/desk/" + page.link("page=3"))
    assert lanes(page)[-1] == "Finnish sauna"


def test_a_resource_is_found_by_its_name(house: World, visitor: Come) -> None:
    staff = visitor("owner")
    page = staff.open(f"{HOUSE}&by=resource")
    page = staff.send(page, page.form_with("find"), find="SAUNA")
    assert (lanes(page), "1 to 1 of 1" in page.text) == (["Finnish sauna"], True)
    page = staff.send(page, page.form_with("find"), find="nowhere")
    assert (lanes(page), "Nothing has this name." in page.text) == ([], True)
    assert lanes(staff.open(f"{HOUSE}&by=resource&find=Box+11&page=99")) == [f"Box 11{n}" for n in range(10)]


def test_a_walk_in_finds_a_place_by_its_name(house: World, visitor: Come) -> None:
    staff = visitor("front_desk")
    staff.open(HOUSE)
    page = staff.open("/desk/walk-in/")
    assert ("Walk-in: Box 000" in page.text, "Box 050" in page.text, "Box 051" in page.text) == (True, True, False)
    assert f"And {COUNT - 50} more." in page.text
    page = staff.send(page, page.form_with("find"), find="sauna")
    assert ("Finnish sauna" in page.text, "Box 001" in page.text) == (True, False)
    page = staff.open("/desk/walk-in/?find=nothing")
    assert "Nothing that is free has this name." in page.text


def test_queries_do_not_depend_on_how_many_there_are(house: World, visitor: Come) -> None:
    staff, found = visitor("owner"), []
    paths = (HOUSE, f"{HOUSE}&by=resource", "/desk/walk-in/")
    for _round in range(2):
        for path in paths:
            staff.open(path)
            with counted() as queries:
                assert staff.open(path).status == 200
            found.append(len(queries))
        with tenant_context(house.tenant):
            Resource.objects.filter(venue__slug="house", position__gte=20).update(is_active=False)
            first = Resource.objects.get(slug="box-0")
        comes(house, 30 + 60 * _round, resource_id=first.pk)
    assert found[:3] == found[3:]
