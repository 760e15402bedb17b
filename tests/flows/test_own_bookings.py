"""One's own bookings: to come and past, a series as one, found by code, booked again."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import Booking
from schemas.clock import database_now
from tests.bookings.scenes import slot
from tests.bookings.series_scenes import asked, made
from tests.flows.managing import Theirs
from tests.flows.pages import Visitor
from tests.flows.test_query_counts import counted
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
OWN = "/bookings/"


def test_somebody_without_bookings_is_led_on(visitor: Come) -> None:
    someone = visitor("guest")
    for path in (OWN, f"{OWN}?when=past", f"{OWN}series/", f"{OWN}waiting/", f"{OWN}?code=BK-NOTHING"):
        page = someone.open(path)
        assert (page.status, "Find something to book" in page.text) == (200, True)


def test_booking_is_found_by_its_code_in_any_spelling_and_only_by_its_customer(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    code = theirs.booking.reference_code
    assert visitor("guest").open(f"{OWN}?code={code.lower()}").link(theirs.base)
    assert f"You have no booking with “{code}”." in visitor("stranger").open(f"{OWN}?code={code}").text


def test_past_booking_is_booked_again_with_length_people_and_weekday(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    with tenant_context(alpha.tenant):
        ago = timedelta(days=14)
        booking = theirs.booking
        Booking.objects.filter(pk=booking.pk).update(start=booking.start - ago, end=booking.end - ago)
    someone = visitor("guest")
    page = someone.open(f"{OWN}?when=past")
    again = someone.open(page.link("/venues/first/first/?"))
    form = again.form_with("people")
    assert (form.fields["minutes"], form.fields["people"]) == ("120", "2")
    day = slot(10).start.date()
    today = database_now().astimezone(ZoneInfo("Europe/Berlin")).date()
    assert f"day={today + timedelta(days=(day - today).days % 7 or 7)}" in page.link("/venues/first/first/?")


def test_series_is_one_row_with_what_is_still_to_come(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    with tenant_context(alpha.tenant):
        guest = User.objects.get(pk=alpha.users["guest"])
        found = made(asked(theirs.place, guest, "FREQ=WEEKLY;COUNT=5")).series
    page = visitor("guest").open(OWN)
    assert "Series: 4 more dates" in page.text
    assert [href for href, _given in page.links if href == f"{OWN}series/{found.pk}/"] == [f"{OWN}series/{found.pk}/"]
    assert len([href for href, _given in page.links if href.startswith(OWN) and len(href) == len(theirs.base)]) == 2


def test_list_takes_as_many_queries_for_many(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    someone = visitor("guest")
    with counted() as few:
        someone.open(OWN)
    with tenant_context(alpha.tenant):
        rows = []
        for number in range(500):
            row = Booking.objects.get(pk=theirs.booking.pk)
            row.pk, row.reference_code = None, f"BK-{number}"
            row.id = Booking._meta.pk.get_default()
            rows.append(row)
        Booking.objects.bulk_create(rows)
    with counted() as many:
        page = someone.open(OWN)
    assert "Page 1 of 26" in page.text
    assert len(many) == len(few) == 5, many


@pytest.mark.parametrize("page", ["", "move/", "people/", "extras/", "cancel/"])
def test_time_of_a_booking_is_told_in_the_readers_zone_on_each_of_its_pages(
    alpha: World, visitor: Come, page: str
) -> None:
    theirs = Theirs(alpha, visitor())
    start = theirs.booking.start.isoformat()
    for path in (f"{theirs.base}{page}", OWN):
        read = visitor("guest").open(path)
        assert read.status == 200
        assert f'<time datetime="{start}" data-zone="Europe/Berlin">' in read.html
        assert read.html.count('data-zone-note="Europe/Berlin"') == 1
