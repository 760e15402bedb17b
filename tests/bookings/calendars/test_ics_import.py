"""A calendar of 5,000 events at an address, from the first byte to the time that it takes, and once more unchanged."""

from datetime import UTC, timedelta

from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from bookings.calendars import fitting, pulling
from bookings.models import BusyTime, Connection, Occupancy
from tests.bookings.calendars.test_ics_address import Shelf, shelf
from tests.bookings.calendars.written import calendar, event
from tests.bookings.scenes import at

__all__ = ["shelf"]
EVENTS = 5000
QUARTER = timedelta(minutes=15)
STAMP = "%Y%m%dT%H%M%SZ"


def quarters(count: int) -> bytes:
    """So many events of a quarter of an hour, one after the other."""
    first = at(0).astimezone(UTC)
    starts = [first + QUARTER * number for number in range(count)]
    events = (
        event(f"e{number}", f"DTSTART:{start:{STAMP}}", f"DTEND:{start + QUARTER:{STAMP}}")
        for number, start in enumerate(starts)
    )
    return calendar(*events).encode()


def read() -> tuple[int, int]:
    """Read it and fit its resource: how many statements each took."""
    connection = Connection.objects.get()
    with CaptureQueriesContext(database) as pulled:
        pulling.pull(str(connection.pk))
    with CaptureQueriesContext(database) as fitted:
        fitting.fit(connection.resource_id or 0)
    return len(pulled), len(fitted)


def test_5000_events_take_their_time_in_statements_by_the_hundred_and_none_when_nothing_changed(shelf: Shelf) -> None:
    """T23"""
    shelf.body, shelf.headers = quarters(EVENTS), {"ETag": '"1"'}
    pulled, fitted = read()
    assert (Connection.objects.get().state, BusyTime.objects.count()) == ("ok", EVENTS)
    taken = [
        (row.during.lower, row.during.upper) for row in Occupancy.objects.filter(kind="external").order_by("during")
    ]
    assert taken == [(at(0) + QUARTER * number, at(0) + QUARTER * (number + 1)) for number in range(EVENTS)]
    assert pulled <= 30
    assert fitted <= 12 * (EVENTS // fitting.MOST_AT_ONCE)
    again = read()
    assert again[0] <= 20
    assert again[1] <= 3 + 6 * (EVENTS // fitting.LOOKED_AT)
    assert (len(shelf.asked), Occupancy.objects.filter(kind="external").count()) == (2, EVENTS)
