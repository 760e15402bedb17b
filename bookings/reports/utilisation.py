"""How full it is: minutes in which it is open, and minutes in which somebody has it, on the venue's clocks.

Open are opening hours less closures and what calendars elsewhere take, once for each unit of a pool. Taken are visits
(not their buffers) that stand or that nobody came to, also outside opening hours. Over several resources those count
that have no parts, so that a hall and its halves are counted once. Minutes are real: an hour that the clocks show
twice has 120 of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Count, Exists, F, Func, OuterRef, Q, Sum, Value
from django.db.models.functions import Greatest, Least

from bookings import agenda
from bookings.claims import range_of
from bookings.models import Occupancy
from bookings.reports.scope import BY_THE_HOUR, By, Scope
from bookings.states import State
from bookings.sums import STOOD
from kernel.periods import Period, midnight, subtracted
from schemas.instants import Micros, instant
from tenants.zones import zone
from venues.models import Resource

Row = dict[str, Any]
Windows = dict[int, Period]
"""Of the days of a report on the clocks of each place, by its id."""
MINUTES = "floor(extract(epoch FROM (%(expressions)s)) / 60)::bigint"
HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


def full(scope: Scope) -> list[Row]:
    """Open and taken minutes for each key, in order; keys of `By.RESOURCE_HOUR` are `(id, hour)`.

    Four queries, and one more for each further zone.
    """
    found = {place: _window(scope, zone(place.venue.time_zone)) for place in _counted(scope).select_related("venue")}
    windows = {place.pk: window for place, window in found.items() if window}
    places = [place for place, window in found.items() if window]
    if not places:
        return []
    pieces = _Pieces(scope.by)
    open_minutes, taken = _open(places, windows, pieces), _taken(places, windows, pieces)
    keys = sorted({*open_minutes, *taken}, key=lambda key: (str(type(key)), key))
    return [{"key": key, "open_minutes": open_minutes[key], "booked_minutes": taken[key]} for key in keys]


def _open(places: list[Resource], windows: Windows, pieces: "_Pieces") -> Counter[Any]:
    around = Period(min(each.start for each in windows.values()), max(each.end for each in windows.values()))
    shut, hours = _shut(places, around), agenda.hours_of(places, around)
    found: Counter[Any] = Counter()
    shared: dict[int, list[Period]] = {}
    for place in places:
        if hours.has_own(place.pk):
            whole = agenda.open_in(hours, place, windows[place.pk])
        else:
            whole = shared.get(place.venue_id) or agenda.open_in(hours, place, windows[place.pk])
            shared[place.venue_id] = whole
        for unit in range(place.units):
            closed = shut.get((place.pk, unit), [])
            left = whole if not closed else [rest for period in whole for rest in subtracted(period, closed)]
            pieces.add(found, place, left)
    return found


def _taken(places: list[Resource], windows: Windows, pieces: "_Pieces") -> Counter[Any]:
    """PostgreSQL adds up what it can: minutes of places; visits at one time where the place does not matter."""
    found: Counter[Any] = Counter()
    for in_one_zone in _by_zone(places):
        by_id = {place.pk: place for place in in_one_zone}
        window = windows[in_one_zone[0].pk]
        rows = _visits(in_one_zone, window)
        if pieces.by in {By.RESOURCE, By.VENUE}:
            ends = Least(F("booking__end"), Value(window.end)), Greatest(F("booking__start"), Value(window.start))
            lasted = Sum(Func(*ends, template=MINUTES, arg_joiner=" - ", output_field=BigIntegerField()))
            for pk, minutes in rows.values_list("resource_id").annotate(minutes=lasted):
                found[pk if pieces.by is By.RESOURCE else by_id[pk].venue_id] += minutes
            continue
        place_of = "resource_id" if pieces.by is By.RESOURCE_HOUR else Value(in_one_zone[0].pk)
        times = rows.values_list(place_of, Micros("booking__start"), Micros("booking__end"))
        for pk, start, end, number in times.annotate(number=Count("pk")):
            visit = Period(max(instant(start), window.start), min(instant(end), window.end))
            pieces.add(found, by_id[pk], [visit], number)
    return found


def _by_zone(places: Iterable[Resource]) -> Iterable[list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for place in places:
        found[place.venue.time_zone].append(place)
    return found.values()


def _counted(scope: Scope) -> Any:
    """The resources that are looked at: one that was asked for, each by itself, or those without parts."""
    places = scope.resources.filter(stock_of=None)
    if scope.by in {By.RESOURCE, By.RESOURCE_HOUR} or places.count() == 1:
        return places
    return places.exclude(Exists(Resource.objects.filter(parent=OuterRef("pk"))))


def _window(scope: Scope, in_zone: ZoneInfo) -> Period | None:
    start, end = midnight(scope.first, in_zone), midnight(scope.last + A_DAY, in_zone)
    return Period(start, end) if start < end else None  # a zone may leave a date out


def _shut(places: Iterable[Resource], around: Period) -> dict[tuple[int, int], list[Period]]:
    rows = Occupancy.objects.filter(resource__in=places, during__overlap=range_of(around), booking=None)
    found: dict[tuple[int, int], list[Period]] = defaultdict(list)
    for resource_id, unit, during in rows.values_list("resource_id", "unit", "during"):
        found[resource_id, unit].append(Period(during.lower, during.upper))
    return found


def _visits(places: Iterable[Resource], window: Period) -> Any:
    stood = Q(booking__state__in=STOOD | {State.NO_SHOW}, booking__start__lt=window.end, booking__end__gt=window.start)
    rows = Occupancy.objects.filter(stood, resource__in=list(places), during__overlap=range_of(window))
    return rows.order_by()


class _Pieces:
    """Cuts periods where a key changes. Resources with the same hours are cut once."""

    def __init__(self, by: By) -> None:
        self.by = by
        self._cut: dict[tuple[Period, ZoneInfo], Counter[Any]] = {}

    def add(self, sums: Counter[Any], place: Resource, periods: Iterable[Period], number: int = 1) -> None:
        """Count the minutes of periods at a place, so many times."""
        in_zone = zone(place.venue.time_zone)
        for period in periods:
            if self.by in {By.RESOURCE, By.VENUE, By.TOTAL}:
                key = {By.RESOURCE: place.pk, By.VENUE: place.venue_id}.get(self.by, "total")
                sums[key] += period.minutes * number
                continue
            for key, minutes in self._of(period, in_zone).items():
                sums[(place.pk, key) if self.by is By.RESOURCE_HOUR else key] += minutes * number

    def _of(self, period: Period, in_zone: ZoneInfo) -> Counter[Any]:
        if (period, in_zone) not in self._cut:
            found = self._cut[period, in_zone] = Counter()
            start = period.start
            while start < period.end:
                wall = start.astimezone(in_zone)
                end = min(period.end, _boundary(wall, in_zone, self.by))
                found[_key(self.by, wall)] += Period(start, end).minutes
                start = end
        return self._cut[period, in_zone]


def _boundary(wall: datetime, in_zone: ZoneInfo, by: By) -> datetime:
    if by not in BY_THE_HOUR:
        return midnight(wall.date() + A_DAY, in_zone)
    past = timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
    return wall.astimezone(UTC) + HOUR - past


def _key(by: By, wall: datetime) -> Any:
    day: date = wall.date()
    if by in {By.HOUR, By.RESOURCE_HOUR}:
        return wall.hour
    if by is By.WEEKDAY_HOUR:
        return (day.weekday(), wall.hour)
    if by is By.WEEKDAY:
        return day.weekday()
    if by is By.MONTH:
        return f"{day:%Y-%m}"
    return (day - timedelta(days=day.weekday()) if by is By.WEEK else day).isoformat()
