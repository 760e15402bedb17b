"""How full it is: minutes in which it is open, and minutes in which somebody has it, on the venue's clocks.

Open are opening hours less closures and what calendars elsewhere take, once for each unit of a pool. Taken are visits
(not their buffers) that stand or that nobody came to, also outside opening hours. Over several resources those count
that have no parts, so that a hall and its halves are counted once. Minutes are real: an hour that the clocks show
twice has 120 of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

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
HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


def full(scope: Scope) -> list[Row]:
    """Open and taken minutes for each key, in order; keys of `By.RESOURCE_HOUR` are `(id, hour)`. Four queries."""
    found = {place: _window(scope, zone(place.venue.time_zone)) for place in _counted(scope).select_related("venue")}
    windows = {place.pk: window for place, window in found.items() if window}
    places = [place for place, window in found.items() if window]
    if not places:
        return []
    around = Period(min(each.start for each in windows.values()), max(each.end for each in windows.values()))
    open_minutes: Counter[Any] = Counter()
    taken: Counter[Any] = Counter()
    shut = _shut(places, around)
    hours = agenda.hours_of(places, around)
    pieces = _Pieces(scope.by)
    for place in places:
        whole = agenda.open_in(hours, place, windows[place.pk])
        for unit in range(place.units):
            closed = shut.get((place.pk, unit), [])
            left = whole if not closed else [rest for period in whole for rest in subtracted(period, closed)]
            pieces.add(open_minutes, place, left)
    by_id = {place.pk: place for place in places}
    for resource_id, visit in _visits(places, around):
        place, window = by_id[resource_id], windows[resource_id]
        start, end = max(visit.start, window.start), min(visit.end, window.end)
        if start < end:
            pieces.add(taken, place, [Period(start, end)])
    keys = sorted({*open_minutes, *taken}, key=lambda key: (str(type(key)), key))
    return [{"key": key, "open_minutes": open_minutes[key], "booked_minutes": taken[key]} for key in keys]


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


def _visits(places: Iterable[Resource], around: Period) -> Iterator[tuple[int, Period]]:
    stood = Q(booking__state__in=STOOD | {State.NO_SHOW})
    rows = Occupancy.objects.filter(stood, resource__in=places, during__overlap=range_of(around))
    for resource_id, start, end in rows.values_list("resource_id", Micros("booking__start"), Micros("booking__end")):
        yield resource_id, Period(instant(start), instant(end))


class _Pieces:
    """Cuts periods where a key changes. Resources with the same hours are cut once."""

    def __init__(self, by: By) -> None:
        self.by = by
        self._cut: dict[tuple[Period, ZoneInfo], Counter[Any]] = {}

    def add(self, sums: Counter[Any], place: Resource, periods: Iterable[Period]) -> None:
        """Count the minutes of periods at a place."""
        in_zone = zone(place.venue.time_zone)
        for period in periods:
            if self.by in {By.RESOURCE, By.VENUE, By.TOTAL}:
                key = {By.RESOURCE: place.pk, By.VENUE: place.venue_id}.get(self.by, "total")
                sums[key] += period.minutes
            elif self.by is By.RESOURCE_HOUR:
                sums.update({(place.pk, hour): number for hour, number in self._of(period, in_zone).items()})
            else:
                sums.update(self._of(period, in_zone))

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
