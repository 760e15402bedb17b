"""The kinds of work, as calls."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.desk import Desk
from bench.ground import DAYS, HOUR, Ground
from bench.places import EVENING, Place
from bench.recorded import Call

VARIANTS = 40
"""So many different calls of a kind are recorded as SQL."""
SERIES_VARIANTS = 12
DATES = 52
QUOTES = "/api/v1/quotes/"
SERIES = "/api/v1/series/"
BOOKINGS = "/api/v1/admin/bookings/"
PAGES, SIZE = 40, 50


def days(ground: Ground) -> list[Call]:
    """The free slots of a court on a day within the booked stretch."""
    rng = random.Random(2)  # noqa: S311 - the same work every time
    return [
        Call("GET", f"/api/v1/availability/?resource={rng.choice(ground.club.resources)}&date={day}", 200)
        for day in (ground.today + timedelta(days=rng.randrange(1, DAYS)) for _ in range(VARIANTS))
    ]


def slot_pages(ground: Ground) -> list[Call]:
    """The page of a court with its month and the slots of a day, as a guest's browser gets it."""
    rng = random.Random(5)  # noqa: S311 - the same work every time
    courts = len(ground.club.resources)
    return [
        Call("GET", f"/venues/club/court-{1 + rng.randrange(courts)}/?day={day}", 200)
        for day in (ground.today + timedelta(days=rng.randrange(1, DAYS)) for _ in range(VARIANTS))
    ]


def months(ground: Ground, place: Place) -> list[Call]:
    """The number of free starts on each day of a month, of a whole venue."""
    found = {f"{ground.today + timedelta(days=ahead):%Y-%m}" for ahead in range(15, DAYS - 15)}
    path = f"/api/v1/availability/calendar/?venue={place.venue}&month="
    return [Call("GET", f"{path}{month}", 200) for month in sorted(found)]


def creations(ground: Ground) -> Iterator[Call]:
    """Bookings of an hour that is free, never the same one twice."""
    for resource, start in ground.slots():
        yield Call("POST", "/api/v1/bookings/", 201, _wish(resource, start, HOUR, 2))


def quotes(ground: Ground) -> list[Call]:
    """What three hours from half past four on cost, over two boundaries of rates, with three extras."""
    first = ground.today + timedelta(days=7 - ground.today.weekday())
    weekdays = [first + timedelta(days=ahead) for ahead in range(DAYS) if ahead % 7 < 5]  # noqa: PLR2004
    found = []
    for number, day in enumerate(weekdays[:VARIANTS]):
        start = datetime.combine(day, EVENING, UTC) - timedelta(minutes=30)
        extras = [{"product": extra, "quantity": 1 + number % 4} for extra in ground.hall.extras]
        wish = _wish(ground.hall.resource, start, 3 * HOUR, 1 + number % 20)
        found.append(Call("POST", QUOTES, 200, {**wish, "extras": extras}))
    return found


def previews(ground: Ground) -> list[Call]:
    """A look at an hour on 52 dates, one a week."""
    starts = list(ground.weeks())[:: len(ground.chain.resources) + 1]
    return [Call("POST", f"{SERIES}preview/", 200, _weekly(*start)) for start in starts[:SERIES_VARIANTS]]


def series(ground: Ground) -> Iterator[Call]:
    """An hour on 52 dates, one a week, never the same one twice."""
    for resource, start in ground.weeks():
        yield Call("POST", SERIES, 201, _weekly(resource, start))


def pages(desk: Desk) -> list[Call]:
    """Pages of the list of all bookings, 50 on each, from the latest start on."""
    return [_read(desk, f"?page={page}&page_size={SIZE}") for page in range(1, PAGES + 1)]


def details(desk: Desk) -> list[Call]:
    """One booking, as the desk sees it."""
    return [_read(desk, f"{booking}/") for booking in desk.opened]


def searches(desk: Desk) -> list[Call]:
    """A search of all bookings."""
    return [_read(desk, f"?q={word.replace(' ', '+')}") for word in desk.typed]


def _wish(resource: int, start: datetime, length: timedelta, people: int) -> dict[str, Any]:
    return {
        "resource": resource,
        "start_datetime": start.isoformat(),
        "end_datetime": (start + length).isoformat(),
        "participant_count": people,
    }


def _weekly(resource: int, start: datetime) -> dict[str, Any]:
    return {
        "resource": resource,
        "first_date": start.date().isoformat(),
        "start_time": f"{start:%H:%M}",
        "duration_minutes": HOUR // timedelta(minutes=1),
        "rule": f"FREQ=WEEKLY;COUNT={DATES}",
        "participant_count": 2,
    }


def _read(desk: Desk, rest: str) -> Call:
    return Call("GET", f"{BOOKINGS}{rest}", 200, None, {"Authorization": f"Token {desk.token}"})
