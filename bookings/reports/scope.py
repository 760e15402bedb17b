"""What a report is about: local days from the first to the last, places, and what its rows are for.

Days, weeks and hours are those on the clocks of the venue (`Booking.time_zone`). A booking belongs to the day on which
it starts.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateField,
    DateTimeField,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from bookings.models import Booking, Purchase
from venues.models import Resource

LONGEST_DAYS = 400
A_DAY = timedelta(days=1)


class By(StrEnum):
    """What a row is for."""

    TOTAL = "total"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    WEEKDAY = "weekday"
    HOUR = "hour"
    RESOURCE = "resource"
    PRODUCT = "product"
    VENUE = "venue"
    REASON = "reason"
    RESOURCE_HOUR = "resource_hour"
    WEEKDAY_HOUR = "weekday_hour"


BY_THE_HOUR = frozenset({By.HOUR, By.RESOURCE_HOUR, By.WEEKDAY_HOUR})
"""Rows that end with the hour on the clock; the last two have pairs for keys, and only `utilisation` knows them."""
PERIODS = frozenset({By.DAY, By.WEEK, By.MONTH})


@dataclass(frozen=True, slots=True)
class Scope:
    """Bookings that the caller sees, of some places, from a local day to another, both inclusive.

    `purchases` are packs and memberships whose money counts as well, for who sees all money; they are of no place.
    """

    bookings: QuerySet[Booking]
    resources: QuerySet[Resource]
    first: date
    last: date
    by: By = By.TOTAL
    purchases: QuerySet[Purchase] | None = None

    def visits(self) -> Any:
        """Those that start in the days of the report, with `local`: when, on the clocks of the venue."""
        found = self.bookings.filter(at(self.resources), **_around("start", self.first, self.last))
        return found.annotate(local=local("start", F("time_zone"))).filter(mostly(self.days("local"))).order_by()

    def days(self, column: str) -> Q:
        """A local time lies in the days of the report."""
        return Q(**{f"{column}__date__gte": self.first, f"{column}__date__lte": self.last})


def _around(column: str, first: date, last: date) -> dict[str, Any]:
    """Instants of these days, whatever the zone: so that an index serves."""
    start = datetime.fromisoformat(f"{first}T00:00:00+00:00") - A_DAY
    end = datetime.fromisoformat(f"{last}T00:00:00+00:00") + 2 * A_DAY
    return {f"{column}__gte": start, f"{column}__lt": end}


def moved(column: str, first: date, last: date) -> Q:
    """As for visits, for what happened at another time than a visit: an instant near these days."""
    return Q(**_around(column, first, last))


def mostly(condition: Q) -> Case:
    """The same condition. PostgreSQL takes it for true of every second row, not of hardly any, and plans for many."""
    return Case(When(condition, then=Value(value=True)), default=Value(value=False), output_field=BooleanField())


def at(places: QuerySet[Resource]) -> Case:
    """Bookings of these places, which PostgreSQL looks up once; it would join them to each visit."""
    ids = ArraySubquery(places.order_by().values("pk"))
    is_one = Func(F("resource_id"), ids, arg_joiner=" = ANY(", template="%(expressions)s)", output_field=BooleanField())
    return mostly(Q(is_one))


class WallClock(DateTimeField):
    """A time on the wall, without a zone: nothing is converted."""

    def get_transform(self, lookup_name: str) -> Any:
        """Its date, as it is."""
        return _Day if lookup_name == "date" else super().get_transform(lookup_name)


class _Day(Func):
    template = "(%(expressions)s)::date"
    output_field = DateField()


def local(column: str, in_zone: Combinable) -> Func:
    """What the clocks of a zone show at an instant."""
    return Func(in_zone, F(column), function="timezone", output_field=WallClock())


def key_of(by: By, wall: Combinable, booking: str = "") -> Combinable:
    """What a row is for: its first day (`written`), a number, text or id; `wall` is what the clocks show.

    `booking` is the prefix of a booking's columns.
    """
    if by in PERIODS:
        return _Day(wall if by is By.DAY else truncated(by, wall))
    if by in {By.WEEKDAY, By.HOUR}:
        part = "isodow" if by is By.WEEKDAY else "hour"
        found = Func(Value(part), wall, function="date_part", output_field=IntegerField())
        return Cast(found, IntegerField()) - Value(1 if by is By.WEEKDAY else 0)
    columns = {By.RESOURCE: "resource", By.PRODUCT: "product", By.VENUE: "resource__venue", By.REASON: "cancel_reason"}
    return F(f"{booking}{columns[by]}") if by in columns else Value("total", output_field=CharField())


def truncated(by: By, wall: Combinable) -> Func:
    """The first moment of a day, week or month, on the wall."""
    return Func(Value(by.value), wall, function="date_trunc", output_field=WallClock())


def written(by: By, key: Any) -> Any:
    """The key as reports say it: `2027-06-07`, of a month `2027-06`; anything but days as it is."""
    if by not in PERIODS:
        return key
    return str(key)[: len("2027-06")] if by is By.MONTH else str(key)
