"""How full it is: counted by hand, and minute by minute."""

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bookings.models import Booking, Occupancy
from bookings.reports import utilisation
from bookings.reports.scope import By, Scope
from tenants.models import Tenant
from tests.bookings.api.admin.test_search import made
from tests.bookings.scenes import Place, resource_in
from tests.worlds import World
from venues.models import Closure, OpeningHours, Resource

MINUTE = timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")
WORLD = World(Tenant(), "", "")
"""Nobody's: the place of each booking is said."""


def wall(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    """A wall time in Berlin in 2027."""
    return datetime(2027, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def taken(resource: Resource, start: datetime, minutes: int, *others: Resource, unit: int = 0, **fields: Any) -> None:
    """A visit, with the time that it takes from a resource and what belongs to it, ten minutes of buffer each."""
    end = start + minutes * MINUTE
    booking = made(WORLD, f"BK-{Booking.objects.count()}", resource_id=resource.pk, start=start, **fields)
    Booking.objects.filter(pk=booking.pk).update(end=end)
    during = (start - 10 * MINUTE, end + 10 * MINUTE)
    for place in (resource, *others):
        Occupancy.objects.create(resource=place, unit=unit, during=during, kind="booking", booking=booking)


def closed(resource: Resource, start: datetime, minutes: int, unit: int = 0) -> None:
    """Time that the owner took out of one unit."""
    end = start + minutes * MINUTE
    closure = Closure.objects.create(venue=resource.venue, resource=resource, start=start, end=end, created_at=start)
    Occupancy.objects.create(resource=resource, unit=unit, during=(start, end), kind="closure", closure=closure)


def full(by: By, first: date, last: date, places: Any = None) -> list[tuple[Any, int, int]]:
    """Key, open and taken minutes."""
    resources = Resource.objects.filter(venue__slug="scene") if places is None else places
    rows = utilisation.full(Scope(Booking.objects.all(), resources, first, last, by))
    return [(row["key"], row["open_minutes"], row["booked_minutes"]) for row in rows]


JUNE_7 = date(2027, 6, 7)
"""A Monday."""


@pytest.fixture
def court(in_alpha: World) -> Resource:
    """A court that is open from 8 to 20."""
    return Place(spans=[(time(8), time(20))]).make()


def test_open_and_taken_minutes_by_hand(court: Resource) -> None:
    """What is over, was called off or only held takes nothing; who did not come had it; buffers are not counted."""
    taken(court, wall(7, 9), 60)
    taken(court, wall(7, 11), 90, state="no_show")
    taken(court, wall(7, 15), 60, state="cancelled")
    taken(court, wall(7, 17), 60, state="held", hold_expires_at=wall(7, 17))
    taken(court, wall(8, 19, 30), 60, state="completed")
    closed(court, wall(8, 6), 180)
    tuesday = JUNE_7 + timedelta(days=1)
    assert full(By.DAY, JUNE_7, tuesday) == [("2027-06-07", 720, 150), ("2027-06-08", 660, 60)]
    assert full(By.TOTAL, JUNE_7, tuesday) == [("total", 1380, 210)]
    assert full(By.RESOURCE, JUNE_7, tuesday) == [(court.pk, 1380, 210)]
    assert full(By.VENUE, JUNE_7, tuesday) == [(court.venue_id, 1380, 210)]
    assert full(By.WEEK, JUNE_7, tuesday) == [("2027-06-07", 1380, 210)]
    assert full(By.MONTH, JUNE_7, tuesday) == [("2027-06", 1380, 210)]
    assert full(By.WEEKDAY, JUNE_7, tuesday) == [(0, 720, 150), (1, 660, 60)]
    hours = {key: (free, used) for key, free, used in full(By.HOUR, JUNE_7, tuesday)}
    assert hours == {
        8: (60, 0), 9: (120, 60), 10: (120, 0), 11: (120, 60), 12: (120, 30), 13: (120, 0), 14: (120, 0), 15: (120, 0),
        16: (120, 0), 17: (120, 0), 18: (120, 0), 19: (120, 30), 20: (0, 30),
    }  # fmt: skip
    assert {key: (free, used) for key, free, used in full(By.RESOURCE_HOUR, JUNE_7, tuesday)} == {
        (court.pk, hour): minutes for hour, minutes in hours.items()
    }
    week = {key: (free, used) for key, free, used in full(By.WEEKDAY_HOUR, JUNE_7, tuesday)}
    assert {key: minutes for key, minutes in week.items() if minutes[1]} == {
        (0, 9): (60, 60), (0, 11): (60, 60), (0, 12): (60, 30), (1, 19): (60, 30), (1, 20): (0, 30),
    }  # fmt: skip
    assert sum(free for free, _used in week.values()) == 1380
    assert full(By.TOTAL, tuesday, tuesday) == [("total", 660, 60)]


def test_units_of_a_pool_count_each(court: Resource) -> None:
    pool = resource_in(court.venue, "kayaks", units=3)
    taken(pool, wall(7, 9), 60, unit=0)
    taken(pool, wall(7, 9), 60, unit=2)
    closed(pool, wall(7, 8), 120, unit=1)
    assert full(By.RESOURCE, JUNE_7, JUNE_7, Resource.objects.filter(pk=pool.pk)) == [(pool.pk, 3 * 720 - 120, 120)]


def test_hall_and_its_halves_are_counted_once_together(court: Resource) -> None:
    hall = resource_in(court.venue, "hall")
    halves = [resource_in(court.venue, f"half-{name}", parent=hall) for name in "ab"]
    taken(hall, wall(7, 9), 60, *halves)
    taken(halves[0], wall(7, 11), 60)
    family = Resource.objects.filter(pk__in=[hall.pk, *(half.pk for half in halves)])
    assert full(By.TOTAL, JUNE_7, JUNE_7, family) == [("total", 1440, 180)]
    assert full(By.RESOURCE, JUNE_7, JUNE_7, family) == [
        (hall.pk, 720, 60), (halves[0].pk, 720, 120), (halves[1].pk, 720, 60),
    ]  # fmt: skip
    assert full(By.TOTAL, JUNE_7, JUNE_7, family.filter(pk=hall.pk)) == [("total", 720, 60)]


@pytest.mark.parametrize(
    ("day", "whole", "second", "third"),
    [(date(2027, 3, 28), 1380, 0, 60), (date(2027, 10, 31), 1500, 120, 60), (date(2027, 6, 7), 1440, 60, 60)],
)
def test_days_on_which_clocks_change_have_their_real_hours(
    in_alpha: World, day: date, whole: int, second: int, third: int
) -> None:
    place = Place(spans=[(time(0), time(0))]).make()
    night = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    taken(place, night, 300)
    assert full(By.DAY, day, day) == [(day.isoformat(), whole, 300)]
    hours = {key: used for key, _open, used in full(By.HOUR, day, day)}
    assert (hours.get(2, 0), hours[3]) == (second, third)


def test_night_belongs_to_both_days_and_what_lies_outside_is_cut(in_alpha: World) -> None:
    place = Place(spans=[(time(20), time(2))]).make()
    taken(place, wall(7, 23), 120)
    assert full(By.DAY, JUNE_7, JUNE_7) == [("2027-06-07", 360, 60)]
    assert full(By.DAY, JUNE_7, date(2027, 6, 8)) == [("2027-06-07", 360, 60), ("2027-06-08", 360, 60)]


def test_place_that_is_never_open_has_no_row(in_alpha: World) -> None:
    place = Place(spans=[]).make()
    assert full(By.DAY, JUNE_7, JUNE_7) == []
    assert full(By.DAY, JUNE_7, JUNE_7, Resource.objects.none()) == []
    assert OpeningHours.objects.filter(venue=place.venue).count() == 0


@pytest.mark.parametrize("by", [By.DAY, By.WEEKDAY, By.HOUR, By.TOTAL])
def test_minutes_are_those_that_one_counts_one_by_one(in_alpha: World, by: By) -> None:
    """Over the end of October, at random, minute by minute."""
    luck = random.Random(7)
    place = Place(spans=[(time(6, 30), time(1, 15))]).make()
    first, last = date(2027, 10, 30), date(2027, 11, 1)
    spans, cursor = [], datetime(2027, 10, 29, 20, tzinfo=UTC)
    while cursor < datetime(2027, 11, 2, tzinfo=UTC):
        length, gap = luck.randrange(5, 200), luck.randrange(25, 200)
        spans.append((cursor, length))
        cursor += (length + gap) * MINUTE
    for number, (start, length) in enumerate(spans):
        (closed if number % 4 == 0 else taken)(place, start, length)
    open_minutes: dict[Any, int] = {}
    used: dict[Any, int] = {}
    minute = datetime(2027, 10, 29, 12, tzinfo=UTC)
    while minute < datetime(2027, 11, 2, 12, tzinfo=UTC):
        local = minute.astimezone(BERLIN)
        if first <= local.date() <= last:
            key = {By.DAY: local.date().isoformat(), By.WEEKDAY: local.weekday(), By.HOUR: local.hour}.get(by, "total")
            inside = [
                n % 4 == 0 for n, (start, length) in enumerate(spans) if start <= minute < start + length * MINUTE
            ]
            is_open = local.time() >= time(6, 30) or local.time() < time(1, 15)
            open_minutes[key] = open_minutes.get(key, 0) + int(is_open and True not in inside)
            used[key] = used.get(key, 0) + int(False in inside)
        minute += MINUTE
    expected = [(key, open_minutes[key], used[key]) for key in sorted(open_minutes) if open_minutes[key] or used[key]]
    assert [row for row in full(by, first, last) if row[1] or row[2]] == expected


def test_day_that_a_zone_left_out_has_no_minutes(in_alpha: World) -> None:
    """Samoa had no 30 December 2011."""
    Place(zone="Pacific/Apia", spans=[(time(0), time(0))]).make()
    gone = date(2011, 12, 30)
    assert full(By.DAY, gone, gone) == []
    assert full(By.DAY, gone - timedelta(days=1), gone + timedelta(days=1)) == [
        ("2011-12-29", 1440, 0),
        ("2011-12-31", 1440, 0),
    ]
