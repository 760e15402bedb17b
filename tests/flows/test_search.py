"""Searching for a free time across resources, venues and services, without JavaScript."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking
from tests.flows.pages import Page, Visitor
from tests.flows.test_booking_without_script import at, booked, counts
from tests.flows.test_query_counts import counted
from tests.worlds import World
from venues.models import ExtraOffer, OpeningHours, Product, Rate, Resource, Venue

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def searched(someone: Visitor, day: date, **asked: object) -> Page:
    """The page of a search for a day."""
    return someone.open("/search/?" + "&".join(f"{name}={value}" for name, value in {"day": day, **asked}.items()))


def starts(page: Page, resource: str) -> list[str]:
    """The starts that are offered of a resource, as the values of their buttons."""
    return [value for form in page.forms_to(f"/{resource}/hold/") for _name, value in form.buttons]


def offered(page: Page) -> list[str]:
    """The resources that have something free, in the order of the page."""
    return [form.action.split("/")[3] for form in page.forms if form.action.endswith("/hold/")]


def test_any_court_in_the_evening_for_two_hours_and_four_people(visitor: Come, next_week: date) -> None:
    guest = visitor()
    asked = {"kind": "", "from": "18:00", "minutes": 120, "people": 4, "venue": "main"}
    page = searched(guest, next_week, **asked)
    assert page.status == 200
    assert offered(page) == ["court-1", "court-2", "half-a", "half-b", "hall"]
    assert starts(page, "court-1") == [at(next_week, hour, minute) for hour in (18, 19, 20) for minute in (0, 30)] + [
        at(next_week, 21)
    ]
    assert "€50.00" in page.text
    held = guest.send(page, page.form("/court-2/hold/"), at(next_week, 18, 30))
    assert held.path.endswith("/details/")


def test_hold_from_the_search_is_what_was_searched(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = searched(guest, next_week, minutes=90, people=3, venue="main", **{"from": "10:00"})
    guest.send(page, page.form("/court-1/hold/"), at(next_week, 10))
    with tenant_context(alpha.tenant):
        held = Booking.objects.get()
    assert (held.resource_id, held.participants, held.end - held.start) == (alpha.court_1, 3, timedelta(minutes=90))


def test_what_is_taken_is_not_offered_and_the_earliest_comes_first(visitor: Come, next_week: date) -> None:
    booked(visitor(), next_week, 18)
    page = searched(visitor(), next_week, **{"from": "18:00", "venue": "main"})
    assert offered(page)[-1] == "court-1"
    assert starts(page, "court-1")[0] == at(next_week, 19)


def test_nothing_that_fits_leads_to_other_times_and_other_days(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.exclude(slug="court-1").update(is_active=False)
    booked(visitor(), next_week, 18)
    guest = visitor()
    page = searched(guest, next_week, **{"from": "18:00", "to": "19:00"})
    assert "Nothing is free for that." in page.text
    assert starts(page, "court-1") == [at(next_week, 17)]
    days = [href for href, _given in page.links if "from=18%3A00" in href and f"day={next_week}" not in href]
    assert any(f"day={next_week + timedelta(days=1)}" in href for href in days)
    assert any(f"day={next_week - timedelta(days=1)}" in href for href in days)
    taken = guest.send(page, page.form("/court-1/hold/"), at(next_week, 17))
    assert taken.path.endswith("/details/")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"people": 900}, "The largest has room for 100."),
        ({"kind": "lane"}, "Nothing of that kind can be booked here."),
        ({"minutes": 7}, "Nothing here can be booked for that long."),
    ],
)
def test_what_can_never_be_is_said(visitor: Come, next_week: date, asked: dict[str, object], sentence: str) -> None:
    page = searched(visitor(), next_week, **asked)
    assert (page.status, sentence in page.text, offered(page)) == (200, True, [])


@pytest.mark.parametrize(
    "nonsense",
    ["day=yesterday", "day=0001-01-01", "day=9999-12-31", "from=25:00&to=x", "minutes=-1&people=0", "venue=%00&page=0"],
)
def test_nonsense_falls_back_to_a_page(visitor: Come, nonsense: str) -> None:
    assert visitor().open(f"/search/?{nonsense}").status == 200


def test_service_is_held_as_the_service(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Rate.objects.create(product_id=alpha.tennis, amount_minor=4000, unit=Rate.Unit.BOOKING)
    guest = visitor()
    page = searched(guest, next_week, kind="service:tennis", **{"from": "09:00"})
    assert offered(page) == ["court-1", "court-2"]
    assert "€40.00" in page.text
    held = guest.send(page, page.form("/court-1/hold/"), at(next_week, 9))
    assert held.path.endswith("/details/")
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
    assert (booking.product_id, booking.total_minor, booking.resource_id) == (alpha.tennis, 4000, alpha.court_1)


def test_service_that_is_gone_leads_to_what_is_left_of_it(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    page = searched(guest, next_week, kind="service:tennis", **{"from": "10:00"})
    booked(visitor(), next_week, 10)
    before = counts(alpha)
    gone = guest.send(page, page.form("/court-1/hold/"), at(next_week, 10))
    assert gone.status == 409
    assert "Somebody else has booked this time." in gone.text
    assert offered(gone)[0] == "court-2"
    assert not [href for href, _given in gone.links if href.startswith("?")]  # from the form's address it leads nowhere
    assert counts(alpha) == before


def test_price_counts_what_has_to_come_with_it(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        balls = Product.objects.create(name="Balls", slug="balls", kind=Product.Kind.EXTRA)
        Rate.objects.create(product=balls, amount_minor=300, unit=Rate.Unit.BOOKING)
        ExtraOffer.objects.create(resource_id=alpha.court_1, extra=balls, is_required=True)
    guest = visitor()
    page = searched(guest, next_week, **{"from": "10:00", "venue": "main"})
    assert "€28.00" in page.text
    guest.send(page, page.form("/court-1/hold/"), at(next_week, 10))
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().total_minor == 2800


def test_peak_hours_are_said_in_a_word(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Rate.objects.create(
            resource_id=alpha.court_1, amount_minor=3600, from_time=time(18), until_time=time(22), priority=1
        )
    page = searched(visitor(), next_week, kind="other", venue="main", **{"from": "17:00"})
    court = page.html[page.html.index("court-1/hold/") :]
    assert court.index("€25.00") < court.index("€36.00")
    marked = page.html.count('class="mark mark-peak">peak<')
    assert marked == 7  # from 17:30, which is half peak, to 20:30


def test_five_hundred_resources_are_as_many_queries_as_one(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    guest.open("/")
    with counted() as few:
        assert searched(guest, next_week).status == 200
    with tenant_context(alpha.tenant):
        annex = Venue.objects.create(name="Far", slug="far", time_zone="Asia/Tokyo", currency="EUR")
        OpeningHours.objects.bulk_create(
            OpeningHours(venue=annex, weekday=weekday, opens=time(7), closes=time(23)) for weekday in range(7)
        )
        made = Resource.objects.bulk_create(
            Resource(venue=annex, name=f"Room {number}", slug=f"room-{number}") for number in range(500)
        )
        Rate.objects.bulk_create(Rate(resource=resource, amount_minor=1000) for resource in made)
    with counted() as many:
        page = searched(guest, next_week, page=2)
    assert "507 are free." in page.text
    assert len(offered(page)) == 20
    assert len(many) == len(few), many


def test_searches_are_counted_and_days_with_them(visitor: Come, next_week: date, settings: object) -> None:
    """T48: they look at all that there is, and nobody has to sign in for them."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "search.address": "2/60"}  # type: ignore[attr-defined]
    guest = visitor()
    assert [searched(guest, next_week).status, guest.open("/venues/main/day/").status] == [200, 200]
    too_often = searched(guest, next_week)
    assert (too_often.status, "That was too often" in too_often.text) == (429, True)
    assert guest.open("/venues/main/day/").status == 429
    assert guest.open("/venues/main/court-1/").status == 200
