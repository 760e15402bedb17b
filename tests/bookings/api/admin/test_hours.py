"""Opening hours: `/admin/venues/{id}/hours/`, `/admin/resources/{id}/hours/`."""

from datetime import date, timedelta
from typing import Any

import pytest

from bookings.models import Booking
from tests.bookings.api.desk import AtHome
from tests.bookings.scenes import at, held, let_lapse, slot
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import OpeningHours, Resource

ADMIN = "/api/v1/admin"
ALWAYS = {"valid_from": None, "valid_until": None}
DAILY = [{"weekday": day, "opens": "07:00", "closes": "23:00", "note": "", **ALWAYS} for day in range(7)]


@pytest.fixture
def home(in_alpha: World) -> AtHome:
    """Calls that come back to Alpha."""
    return AtHome(in_alpha)


def span(weekday: int, opens: str, closes: str) -> dict[str, Any]:
    """Hours on a weekday."""
    return {"weekday": weekday, "opens": opens, "closes": closes, "note": "", **ALWAYS}


def season(weekday: int, first: str, last: str) -> dict[str, Any]:
    """Hours on a weekday of a season."""
    return {**span(weekday, "10:00", "12:00"), "valid_from": first, "valid_until": last}


def test_hours_of_a_venue_are_read_and_replaced(in_alpha: World, home: AtHome) -> None:
    path = f"{ADMIN}/venues/{in_alpha.venue}/hours/"
    assert home("accountant").get(path).json() == {"weekly": DAILY, "dates": [], "outside_count": 0, "outside": []}
    weekly = [span(0, "08:00", "12:00"), span(0, "13:00", "20:00"), span(5, "20:00", "02:00")]
    dates = [
        {"date": "2027-12-24", "opens": "08:00", "closes": "12:00", "note": "Christmas Eve"},
        {"date": "2027-12-25", "opens": None, "closes": None, "note": "Christmas"},
    ]
    answer = home("manager").put(path, {"weekly": weekly[::-1], "dates": dates[::-1]})
    assert (answer.status_code, answer.json()) == (
        200, {"weekly": weekly, "dates": dates, "outside_count": 0, "outside": []},
    )  # fmt: skip
    assert home("owner").get(path).json() == answer.json()
    assert OpeningHours.objects.filter(venue=in_alpha.annex).count() == 7


def test_resource_has_the_venues_hours_until_it_has_its_own(in_alpha: World, home: AtHome) -> None:
    path = f"{ADMIN}/resources/{in_alpha.court_1}/hours/"
    none = {"weekly": [], "dates": [], "outside_count": 0, "outside": []}
    assert home("owner").get(path).json() == none
    day = at(12).date()
    own = [span(day.weekday(), "10:00", "12:00")]
    assert home("manager").put(path, {"weekly": own}).json() == {**none, "weekly": own}
    starts = home(None).get(f"/api/availability/?service_id={in_alpha.tennis}&date={day}").json()
    assert starts[0][11:16] == "07:00"  # of Court 2
    Resource.objects.filter(pk=in_alpha.court_2).update(is_active=False)
    starts = home(None).get(f"/api/availability/?service_id={in_alpha.tennis}&date={day}").json()
    assert [start[11:16] for start in starts] == ["10:00", "10:30", "11:00"]
    assert home("manager").put(path, {"weekly": []}).json() == none


def test_what_is_booked_outside_new_hours_stays_and_is_listed(in_alpha: World, home: AtHome) -> None:
    """What is over, or not any more, is not listed; nor what other hours apply to."""
    inside = held(in_alpha.court_1, slot(10))
    late = held(in_alpha.court_1, slot(20))
    part = held(in_alpha.hall, slot(11, minutes=120))
    own = held(in_alpha.court_2, slot(21))
    let_lapse(held(in_alpha.kayaks, slot(22)))
    held(in_alpha.annex_room, slot(21))
    for day in range(7):
        OpeningHours.objects.create(resource_id=in_alpha.court_2, weekday=day, opens="07:00", closes="23:00")
    before = list(Booking.objects.order_by("pk").values())
    weekly = [span(day, "09:00", "12:00") for day in range(7)]
    answer = home("owner").put(f"{ADMIN}/venues/{in_alpha.venue}/hours/", {"weekly": weekly}).json()
    assert answer["outside_count"] == 2
    assert [row["id"] for row in answer["outside"]] == [str(part.pk), str(late.pk)]
    row = answer["outside"][0]
    assert {**row, "start_datetime": row["start_datetime"][11:16], "end_datetime": row["end_datetime"][11:16]} == {
        "id": str(part.pk), "reference_code": part.reference_code, "resource": in_alpha.hall,
        "start_datetime": "11:00", "end_datetime": "13:00",
    }  # fmt: skip
    assert list(Booking.objects.order_by("pk").values()) == before
    shut = home("owner").put(f"{ADMIN}/resources/{in_alpha.court_2}/hours/", {"weekly": []}).json()
    assert [row["id"] for row in shut["outside"]] == [str(own.pk)]
    assert str(inside.pk) not in str(answer)


def test_night_shift_holds_what_passes_midnight(in_alpha: World, home: AtHome) -> None:
    Resource.objects.filter(pk=in_alpha.court_1).update(max_minutes=300)
    whole = [span(day, "00:00", "00:00") for day in range(7)]
    path = f"{ADMIN}/resources/{in_alpha.court_1}/hours/"
    assert home("owner").put(path, {"weekly": whole}).status_code == 200
    night = slot(22, minutes=240)
    held(in_alpha.court_1, night)
    weekly = [span(day, "21:00", "02:00") for day in range(7)]
    assert home("owner").put(path, {"weekly": weekly}).json()["outside_count"] == 0
    weekly = [span(day, "21:00", "01:30") for day in range(7)]
    assert home("owner").put(path, {"weekly": weekly}).json()["outside_count"] == 1


DATE = {"date": "2027-12-24"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"weekly": [span(0, "08:00", "12:00"), span(0, "11:59", "13:00")]}, "hours_overlap"),
        ({"weekly": [span(0, "08:00", "12:00")] * 2}, "hours_overlap"),
        ({"weekly": [span(0, "20:00", "02:00"), span(1, "01:00", "03:00")]}, "hours_overlap"),
        ({"weekly": [span(6, "20:00", "02:00"), span(0, "01:00", "03:00")]}, "hours_overlap"),
        ({"weekly": [season(0, "2027-10-01", "2028-03-31"), season(1, "2028-03-31", "2028-04-30")]}, "hours_overlap"),
        ({"weekly": [season(0, "2027-10-01", "2027-09-30")]}, "hours_unclear"),
        ({"weekly": [{**span(0, "08:00", "12:00"), "valid_from": "2027-10-01"}]}, "hours_unclear"),
        ({"weekly": [], "dates": [{**DATE, "opens": "08:00", "closes": "12:00"}] * 2}, "hours_overlap"),
        ({"weekly": [], "dates": [DATE, {**DATE, "opens": "08:00", "closes": "12:00"}]}, "hours_unclear"),
        ({"weekly": [], "dates": [DATE, DATE]}, "hours_unclear"),
        ({}, "invalid"),
        ({"weekly": [span(7, "08:00", "12:00")]}, "invalid"),
        ({"weekly": [span(0, "8", "12:00")]}, "invalid"),
        ({"weekly": [span(0, "08:00", "24:00")]}, "invalid"),
        ({"weekly": [{"weekday": 0}]}, "invalid"),
        ({"weekly": [], "dates": [{**DATE, "opens": "08:00"}]}, "invalid"),
        ({"weekly": [], "dates": [{"date": "24.12.2027"}]}, "invalid"),
        ({"weekly": [span(0, "08:00", "12:00")] * 71}, "invalid"),
    ],
)
def test_hours_without_sense_are_refused(in_alpha: World, home: AtHome, body: dict[str, Any], code: str) -> None:
    before = contents(in_alpha)
    for path in (f"{ADMIN}/venues/{in_alpha.venue}/hours/", f"{ADMIN}/resources/{in_alpha.court_1}/hours/"):
        answer = home("owner").put(path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, code), answer.json()
    assert contents(in_alpha) == before


def test_spans_that_touch_do_not_overlap(in_alpha: World, home: AtHome) -> None:
    weekly = [span(0, "00:00", "12:00"), span(0, "12:00", "00:00"), span(6, "20:00", "00:00")]
    answer = home("owner").put(f"{ADMIN}/venues/{in_alpha.venue}/hours/", {"weekly": weekly})
    assert (answer.status_code, answer.json()["weekly"]) == (200, weekly)


@pytest.mark.parametrize(
    ("who", "kind", "place", "reads", "writes"),
    [
        ("manager", "venues", "annex", 404, 404), ("manager", "resources", "annex_room", 404, 404),
        ("front_desk", "venues", "venue", 200, 403), ("accountant", "resources", "court_1", 200, 403),
        ("guest", "venues", "venue", 403, 403), (None, "venues", "venue", 401, 401),
    ],
)  # fmt: skip
def test_who_reads_and_who_changes(
    in_alpha: World, home: AtHome, who: str, kind: str, place: str, reads: int, writes: int
) -> None:
    """T12."""
    path = f"{ADMIN}/{kind}/{getattr(in_alpha, place)}/hours/"
    before = contents(in_alpha)
    assert home(who).get(path).status_code == reads
    assert home(who).put(path, {"weekly": []}).status_code == writes
    assert contents(in_alpha) == before


def test_nothing_but_hours_is_taken_from_a_body(in_alpha: World, home: AtHome) -> None:
    """T13: neither another place nor a row's id."""
    forged = {"id": 1, "venue": in_alpha.annex, "resource": in_alpha.court_2, "date": "2027-01-01"}
    weekly = [{**span(0, "08:00", "12:00"), **forged}]
    path = f"{ADMIN}/venues/{in_alpha.venue}/hours/"
    assert home("owner").put(path, {"weekly": weekly, **forged}).status_code == 200
    row = OpeningHours.objects.get(venue=in_alpha.venue)
    assert (row.resource_id, row.date, row.weekday) == (None, None, 0)
    assert OpeningHours.objects.filter(venue=in_alpha.annex).count() == 7


def test_season_replaces_the_week_from_its_first_day_to_its_last(in_alpha: World, home: AtHome) -> None:
    """On its days nothing of the ordinary week is left: a weekday that it does not have is closed."""
    path = f"{ADMIN}/resources/{in_alpha.court_1}/hours/"
    Resource.objects.filter(pk=in_alpha.court_2).update(is_active=False)
    day = at(12).date()
    ordinary = [span(number, "10:00", "12:00") for number in range(7)]
    first, last = day, day + timedelta(days=1)
    winter = {**span(day.weekday(), "22:00", "00:30"), "valid_from": f"{first}", "valid_until": f"{last}"}
    assert home("manager").put(path, {"weekly": [*ordinary, winter]}).status_code == 200

    def starts(of: date) -> list[str]:
        answer = home(None).get(f"/api/availability/?service_id={in_alpha.tennis}&date={of}").json()
        return [start[11:16] for start in answer]

    usual = ["10:00", "10:30", "11:00"]
    assert [starts(first - timedelta(days=1)), starts(first), starts(last), starts(last + timedelta(days=1))] == [
        usual, ["22:00", "22:30", "23:00", "23:30"], [], usual,
    ]  # fmt: skip
