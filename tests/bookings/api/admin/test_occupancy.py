"""The desk's calendar, and who works here: `GET /admin/occupancy/`, `GET /admin/staff/`."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from bookings import agenda, closures
from bookings.closures import ClosureRequest
from bookings.models import Booking, Occupancy
from kernel.periods import Period
from schemas.clock import database_now
from tests.bookings.api.desk import AtHome
from tests.bookings.scenes import Place, at, confirmed, held, let_lapse, slot
from tests.busy import taken_elsewhere
from tests.worlds import World
from venues.models import OpeningHours, Resource, Venue

PATH, STAFF = "/api/v1/admin/occupancy/", "/api/v1/admin/staff/"


@pytest.fixture
def home(in_alpha: World) -> AtHome:
    """Calls that come back to Alpha."""
    return AtHome(in_alpha)


def day_of(home: AtHome, who: str = "owner", **query: Any) -> dict[int, dict[str, Any]]:
    """The resources of the day of `slot`, by id."""
    day = f"{at(12):%F}"
    answer = home(who).get(PATH, {"from": day, "to": day, **query})
    assert answer.status_code == 200, answer.json()
    return {column["id"]: column for column in answer.json()}


def stretches(column: dict[str, Any]) -> list[tuple[str, int, str, str]]:
    """Kind, unit and wall times of what takes a resource's time."""
    return [
        (row["kind"], row["unit"], row["start_datetime"][11:16], row["end_datetime"][11:16]) for row in column["taken"]
    ]


def test_everything_that_takes_time_is_there(in_alpha: World, home: AtHome, staff: Any) -> None:
    """A booking with its buffer, a hold, a closure and a calendar elsewhere; what lapsed is not."""
    Resource.objects.filter(pk=in_alpha.court_1).update(buffer_after_minutes=30)
    booking = confirmed(in_alpha.court_1, slot(9), staff)
    hold = held(in_alpha.court_1, slot(12))
    let_lapse(held(in_alpha.court_1, slot(20)))
    venue = Venue.objects.get(pk=in_alpha.venue)
    closures.block_out(ClosureRequest(venue, slot(14), in_alpha.court_1, "Paint"))
    taken_elsewhere(in_alpha.court_1, at(16), at(17))
    column = day_of(home)[in_alpha.court_1]
    assert stretches(column) == [
        ("booking", 0, "09:00", "10:30"),
        ("hold", 0, "12:00", "13:30"),
        ("closure", 0, "14:00", "15:00"),
        ("external", 0, "16:00", "17:00"),
    ]
    visit, held_row, closed, elsewhere = column["taken"]
    assert visit["booking"] == {
        "id": str(booking.pk),
        "reference_code": booking.reference_code,
        "resource": in_alpha.court_1,
        "start_datetime": column["open"][0]["start_datetime"].replace("T07", "T09"),
        "end_datetime": column["open"][0]["start_datetime"].replace("T07", "T10"),
        "status": "confirmed",
        "payment_status": "unpaid",
        "name": "Gina Guest",
        "participant_count": 1,
        "series": None,
        "hold_expires_at": None,
        "checked_in_at": None,
    }
    assert held_row["booking"]["hold_expires_at"] == f"{hold.hold_expires_at:%FT%TZ}"
    assert closed["closure"] == {"id": closed["closure"]["id"], "resource": in_alpha.court_1, "reason": "Paint"}
    assert (closed["booking"], elsewhere["booking"], elsewhere["closure"]) == (None, None, None)


def test_column_says_what_it_is_and_when_it_is_open(in_alpha: World, home: AtHome) -> None:
    found = day_of(home, venue=in_alpha.venue)
    assert list(found) == [in_alpha.court_1, in_alpha.court_2, in_alpha.half_a, in_alpha.half_b, in_alpha.hall,
                           in_alpha.kayaks]  # fmt: skip
    half = found[in_alpha.half_a]
    opens = half.pop("open")
    assert [(span["start_datetime"][11:16], span["end_datetime"][11:16]) for span in opens] == [("07:00", "23:00")]
    assert half == {
        "id": in_alpha.half_a,
        "name": f"Half a {in_alpha.canary}",
        "venue": in_alpha.venue,
        "part_of": in_alpha.hall,
        "units": 1,
        "is_active": True,
        "time_zone": "Europe/Berlin",
        "taken": [],
    }


def test_whole_is_taken_with_its_parts_and_pools_unit_by_unit(in_alpha: World, home: AtHome) -> None:
    hall = held(in_alpha.hall, slot(9))
    kayak = held(in_alpha.kayaks, slot(9))
    found = day_of(home)
    for part in (in_alpha.hall, in_alpha.half_a, in_alpha.half_b):
        assert stretches(found[part]) == [("hold", 0, "09:00", "10:00")]
        assert found[part]["taken"][0]["booking"]["resource"] == hall.resource_id
    assert [row["booking"]["id"] for row in found[in_alpha.kayaks]["taken"]] == [str(kayak.pk)]
    assert list(day_of(home, resource=in_alpha.court_2)) == [in_alpha.court_2]


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2027, 3, 28), 23), (date(2027, 10, 31), 25), (date(2027, 6, 1), 24)],
)
def test_open_hours_are_real_on_days_of_clock_changes(in_alpha: World, day: date, hours: int) -> None:
    resource = Place(spans=[(time(0), time(0))]).make()
    berlin = Period(datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=3),
                    datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=30))  # fmt: skip
    OpeningHours.objects.filter(venue=resource.venue).exclude(weekday=day.weekday()).delete()
    (column,) = agenda.columns(Resource.objects.filter(pk=resource.pk), Booking.objects.all(), berlin, database_now())
    assert [period.minutes for period in column.open] == [hours * 60]


def test_hours_past_midnight_belong_to_both_days(in_alpha: World) -> None:
    resource = Place(spans=[(time(20), time(2))]).make()
    window = Period(datetime(2027, 6, 1, 22, tzinfo=UTC), datetime(2027, 6, 2, 22, tzinfo=UTC))
    (column,) = agenda.columns(Resource.objects.filter(pk=resource.pk), Booking.objects.all(), window, database_now())
    assert [(f"{each.start:%H:%M}", f"{each.end:%H:%M}") for each in column.open] == [
        ("22:00", "00:00"),
        ("18:00", "22:00"),
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "to"), ({"to": "2027-06-01"}, "from"), ({"from": "2027-06-02", "to": "2027-06-01"}, "to"),
        ({"from": "2027-06-01", "to": "2027-07-07"}, "to"), ({"from": "2027-06-01", "to": "soon"}, "to"),
        ({"from": "2027-06-01", "to": "2027-06-01", "venue": "x"}, "venue"),
    ],
)  # fmt: skip
def test_window_without_sense_is_refused(home: AtHome, query: dict[str, str], field: str) -> None:
    answer = home("owner").get(PATH, query)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_managers_see_their_venues_and_others_nothing(in_alpha: World, home: AtHome) -> None:
    """T12."""
    assert in_alpha.annex_room in day_of(home, "front_desk")
    assert in_alpha.annex_room not in day_of(home, "manager")
    day = f"{at(12):%F}"
    window: dict[str, Any] = {"from": day, "to": day}
    for query in ({"venue": in_alpha.annex}, {"resource": in_alpha.annex_room}, {"venue": 999}):
        assert home("manager").get(PATH, {**window, **query}).status_code == 404
    assert home("guest").get(PATH, window).status_code == 403
    assert home(None).get(PATH, window).status_code == 401


def test_thirty_bookings_take_as_many_queries_as_one(in_alpha: World, home: AtHome) -> None:
    taken = []
    day_of(home)
    for hours in (range(8, 9), range(9, 20)):
        for hour in hours:
            for court in (in_alpha.court_1, in_alpha.hall):
                held(court, slot(hour))
        with CaptureQueriesContext(connection) as queries:
            day_of(home, "manager")
        taken.append(len([each for each in queries if "search_path" not in each["sql"]]))
    assert taken == [6, 6]
    assert Occupancy.objects.count() == 48


def test_team_is_listed_with_roles_and_venues(in_alpha: World, home: AtHome) -> None:
    rows = home("manager").get(STAFF).json()
    assert [row["role"] for row in rows] == ["owner", "accountant", "front_desk", "manager"]
    manager = rows[-1]
    assert manager == {
        "id": in_alpha.users["manager"],
        "name": f"manager {in_alpha.canary}",
        "email": f"manager@{in_alpha.canary}.example",
        "phone": "",
        "role": "manager",
        "venues": [in_alpha.venue],
        "is_active": True,
        "created_at": manager["created_at"],
    }
    assert {row["venues"] for row in rows[:-1]} == {None}
    assert [row["role"] for row in home("owner").get(STAFF, {"role": "owner"}).json()] == ["owner"]
    assert home("owner").get(STAFF, {"role": "customer"}).status_code == 400
    assert {home(who).get(STAFF).status_code for who in ("front_desk", "accountant", "guest")} == {403}
    assert User.objects.count() == 6
