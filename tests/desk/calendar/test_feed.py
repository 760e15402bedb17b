"""The calendar as data: everything that takes time, in wall times of the venue, for whom it may concern."""

from collections.abc import Callable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django_tenants.utils import tenant_context

from bookings import closures, lifecycle, versions
from bookings.closures import ClosureRequest
from bookings.models import Booking
from bookings.plans import STAFF_MAY_OVERRULE
from bookings.records import SYSTEM
from bookings.requests import HoldRequest
from kernel.periods import Period
from schemas.clock import database_now
from tests.bookings.scenes import Place, slot
from tests.bookings.test_query_counts import counting, fill
from tests.busy import taken_elsewhere
from tests.desk.calendar.scenes import GINA, asked, booked, day_of
from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import Resource, Venue

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
FEED = "/desk/calendar/feed/"


def feed(someone: Visitor, day: str, venue: str = "main", **query: object) -> dict:
    """The feed of a day."""
    answer = asked(someone, FEED, venue=venue, day=day, **query)
    assert answer.status_code == 200
    return answer.json()


def on(found: dict, resource_id: int) -> list[tuple[str, str, str]]:
    """What stands on a resource: kind, wall start and end."""
    rows = [each for each in found["events"] if each["resource"] == str(resource_id)]
    return [(each["kind"], each["start"][11:], each["end"][11:]) for each in rows]


def test_a_booking_is_described_exactly(alpha: World, visitor: Come) -> None:
    when = slot(18, minutes=90)
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, when, participants=3)
        version = versions.version(Booking.objects.get(pk=made.pk), database_now())
    day = day_of(when)
    (event,) = feed(visitor("owner"), day)["events"]
    assert event == {
        "id": f"booking-{made.pk}-{alpha.court_1}",
        "kind": "booking",
        "resource": str(alpha.court_1),
        "start": f"{day}T18:00",
        "end": f"{day}T19:30",
        "title": "Gina Guest",
        "time": "6:00 – 7:30\xa0PM",
        "place": "",
        "notes": ["3 people", "€37.50 at the venue"],
        "tone": "success",
        "state": "Confirmed",
        "unpaid": True,
        "movable": True,
        "url": f"/desk/calendar/bookings/{made.pk}/",
        "code": made.reference_code,
        "minutes": 90,
        "version": version,
        "expires": None,
    }


def test_the_day_is_drawn_from_opening_to_closing_in_the_venues_zone(alpha: World, visitor: Come) -> None:
    found = feed(visitor("owner"), "2027-07-01")
    assert (found["first"], found["days"], found["view"]) == ("2027-07-01", 1, "day")
    assert (found["from"], found["until"]) == ("07:00", "23:00")
    shut = [(each["start"], each["end"]) for each in found["background"] if each["resource"] == str(alpha.court_1)]
    assert shut == [("2027-07-01T00:00", "2027-07-01T07:00"), ("2027-07-01T23:00", "2027-07-02T00:00")]
    assert [each["id"] for each in found["resources"]] == [
        str(pk) for pk in (alpha.court_1, alpha.court_2, alpha.half_a, alpha.half_b, alpha.hall, alpha.kayaks)
    ]


def test_a_day_is_shown_until_its_shift_ends_in_the_night(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        bar = Place(spans=((time(18), time(2)),), fields={"grid_minutes": 30}).make("bar")
        late = booked(bar.pk, slot(24, 30))
        booked(bar.pk, slot(24 + 19))  # of the next shift
    owner, day = visitor("owner"), day_of(slot(18))
    after = day_of(slot(24 + 18))
    for view in ("day", "columns"):
        found = feed(owner, day, "bar", view=view)
        assert (found["days"], found["from"], found["until"]) == (1, "00:00", "26:00")
        assert [(each["id"], each["start"], each["end"]) for each in found["events"]] == [
            (f"booking-{late.pk}-{bar.pk}", f"{after}T00:30", f"{after}T01:30")
        ]
        shut = [(each["start"], each["end"]) for each in found["background"]]
        assert shut == [(f"{day}T02:00", f"{day}T18:00")]
    week = feed(owner, day, "bar", view="week")
    assert (week["days"], week["until"]) == (7, "24:00")
    page = owner.open(f"/desk/calendar/?venue=bar&day={day}").text.replace("\xa0", " ")
    told = f"{date.fromisoformat(after):%b} {date.fromisoformat(after).day}, {after[:4]}"
    assert f"Shown until the last shift ends: {told}, 2:00 AM." in page
    for path in ("/desk/calendar/", "/desk/calendar/sheet/"):
        text = owner.open(f"{path}?venue=bar&day={day}").text.replace("\xa0", " ")
        assert told in text
        assert "12:30 – 1:30 AM" in text
        assert "7:00 – 8:00 PM" not in text


def test_what_changes_in_the_night_is_a_change_of_the_day(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        bar = Place(spans=((time(18), time(2)),)).make("bar")
    owner, asked_for = visitor("owner"), {"venue": "bar", "day": day_of(slot(18))}
    tag = owner.client.get(FEED, asked_for)["ETag"]
    assert owner.client.get(FEED, asked_for, HTTP_IF_NONE_MATCH=tag).status_code == 304
    with tenant_context(alpha.tenant):
        booked(bar.pk, slot(25))
    assert owner.client.get(FEED, asked_for, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_who_is_open_round_the_clock_has_days_from_midnight_to_midnight(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        Place(spans=((time(0), time(0)),)).make("always")
    found = feed(visitor("owner"), "2027-07-01", "always")
    assert (found["from"], found["until"], found["background"]) == ("00:00", "24:00", [])


def test_wholes_and_parts_show_each_others_bookings(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        booked(alpha.hall, slot(10))
        booked(alpha.half_a, slot(14))
    found = feed(visitor("owner"), day_of(slot(10)))
    assert on(found, alpha.hall) == [("booking", "10:00", "11:00"), ("part", "14:00", "15:00")]
    assert on(found, alpha.half_a) == [("booking", "10:00", "11:00"), ("booking", "14:00", "15:00")]
    assert on(found, alpha.half_b) == [("booking", "10:00", "11:00")]
    may_move = {(each["resource"], each["start"][11:]) for each in found["events"] if each["movable"]}
    assert may_move == {(str(alpha.hall), "10:00"), (str(alpha.half_a), "14:00")}
    names = {each["resource"]: each["place"] for each in found["events"] if each["start"].endswith("10:00")}
    assert names == {
        str(alpha.hall): "",
        str(alpha.half_a): f"booked as Hall {alpha.canary}",
        str(alpha.half_b): f"booked as Hall {alpha.canary}",
    }


def test_closures_busy_times_holds_buffers_and_pools_are_there(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        venue = Venue.objects.get(pk=alpha.venue)
        Resource.objects.filter(pk=alpha.court_2).update(buffer_before_minutes=15, buffer_after_minutes=30)
        Resource.objects.filter(pk=alpha.kayaks).update(capacity=3, is_shared=True)
        closures.block_out(ClosureRequest(venue, slot(8), alpha.court_1, "Paint"))
        taken_elsewhere(alpha.court_1, slot(12).start, slot(12).end)
        booked(alpha.court_2, slot(10))
        booked(alpha.kayaks, slot(10), participants=2)
        held = lifecycle.hold(HoldRequest(period=slot(15), resource_id=alpha.court_1))
    found = feed(visitor("owner"), day_of(slot(8)))
    assert on(found, alpha.court_1) == [
        ("closure", "08:00", "09:00"),
        ("busy", "12:00", "13:00"),
        ("hold", "15:00", "16:00"),
    ]
    closed, busy, hold = (each for each in found["events"] if each["resource"] == str(alpha.court_1))
    assert (closed["title"], closed["movable"]) == ("Paint", False)
    assert (busy["title"], busy["url"]) == ("Busy in another calendar", "")
    assert held.hold_expires_at
    assert hold["expires"] == held.hold_expires_at.isoformat()
    (kayaks,) = (each for each in found["events"] if each["resource"] == str(alpha.kayaks))
    assert kayaks["notes"] == ["2 people", "€25.00 at the venue", "2 of 3"]
    kept = [(each["start"][11:], each["end"][11:]) for each in found["background"] if each["kind"] == "buffer"]
    assert kept == [("09:45", "10:00"), ("11:00", "11:30")]


def test_a_week_shows_one_resource_or_those_that_are_chosen_from_monday_on(alpha: World, visitor: Come) -> None:
    owner = visitor("owner", HTTP_ACCEPT_LANGUAGE="de-DE")
    found = feed(owner, "2027-07-01", view="week")
    assert (found["first"], found["days"], found["firstDay"]) == ("2027-06-28", 7, 1)
    assert [each["id"] for each in found["resources"]] == [str(alpha.court_1)]
    found = feed(owner, "2027-07-01", view="week", resource=[alpha.hall, alpha.court_2])
    assert [each["id"] for each in found["resources"]] == [str(alpha.court_2), str(alpha.hall)]
    american = visitor("owner", HTTP_ACCEPT_LANGUAGE="en-US")
    assert feed(american, "2027-07-01", view="week")["first"] == "2027-06-27"


def test_what_is_narrowed_by_kind_or_pool(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.hall).update(kind="hall")
    owner = visitor("owner")
    assert [each["id"] for each in feed(owner, "2027-07-01", kind="hall")["resources"]] == [str(alpha.hall)]
    assert [each["id"] for each in feed(owner, "2027-07-01", kind="pools")["resources"]] == [str(alpha.kayaks)]


def test_nothing_has_changed_until_something_has(alpha: World, visitor: Come) -> None:
    owner, day = visitor("owner"), day_of(slot(10))

    def look(tag: str) -> tuple[int, str]:
        answer = owner.client.get(FEED, {"venue": "main", "day": day}, HTTP_IF_NONE_MATCH=tag)
        return answer.status_code, answer["ETag"]

    status, tag = look("")
    assert (status, look(tag)) == (200, (304, tag))
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
    status, other = look(tag)
    assert (status, other != tag) == (200, True)
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=made.pk).update(
            name="Gina G.", updated_at=F("updated_at") + (slot(2).end - slot(2).start)
        )
    assert look(other)[0] == 200
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.court_2).update(name="Centre court")
    status, last = look(other)
    assert (status, look(last)[0]) == (200, 304)


@pytest.mark.parametrize("count", [0, 500])
def test_it_takes_so_many_statements_whatever_there_is(alpha: World, visitor: Come, count: int) -> None:
    with tenant_context(alpha.tenant):
        fill([alpha.court_1, alpha.court_2, alpha.hall, alpha.kayaks], count)
    owner, day = visitor("owner"), day_of(slot(12))
    tag = owner.client.get(FEED, {"venue": "main", "day": day})["ETag"]
    with counting() as full:
        feed(owner, day)
    with counting() as unchanged:
        assert owner.client.get(FEED, {"venue": "main", "day": day}, HTTP_IF_NONE_MATCH=tag).status_code == 304
    assert (len(full), len(unchanged)) == (13, 8)


@pytest.mark.parametrize(
    ("who", "main", "annex", "runs"),
    [
        ("owner", 200, 200, True),
        ("manager", 200, 404, True),
        ("front_desk", 200, 200, True),
        ("accountant", 200, 200, False),
        ("guest", 403, 403, False),
    ],
)
def test_who_sees_which_venue(alpha: World, visitor: Come, who: str, main: int, annex: int, runs: bool) -> None:
    with tenant_context(alpha.tenant):
        booked(alpha.court_1, slot(10))
    someone, day = visitor(who), day_of(slot(10))
    first = asked(someone, FEED, venue="main", day=day)
    assert (first.status_code, asked(someone, FEED, venue="annex", day=day).status_code) == (main, annex)
    if main == 200:
        assert first.json()["runs"] is runs
        assert [each["movable"] for each in first.json()["events"]] == [runs]


def test_the_night_without_an_hour_and_the_night_with_one_twice(alpha: World, visitor: Come) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with tenant_context(alpha.tenant):
        night = Place(spans=(), fields={"grid_minutes": 30, "min_minutes": 30, "max_minutes": 600}).make("night")
    spring, autumn = date(2027, 3, 28), date(2027, 10, 31)
    with tenant_context(alpha.tenant):

        def book(start: datetime, end: datetime) -> None:
            wish = HoldRequest(period=Period(start, end), resource_id=night.pk, contact=GINA)
            lifecycle.book_for(wish, SYSTEM, STAFF_MAY_OVERRULE)

        book(datetime(2027, 3, 28, 1, 30, tzinfo=berlin), datetime(2027, 3, 28, 3, 30, tzinfo=berlin))
        first, second = (datetime(2027, 10, 31, 2, 30, tzinfo=berlin, fold=fold) for fold in (0, 1))
        book(first, second)
        book(second, datetime(2027, 10, 31, 3, 0, tzinfo=berlin))
    owner = visitor("owner")
    found = feed(owner, spring.isoformat(), venue="night")
    (event,) = found["events"]
    assert (event["start"], event["end"], event["minutes"]) == ("2027-03-28T01:30", "2027-03-28T03:30", 60)
    found = feed(owner, autumn.isoformat(), venue="night")
    rows = [(each["start"][11:], each["end"][11:], each["minutes"], each["time"]) for each in found["events"]]
    assert rows == [
        ("02:30", "03:30", 60, "2:30\xa0AM (UTC+2) – 2:30\xa0AM (UTC+1)"),
        ("02:30", "03:00", 30, "2:30\xa0AM (UTC+1) – 3:00\xa0AM"),
    ]
    page = owner.open("/desk/calendar/?venue=night&day=2027-10-31")
    assert "The clocks go back on Sunday: the time between 2:00 AM and 3:00 AM comes twice." in page.text.replace(
        "\xa0", " "
    )
    page = owner.open("/desk/calendar/?venue=night&day=2027-03-28")
    assert "there is no time between 2:00 AM and 3:00 AM." in page.text.replace("\xa0", " ")
