"""How full it is: minutes in which it is open, and minutes in which somebody has it, on the venue's clocks.

Open are opening hours less closures and what calendars elsewhere take, once for each unit of a pool. Taken are visits
(not their buffers) that stand or that nobody came to, also outside opening hours. Over several resources those count
that have no parts, so that a hall and its halves are counted once. Minutes are real: an hour that the clocks show
twice has 120 of them.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest, Least
from psycopg import sql

from bookings import agenda
from bookings.claims import range_of
from bookings.models import Occupancy
from bookings.reports.scope import BY_THE_HOUR, By, Scope
from bookings.states import State
from bookings.sums import STOOD
from kernel.periods import Period, midnight, subtracted
from schemas.instants import EPOCH, instant
from schemas.replicas import connection_for_reading
from tenants.zones import zone
from venues.models import Resource

Row = dict[str, Any]
Windows = dict[int, Period]
"""Of the days of a report on the clocks of each place, by its id."""
MICRO, HOUR, A_DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
DAY_MICROS = 24 * 60 * 60 * 1_000_000
OF_PLACES = frozenset({By.RESOURCE, By.VENUE, By.TOTAL})
"""Rows for which it does not matter when it is."""
EACH_BY_ITSELF = frozenset({By.RESOURCE, By.RESOURCE_HOUR})
CYCLES = {
    By.HOUR: DAY_MICROS,
    By.RESOURCE_HOUR: DAY_MICROS,
    By.WEEKDAY: 7 * DAY_MICROS,
    By.WEEKDAY_HOUR: 7 * DAY_MICROS,
}
"""After so many microseconds the keys of rows come again."""
ON_THE_WALL = zone("UTC")
TAKEN = sql.SQL("""
WITH found AS ({}),
visits AS MATERIALIZED (
    SELECT resource_id AS place, timezone(%s, began) AS wall, ended - began AS lasted,
        CASE WHEN timezone(%s, ended) - timezone(%s, began) <> ended - began OR ended - began > interval '1 day'
            THEN began END AS odd
    FROM found
)
SELECT
    (SELECT coalesce(json_agg(line), '[]')::text FROM (
        SELECT place, sum(floor(date_part('epoch', lasted) / 60)::bigint) AS minutes
        FROM visits WHERE place = ANY(%s) GROUP BY place
    ) AS line),
    (SELECT coalesce(json_agg(line), '[]')::text FROM (
        SELECT place, (extract(epoch FROM wall::time) * 1000000)::bigint AS wall,
            (extract(epoch FROM lasted) * 1000000)::bigint AS lasted,
            (extract(epoch FROM odd) * 1000000)::bigint AS odd, count(*) AS number
        FROM visits WHERE place = ANY(%s) GROUP BY place, wall::time, visits.lasted, visits.odd
    ) AS line),
    (SELECT coalesce(json_agg(line), '[]')::text FROM (
        SELECT min(place) AS place, (extract(epoch FROM wall) * 1000000)::bigint AS wall,
            (extract(epoch FROM lasted) * 1000000)::bigint AS lasted,
            (extract(epoch FROM odd) * 1000000)::bigint AS odd, count(*) AS number
        FROM visits WHERE place = ANY(%s) GROUP BY visits.wall, visits.lasted, visits.odd
    ) AS line)
""")
"""Minutes of each place; visits alike by place and time of day; by time alone. `odd` is when one began in which the
clocks may have changed; all others last as long as the clocks show."""


def full(scope: Scope) -> list[Row]:
    """Open and taken minutes for each key, in order; keys of `By.RESOURCE_HOUR` are `(id, hour)`."""
    return tables(scope, scope.by)[0]


def tables(scope: Scope, *asked: By) -> list[list[Row]]:
    """The same for several kinds of rows. Four queries, and one more for each further zone."""
    places = list(_places(scope))
    found = [_Table(by, places) for by in asked]
    known = {name: _window(scope, zone(name)) for name in {place.venue.time_zone for place in places}}
    windows = {place.pk: window for place in places if (window := known[place.venue.time_zone])}
    places = [place for place in places if place.pk in windows]
    if places:
        _open(places, windows, found)
    for in_one_zone in _by_zone(places):
        _taken(in_one_zone, windows[in_one_zone[0].pk], found)
    return [table.rows() for table in found]


def _places(scope: Scope) -> QuerySet[Resource]:
    has_parts = Exists(Resource.objects.filter(parent=OuterRef("pk")))
    places = scope.resources.filter(stock_of=None).annotate(has_parts=has_parts)
    return places.select_related("venue").only("units", "venue__time_zone")


def _window(scope: Scope, in_zone: ZoneInfo) -> Period | None:
    start, end = midnight(scope.first, in_zone), midnight(scope.last + A_DAY, in_zone)
    return Period(start, end) if start < end else None  # a zone may leave a date out


def _by_zone(places: Iterable[Resource]) -> Iterable[list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for place in places:
        found[place.venue.time_zone].append(place)
    return found.values()


def _open(places: list[Resource], windows: Windows, tables: list["_Table"]) -> None:
    around = Period(min(each.start for each in windows.values()), max(each.end for each in windows.values()))
    shut, hours = _shut(places, around), agenda.hours_of(places, around)
    shared: dict[int, list[Period]] = {}
    for place in places:
        if hours.has_own(place.pk):
            whole = agenda.open_in(hours, place, windows[place.pk])
        else:
            whole = shared.get(place.venue_id) or agenda.open_in(hours, place, windows[place.pk])
            shared[place.venue_id] = whole
        closed = [taken for unit in range(place.units) if (taken := shut.get((place.pk, unit)))]
        left = [[rest for period in whole for rest in subtracted(period, taken)] for taken in closed]
        for table in tables:
            table.add_open(place, whole, place.units - len(closed))
            for periods in left:
                table.add_open(place, periods, 1)


def _shut(places: Iterable[Resource], around: Period) -> dict[tuple[int, int], list[Period]]:
    rows = Occupancy.objects.filter(resource__in=places, during__overlap=range_of(around), booking=None)
    found: dict[tuple[int, int], list[Period]] = defaultdict(list)
    for resource_id, unit, during in rows.values_list("resource_id", "unit", "during"):
        found[resource_id, unit].append(Period(during.lower, during.upper))
    return found


def _taken(places: list[Resource], window: Period, tables: list["_Table"]) -> None:
    """PostgreSQL adds up what is alike. One query, of places in one zone; those with parts by themselves."""
    by_id = {place.pk: place for place in places}
    asked = [[table for table in tables if table.is_of(kind)] for kind in range(3)]
    whose = [list({pk for table in each for pk in table.counted if pk in by_id}) for each in asked]
    if not any(whose):
        return
    text, values = _visits(places, window).query.sql_with_params()
    name = places[0].venue.time_zone
    with connection_for_reading().cursor() as cursor:
        cursor.execute(TAKEN.format(sql.SQL(text)).as_string(), (*values, name, name, name, *whose))
        found = [json.loads(rows) for rows in cursor.fetchone() or ()]
    for rows, wanting in zip(found, asked, strict=True):
        for table in wanting:
            for row in rows:
                table.add_taken(by_id[row["place"]], row)


def _visits(places: Iterable[Resource], window: Period) -> Any:
    """What stands or nobody came to, cut to the window: what begins in it, and what had begun before."""
    stood = Q(booking__state__in=STOOD | {State.NO_SHOW}, resource__in=list(places))
    rows = Occupancy.objects.filter(stood, booking__end__gt=window.start).order_by()
    began, ended = Greatest("booking__start", Value(window.start)), Least("booking__end", Value(window.end))
    cut = rows.annotate(began=began, ended=ended).values("resource_id", "began", "ended")
    begin = Q(booking__start__gte=window.start, booking__start__lt=window.end, during__overlap=range_of(window))
    had_begun = Q(booking__start__lt=window.start, during__contains=window.start)
    return cut.filter(begin).union(cut.filter(had_begun), all=True)


class _Table:
    """Minutes by key. Cuts time where a key changes; what is alike is cut once."""

    def __init__(self, by: By, places: list[Resource]) -> None:
        self.by = by
        all_of_them = by in EACH_BY_ITSELF or len(places) == 1
        self.counted = {place.pk for place in places if all_of_them or not place.has_parts}  # type: ignore[attr-defined]
        self._open: Counter[Any] = Counter()
        self._taken: Counter[Any] = Counter()
        self._cut: dict[tuple[int, int], Counter[Any]] = {}
        self._spans: dict[int, tuple[list[Period], Counter[Any]]] = {}

    def is_of(self, kind: int) -> bool:
        """Which of the lists of `TAKEN` it adds up."""
        return kind == (0 if self.by in OF_PLACES else 1 if self.by is By.RESOURCE_HOUR else 2)

    def rows(self) -> list[Row]:
        """In the order of the keys."""
        keys = sorted({*self._open, *self._taken}, key=lambda key: (str(type(key)), key))
        return [{"key": key, "open_minutes": self._open[key], "booked_minutes": self._taken[key]} for key in keys]

    def add_open(self, place: Resource, periods: list[Period], units: int) -> None:
        """Time in which so many units of a place are open."""
        if place.pk not in self.counted or not units:
            return
        if id(periods) not in self._spans:
            in_zone, found = zone(place.venue.time_zone), Counter[Any]()
            for period in periods:
                found.update({None: period.minutes} if self.by in OF_PLACES else self._hours(period, in_zone))
            self._spans[id(periods)] = periods, found
        self._add(self._open, place, self._spans[id(periods)][1], units)

    def add_taken(self, place: Resource, row: Row) -> None:
        """A row of `TAKEN`."""
        if place.pk not in self.counted:
            return
        if self.by in OF_PLACES:
            self._add(self._taken, place, {None: row["minutes"]}, 1)
        elif row["odd"] is None:
            self._add(self._taken, place, self._alike(row["wall"], row["lasted"]), row["number"])
        else:
            visit = Period(instant(row["odd"]), instant(row["odd"] + row["lasted"]))
            self._add(self._taken, place, self._pieces(visit, zone(place.venue.time_zone)), row["number"])

    def _add(self, sums: Counter[Any], place: Resource, pieces: Mapping[Any, int], number: int) -> None:
        whose = {By.RESOURCE: place.pk, By.VENUE: place.venue_id, By.TOTAL: "total"}.get(self.by)
        for key, minutes in pieces.items():
            own = (place.pk, key) if self.by is By.RESOURCE_HOUR else key if whose is None else whose
            sums[own] += minutes * number

    def _hours(self, period: Period, in_zone: ZoneInfo) -> Counter[Any]:
        """Pieces of opening hours, which are alike from day to day or from week to week."""
        first, last = period.start.astimezone(in_zone), period.end.astimezone(in_zone)
        if first.utcoffset() != last.utcoffset() or period.end - period.start > A_DAY:
            return self._pieces(period, in_zone)
        wall = (first.replace(tzinfo=UTC) - EPOCH) // MICRO
        return self._alike(wall, (period.end - period.start) // MICRO)

    def _alike(self, wall: int, lasted: int) -> Counter[Any]:
        """Pieces of time in which the clocks do not change."""
        at = wall % CYCLES[self.by] if self.by in CYCLES else wall
        if (at, lasted) not in self._cut:
            self._cut[at, lasted] = self._pieces(Period(instant(at), instant(at + lasted)), ON_THE_WALL)
        return self._cut[at, lasted]

    def _pieces(self, period: Period, in_zone: ZoneInfo) -> Counter[Any]:
        found: Counter[Any] = Counter()
        start = period.start
        while start < period.end:
            wall = start.astimezone(in_zone)
            end = min(period.end, _boundary(wall, in_zone, self.by))
            found[_key(self.by, wall)] += Period(start, end).minutes
            start = end
        return found


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
