"""Hours that shift by one when the clocks change, or for whoever sits in another zone."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.clock import database_now
from tests.bookings.api.desk import OWN
from tests.conftest import Caller
from tests.worlds import World

SLOTS = "/api/v1/availability/"


def beyond_the_change(zone: str) -> date:
    """A day within the horizon on which the clocks differ from today's by an hour."""
    now = database_now().astimezone(ZoneInfo(zone))
    noon = now.replace(hour=12)
    noons = [noon + timedelta(days=ahead) for ahead in range(2, 300)]
    return next(other.date() for other in noons if other.utcoffset() != noon.utcoffset())


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_a_slot_beyond_the_clock_change_is_where_the_wall_says(name: str, request: pytest.FixtureRequest) -> None:
    """cal.diy#1092 (an hour early), #4702, PR 28519 (today's offset for another day), PR 24436, easyappointments#910,
    seatsurfing#19, #196, #607, #2557: the doors open at seven and close at eleven on both sides of the change.
    """
    world: World = request.getfixturevalue(name)
    api, zone = Caller(world), ZoneInfo(world.tenant.time_zone)
    day = beyond_the_change(world.tenant.time_zone)
    query: dict[str, Any] = {"resource": world.court_1, "date": day.isoformat(), "duration": 60}
    slots = api("guest").get(SLOTS, query).json()["slots"]
    seven = datetime(day.year, day.month, day.day, 7, tzinfo=zone)
    assert slots[0]["start_datetime"] == seven.isoformat()
    assert slots[-1]["end_datetime"] == seven.replace(hour=23).isoformat()
    body = {"resource": world.court_1, **{key: slots[0][key] for key in ("start_datetime", "end_datetime")}}
    made = api("guest").post(OWN, body).json()
    [listed] = api("guest").get(f"{OWN}upcoming/").json()
    for shown in (made, listed, api("guest").get(f"{OWN}{made['id']}/").json()):
        assert (shown["start_datetime"], shown["duration_minutes"]) == (seven.isoformat(), 60)
    assert made["reference_code"][3:9] == f"{day:%y%m%d}"


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles", "Asia/Kathmandu"])
def test_whoever_asks_from_another_zone_gets_the_same_hour_of_the_venue(api: Caller, alpha: World, zone: str) -> None:
    """cal.diy#2250, seatsurfing#1691, #2204: an instant is an instant, whatever offset it is written in."""
    query: dict[str, Any] = {"resource": alpha.court_1, "date": beyond_the_change("Europe/Berlin").isoformat()}
    offered = api("guest").get(SLOTS, query).json()["slots"][4]
    start, end = (datetime.fromisoformat(offered[key]) for key in ("start_datetime", "end_datetime"))
    theirs = {
        "start_datetime": start.astimezone(ZoneInfo(zone)).isoformat(),
        "end_datetime": end.astimezone(ZoneInfo(zone)).isoformat(),
    }
    made = api("guest").post(OWN, {"resource": alpha.court_1, **theirs})
    assert made.status_code == 201, made.json()
    assert made.json()["start_datetime"] == offered["start_datetime"]
    assert made.json()["end_datetime"] == offered["end_datetime"]
    again = api("stranger").post(OWN, {"resource": alpha.court_1, **{k: offered[k] for k in theirs}})
    assert (again.status_code, again.json()["code"]) == (400, "booked")
