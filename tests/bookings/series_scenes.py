"""Series for the tests: a resource that can be booked for years, requests, and what came of them."""

from datetime import date, datetime, time, timedelta
from typing import Any

from accounts.models import User
from bookings import series
from bookings.models import Booking, Series, SeriesDate
from bookings.occurrences import Occurrence, SeriesRequest
from bookings.recurrence import Pattern
from bookings.requests import Contact, HoldRequest
from bookings.series import Made, Mode
from schemas.clock import database_now
from tests.bookings.scenes import Place, digest, slot
from venues.models import Resource

ALL_DAY = ((time(0), time(0)),)


def rows() -> list[object]:
    """Every row that a series may touch."""
    return [*digest(), list(Series.objects.values_list()), list(SeriesDate.objects.order_by("pk").values_list())]


def court(zone: str = "Europe/Berlin", slug: str = "scene", **fields: object) -> Resource:
    """A resource that is open day and night, paid on site, confirmed at once."""
    return Place(zone=zone, spans=ALL_DAY, fields={"capacity": 4, **fields}).make(slug)


def soon(weekday: int = 0) -> date:
    """The next Monday (or another weekday) that is a week away at least."""
    day = database_now().date() + timedelta(days=7)
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def asked(
    resource: Resource | None, user: User | None, rule: str = "FREQ=WEEKLY;COUNT=4", **more: Any
) -> SeriesRequest:
    """An hour at six in the evening; `more` are fields of the pattern, the wish or the request."""
    pattern: dict[str, Any] = {
        name: more.pop(name) for name in ("start", "first", "dates", "without", "also_on") if name in more
    }
    pattern["also"] = pattern.pop("also_on", ())
    if "dates" not in pattern:
        pattern = {"first": soon(), "rule": rule, **pattern}
    own = {name: more.pop(name) for name in ("minutes", "payment_way") if name in more}
    wish = HoldRequest(
        slot(18),
        resource_id=resource.pk if resource else None,
        customer=user,
        contact=Contact("Gina", "gina@example.org"),
        **more,
    )
    return SeriesRequest(
        wish, Pattern(**{"start": time(18), **pattern}), own.get("minutes", 60), own.get("payment_way")
    )


def made(request: SeriesRequest, mode: Mode = Mode.ATOMIC) -> Made:
    """The series, created."""
    return series.create(request, mode)


def reasons(found: list[Occurrence]) -> dict[str, str]:
    """Why not, by date, of those that cannot be had."""
    return {f"{one.wall:%Y-%m-%d}": one.reason for one in found if one.reason}


def dates_of(found: Series) -> list[tuple[str, str, str]]:
    """Of every date of a series: the day, the reason it was skipped for, and the state of its booking."""
    listed = SeriesDate.objects.filter(series=found).select_related("booking").order_by("wall")
    return [(row.wall[:10], row.skipped, row.booking.state if row.booking else "") for row in listed]


def local_hours(bookings: list[Booking], zone: Any) -> set[str]:
    """The wall times at which bookings start."""
    return {f"{booking.start.astimezone(zone):%H:%M}" for booking in bookings}


def day(text: str) -> date:
    """A date."""
    return date.fromisoformat(text)


def weeks(first: date, count: int) -> list[str]:
    """So many dates a week apart."""
    return [(first + timedelta(days=7 * number)).isoformat() for number in range(count)]


def at_six(on: date, zone: Any) -> datetime:
    """Six in the evening of a day."""
    return datetime.combine(on, time(18), zone)
