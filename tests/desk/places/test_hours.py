"""Hours by week, season and day: what is typed is what holds, past midnight and across a change of the clocks."""

from collections.abc import Callable
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import availability
from bookings.facts import Window
from bookings.records import Actor
from schemas.clock import database_now
from tests.bookings.scenes import confirmed, slot
from tests.flows.pages import Page, Visitor
from tests.isolation.contents import contents
from tests.worlds import World
from venues import publicdays
from venues.models import OpeningHours, Venue

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
Rows = list[tuple[int | None, str, str]]


def send(someone: Visitor, page: Page, week: dict[int, list[tuple[str, str]]], act: str = "save", **more: str) -> Page:
    """Fill in the table of times."""
    form = next(form for form in page.forms if f"opens-{0}" in form.fields)
    typed: dict[str, object] = {name: "" for name in form.fields if name.startswith(("opens-", "closes-"))}
    for number in range(7):
        typed[f"opens-{number}"] = [first for first, _last in week.get(number, [])]
        typed[f"closes-{number}"] = [last for _first, last in week.get(number, [])]
    return someone.send(page, form, **{**typed, "act": act, **more})


def rows(world: World, **place: int) -> Rows:
    """Weekly hours as they are kept."""
    with tenant_context(world.tenant):
        found = OpeningHours.objects.filter(weekday__isnull=False, **place).order_by("valid_from", "weekday", "opens")
        return [(row.weekday, f"{row.opens:%H:%M}", f"{row.closes:%H:%M}") for row in found]


def test_week_goes_round_with_several_spans_and_past_midnight(alpha: World, visitor: Come) -> None:
    manager, path = visitor("manager"), f"/desk/venues/{alpha.venue}/hours/"
    week = {0: [("08:00", "12:00"), ("13:00", "22:00")], 5: [("18:00", "02:00")], 6: [("00:00", "00:00")]}
    page = send(manager, manager.open(path), {**week, 6: []}, "anyway")
    assert "The hours are saved." in page.text
    kept = [(0, "08:00", "12:00"), (0, "13:00", "22:00"), (5, "18:00", "02:00")]
    assert rows(alpha, venue=alpha.venue) == kept
    assert "02:00" in page.html
    assert len(rows(alpha, venue=alpha.annex)) == 7


def test_a_night_is_as_long_as_the_clocks_make_it(alpha: World, visitor: Come) -> None:
    """Berlin puts its clocks back on 31 October 2027: from 22 to 6 are nine hours then."""
    manager = visitor("manager")
    path = f"/desk/resources/{alpha.court_1}/hours/"
    send(manager, manager.open(path), {5: [("22:00", "06:00")]}, "anyway")
    saturday = date(2027, 10, 30)
    with tenant_context(alpha.tenant):
        found = availability.read([alpha.court_1], Window(saturday, saturday), database_now())
    night = next(
        each
        for each in found[alpha.court_1].open
        if each.start.astimezone(ZoneInfo("Europe/Berlin")).date() == saturday
    )
    assert night.minutes == 9 * 60


@pytest.mark.parametrize(
    ("week", "told"),
    [
        ({0: [("08:00", "12:00"), ("11:00", "13:00")]}, "Two spans of opening hours overlap."),
        ({0: [("08:00", "")]}, "Give both times"),
        ({0: [("8", "9")]}, "Give both times"),
        ({6: [("20:00", "02:00")], 0: [("01:00", "03:00")]}, "Two spans of opening hours overlap."),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(
    alpha: World, visitor: Come, week: dict[int, list[tuple[str, str]]], told: str
) -> None:
    manager = visitor("manager")
    page, before = manager.open(f"/desk/venues/{alpha.venue}/hours/"), contents(alpha)
    again = send(manager, page, week)
    assert (again.status, told in again.text) == (400, True)
    assert contents(alpha) == before


def test_season_is_added_beside_the_ordinary_week_and_goes_again(alpha: World, visitor: Come) -> None:
    owner, path = visitor("owner"), f"/desk/venues/{alpha.venue}/hours/"
    page = owner.open(f"{path}?season=new")
    send(owner, page, {0: [("10:00", "18:00")]}, "anyway", valid_from="2027-10-01", valid_until="2028-03-31")
    with tenant_context(alpha.tenant):
        row = OpeningHours.objects.get(venue=alpha.venue, valid_from__isnull=False)
        assert (row.weekday, row.opens, row.valid_until) == (0, time(10), date(2028, 3, 31))
        assert OpeningHours.objects.filter(venue=alpha.venue, valid_from=None).count() == 7
    page = owner.open(f"{path}?season=2027-10-01")
    owner.send(page, page.form("/drop/"))
    assert len(rows(alpha, venue=alpha.venue)) == 7


def test_bookings_outside_are_shown_before_anything_is_saved(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        actor = Actor.of(User.objects.get(pk=alpha.users["owner"]))
        booking = confirmed(alpha.court_1, slot(20), actor)
    owner, week = visitor("owner"), {number: [("08:00", "18:00")] for number in range(7)}
    before = rows(alpha, venue=alpha.venue)
    page = send(owner, owner.open(f"/desk/venues/{alpha.venue}/hours/"), week)
    assert (booking.reference_code in page.text, rows(alpha, venue=alpha.venue)) == (True, before)
    send(owner, page, week, "anyway")
    assert rows(alpha, venue=alpha.venue) == [(number, "08:00", "18:00") for number in range(7)]
    with tenant_context(alpha.tenant):
        booking.refresh_from_db()
    assert booking.state == "confirmed"


def test_copying_fills_in_and_saves_nothing(alpha: World, visitor: Come) -> None:
    owner, before = visitor("owner"), rows(alpha, venue=alpha.venue)
    page = owner.open(f"/desk/venues/{alpha.venue}/hours/")
    page = send(owner, page, {0: [("09:00", "10:00")]}, "copy", **{"from": "0", "to": "work"})
    assert (page.html.count('value="09:00"'), rows(alpha, venue=alpha.venue)) == (5, before)


def test_days_and_holidays_are_there_once(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/venues/{alpha.venue}/days/")
    owner.send(
        page, page.form_with("is_closed"), date="2027-12-24", opens="10:00", closes="14:00", is_closed="", note="Eve"
    )
    path = f"/desk/venues/{alpha.venue}/holidays/?country=DE&region=BY&year=2027"
    for _turn in range(2):
        page = owner.open(path)
        form = page.form_with("becomes")
        owner.send(page, form, day=["2027-12-25", "2027-12-26"], becomes="closed")
    with tenant_context(alpha.tenant):
        found = OpeningHours.objects.filter(venue=alpha.venue, date__isnull=False).order_by("date")
        kept = [(f"{row.date}", row.opens, row.note) for row in found]
    assert kept == [
        ("2027-12-24", time(10), "Eve"),
        ("2027-12-25", None, "Christmas Day"),
        ("2027-12-26", None, "Second Day of Christmas"),
    ]  # fmt: skip
    assert owner.open(path).text.count("is there already") == 2
    page = owner.open(f"/desk/venues/{alpha.venue}/days/")
    owner.send(page, page.form("/days/drop/"), date="2027-12-24")
    with tenant_context(alpha.tenant):
        assert Venue.objects.get(pk=alpha.venue).hours.filter(date__isnull=False).count() == 2


def test_holidays_speak_the_language_where_they_can() -> None:
    named = {each.date: each.name for each in publicdays.days("DE", "BY", [2027], "de")}
    assert named[date(2027, 1, 6)] == "Heilige Drei Könige"
    assert date(2027, 1, 6) not in {each.date for each in publicdays.days("DE", "BE", [2027], "de")}
