"""The three kinds of work, as calls."""

import random
from collections.abc import Iterator
from datetime import timedelta

from bench.ground import DAYS, HOUR, Ground
from bench.recorded import Call

VARIANTS = 40
"""So many different calls of a kind are recorded as SQL."""


def days(ground: Ground) -> list[Call]:
    """The free slots of a resource on a day within the booked stretch."""
    rng = random.Random(2)  # noqa: S311 - the same work every time
    return [
        Call("GET", f"/api/v1/availability/?resource={rng.choice(ground.resources)}&date={day}", 200)
        for day in (ground.today + timedelta(days=rng.randrange(1, DAYS)) for _ in range(VARIANTS))
    ]


def months(ground: Ground) -> list[Call]:
    """The number of free starts on each day of a month, of the whole venue."""
    found = {f"{ground.today + timedelta(days=ahead):%Y-%m}" for ahead in range(15, DAYS - 15)}
    path = f"/api/v1/availability/calendar/?venue={ground.venue}&month="
    return [Call("GET", f"{path}{month}", 200) for month in sorted(found)]


def creations(ground: Ground) -> Iterator[Call]:
    """Bookings of an hour that is free, never the same one twice."""
    for resource, start in ground.slots():
        body = {
            "resource": resource,
            "start_datetime": start.isoformat(),
            "end_datetime": (start + HOUR).isoformat(),
            "participant_count": 2,
        }
        yield Call("POST", "/api/v1/bookings/", 201, body)
