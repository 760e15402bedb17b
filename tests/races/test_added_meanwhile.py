"""A resource is added while its whole venue is closed: no moment in which it could be booked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.races.ground import Ground, wait_for_lock_waiters

RESOURCES, CLOSURES = "/api/v1/admin/resources/", "/api/v1/admin/closures/"
COVERED = "SELECT count(*) FROM bookings_occupancy WHERE resource_id = %s AND kind = 'closure'"


def _closure(ground: Ground, venue: int, day: date) -> dict[str, Any]:
    start = datetime.combine(day, time(9), ZoneInfo(ground.alpha.tenant.time_zone))
    return {
        "venue": venue,
        "start_datetime": start.isoformat(),
        "end_datetime": (start + timedelta(hours=8)).isoformat(),
    }


def test_closure_that_comes_second_covers_what_is_new(ground, rigged, tomorrow):
    server, rigging = rigged
    venue = ground.venue("added-first")
    ground.court("added-old", venue=venue)
    owner, other = (ground.client(server, "owner") for _each in range(2))
    rigging.set("premises.added", "wait")
    with ThreadPoolExecutor(2) as threads:
        adding = threads.submit(owner.post, RESOURCES, {"name": "New", "venue": venue})
        rigging.wait_until_reached("premises.added")
        closing = threads.submit(other.post, CLOSURES, _closure(ground, venue, tomorrow))
        wait_for_lock_waiters(ground, 1)
        rigging.release("premises.added")
        assert (adding.result().status, closing.result().status) == (201, 201)
    assert ground.sql(COVERED, adding.result().body["id"]) == [(1,)]


def test_what_is_added_second_is_covered_by_the_closure(ground, rigged, tomorrow):
    server, rigging = rigged
    venue = ground.venue("added-second")
    ground.court("added-older", venue=venue)
    owner, other = (ground.client(server, "owner") for _each in range(2))
    rigging.set("closure.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        closing = threads.submit(other.post, CLOSURES, _closure(ground, venue, tomorrow))
        rigging.wait_until_reached("closure.checked")
        adding = threads.submit(owner.post, RESOURCES, {"name": "New", "venue": venue})
        wait_for_lock_waiters(ground, 1)
        rigging.release("closure.checked")
        assert (adding.result().status, closing.result().status) == (201, 201)
    assert ground.sql(COVERED, adding.result().body["id"]) == [(1,)]


def test_what_is_added_without_the_venue_s_lock_is_open_while_the_venue_is_closed(ground, rigged, tomorrow):
    """The negative control."""
    server, rigging = rigged
    venue = ground.venue("added-freely")
    ground.court("added-oldest", venue=venue)
    owner, other = (ground.client(server, "owner") for _each in range(2))
    rigging.set("premises.venue", "skip")
    rigging.set("closure.checked", "wait")
    with ThreadPoolExecutor(1) as threads:
        closing = threads.submit(other.post, CLOSURES, _closure(ground, venue, tomorrow))
        rigging.wait_until_reached("closure.checked")
        added = owner.post(RESOURCES, {"name": "New", "venue": venue})
        rigging.release("closure.checked")
        assert (added.status, closing.result().status) == (201, 201)
    assert ground.sql(COVERED, added.body["id"]) == [(0,)]
