"""Only the database's clock counts; and what a wall clock shows twice, or never, is sold as often as it is."""

import os
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from datetime import time as wall_time
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django_tenants.utils import tenant_context

from schemas.clock import database_now
from tests import servers
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, ends_in, slot
from venues.models import OpeningHours

CLOCKS = Path(__file__).with_name("another_clock")
TEN_MINUTES = 600


@pytest.mark.parametrize("seconds", [TEN_MINUTES, -TEN_MINUTES])
def test_hold_lasts_fifteen_minutes_of_the_database_whatever_the_servers_clock_says(ground, tomorrow, seconds):
    """R46, I9: a web server whose clock is ten minutes wrong gives, keeps and frees holds like any other."""
    court = ground.court(f"clock{seconds}", pays_online=True)
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    wrong = _wrong_by(seconds)
    assert _clock_of(wrong) - time.time() == pytest.approx(seconds, abs=30)
    with servers.web(ground.database, wrong) as server:
        client, rival = ground.client(server, "guest"), ground.client(server, "stranger")
        booking = client.post(BOOKINGS, body).body
        [(lasts, age)] = ground.sql(
            "SELECT hold_expires_at - created_at, clock_timestamp() - created_at FROM bookings_booking WHERE id = %s",
            booking["id"],
        )
        assert lasts == timedelta(minutes=15)
        assert timedelta() <= age < timedelta(seconds=30)
        ends_in(ground, booking["id"], 60)
        refused = rival.post(BOOKINGS, body)
        assert (refused.status, refused.code) == (400, "held")
        assert client.get(f"{BOOKINGS}{booking['id']}/").body["status"] == "pending"
        ends_in(ground, booking["id"], 0)
        assert client.get(f"{BOOKINGS}{booking['id']}/").body["status"] == "cancelled"
        assert rival.post(BOOKINGS, body).status == 201
        ground.hang_up()


def test_hour_that_the_clock_shows_twice_is_sold_twice(ground, server):
    """R46: 02:00 in summer time and 02:00 in winter time are two slots, each with one winner among 25."""
    zone = ZoneInfo(ground.alpha.tenant.time_zone)
    night = _next_change(zone, timedelta(hours=-1))
    court = _open_all_night(ground, "fold", night)
    bodies = [_hour_from(court, datetime.combine(night, wall_time(2), zone).replace(fold=fold)) for fold in (0, 1)]
    assert bodies[0]["start_datetime"][:19] == bodies[1]["start_datetime"][:19]
    answers = together(
        [partial(client.post, BOOKINGS, bodies[n % 2]) for n, client in enumerate(ground.clients(server))]
    )
    won = sorted(answer.body["start_datetime"] for answer in answers if answer.status == 201)
    assert won == sorted(body["start_datetime"] for body in bodies)
    assert Counter((a.status, a.code) for a in answers) == {(201, ""): 2, (400, "booked"): 48}


def test_hour_that_the_clock_skips_is_not_sold(ground, server):
    """R46: on the spring night 02:00 in winter time *is* 03:00 in summer time: two spellings, one winner."""
    zone = ZoneInfo(ground.alpha.tenant.time_zone)
    night = _next_change(zone, timedelta(hours=1))
    court = _open_all_night(ground, "gap", night)
    three = datetime.combine(night, wall_time(3), zone)
    early = _hour_from(court, three)
    winter_time = timezone(three.utcoffset() - timedelta(hours=1))
    late = {**early, "start_datetime": three.astimezone(winter_time).isoformat()}
    assert (early["start_datetime"][11:16], late["start_datetime"][11:16]) == ("03:00", "02:00")
    answers = together(
        [partial(client.post, BOOKINGS, (early, late)[n % 2]) for n, client in enumerate(ground.clients(server))]
    )
    won = [answer.body["start_datetime"] for answer in answers if answer.status == 201]
    assert won == [early["start_datetime"]]
    assert Counter((a.status, a.code) for a in answers) == {(201, ""): 1, (400, "booked"): 49}


def _wrong_by(seconds):
    """An environment in which Python's clock is wrong from its start."""
    path = os.pathsep.join((str(CLOCKS), servers.PYTHONPATH))
    return {"CLOCK_IS_WRONG_BY": str(seconds), "PYTHONPATH": path}


def _clock_of(extra):
    """What time it is for a Python with this environment."""
    asked = [sys.executable, "-c", "import time; print(time.time())"]
    return float(subprocess.run(asked, env={**os.environ, **extra}, capture_output=True, check=True, text=True).stdout)


def _next_change(zone, by):
    """The next night whose clock is put forward or back by this much."""
    noon = datetime.combine(database_now().date() + timedelta(days=1), wall_time(12), zone)
    for days in range(1, 366):
        before, after = noon + timedelta(days=days - 1), noon + timedelta(days=days)
        if after.utcoffset() - before.utcoffset() == by:
            return after.date()
    raise AssertionError(f"{zone} changes no clocks")


def _open_all_night(ground, slug, night):
    """A court that can be booked from midnight to noon of one day."""
    court = ground.court(slug, horizon_days=400)
    with tenant_context(ground.alpha.tenant):
        OpeningHours.objects.create(resource_id=court, date=night, opens=wall_time(0), closes=wall_time(12))
    return court


def _hour_from(court, start):
    end = (start.astimezone(UTC) + timedelta(hours=1)).astimezone(start.tzinfo)
    return {"resource": court, "start_datetime": start.isoformat(), "end_datetime": end.isoformat()}
