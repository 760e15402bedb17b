"""From rows of opening hours to the spans of a day. Pure but for `rows_of`.

For a resource on a date the first of these that has rows wins: the
resource's dated rows, the venue's dated rows, the resource's weekly rows, the
venue's weekly rows. So a public holiday of the venue closes a court that has
hours of its own, and the court can still be opened on it. Of weekly rows, those
of the season in which the date lies replace the ones without a season.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from kernel.periods import first_instant, last_instant
from venues.models import OpeningHours

Day = date


class Row(NamedTuple):
    """A row of OpeningHours; `opens` None means closed."""

    venue_id: int | None
    resource_id: int | None
    weekday: int | None
    date: date | None
    opens: time | None
    closes: time | None
    valid_from: Day | None = None
    valid_until: Day | None = None


class WallSpan(NamedTuple):
    """Naive local times; `closes` may lie on the next day."""

    opens: datetime
    closes: datetime


def rows_of(venues: Collection[int], resources: Collection[int], first: date, last: date) -> list[Row]:
    """Weekly rows, and the dated rows of a window, of these venues and resources: one query."""
    rows = (
        OpeningHours.objects.filter(Q(venue__in=venues) | Q(resource__in=resources))
        .filter(Q(date=None) | Q(date__range=(first, last)))
        .values_list(*Row._fields)
        .order_by("opens")
    )
    return [Row(*row) for row in rows]


@dataclass(frozen=True)
class Hours:
    """The hours of several resources, ready to be asked day by day."""

    dated: dict[tuple[str, int, date], list[Row]]
    weekly: dict[tuple[str, int], dict[int, list[Row]]]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Hours":
        """Sort rows into drawers."""
        dated: dict[tuple[str, int, date], list[Row]] = defaultdict(list)
        weekly: dict[tuple[str, int], dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            whose = ("resource", row.resource_id) if row.resource_id else ("venue", row.venue_id or 0)
            if row.date is not None:
                dated[(*whose, row.date)].append(row)
            elif row.weekday is not None:
                weekly[whose][row.weekday].append(row)
        return cls(dict(dated), dict(weekly))

    def has_own(self, resource_id: int) -> bool:
        """Whether a resource has hours of its own, on any day: else it has its venue's."""
        own = ("resource", resource_id)
        return own in self.weekly or any(key[:2] == own for key in self.dated)

    def spans(self, venue_id: int, resource_id: int, day: date) -> Iterator[WallSpan]:
        """The spans that begin on a calendar day, by the order of precedence above."""
        for row in self._rows(venue_id, resource_id, day):
            if row.opens is None or row.closes is None:
                continue
            opens = datetime.combine(day, row.opens)
            closes = datetime.combine(day, row.closes)
            yield WallSpan(opens, closes if closes > opens else closes + timedelta(days=1))

    def _rows(self, venue_id: int, resource_id: int, day: date) -> list[Row]:
        own, shared = ("resource", resource_id), ("venue", venue_id)
        for whose in (own, shared):
            if rows := self.dated.get((*whose, day)):
                return rows
        for whose in (own, shared):
            if whose in self.weekly:
                return self.week_of(whose, day).get(day.weekday(), [])
        return []

    def week_of(self, whose: tuple[str, int], day: date) -> dict[int, list[Row]]:
        """The weekly rows that are in force on a day, by weekday: those of its season, else those without one."""
        seasons: dict[int, list[Row]] = {}
        ordinary: dict[int, list[Row]] = {}
        for weekday, rows in self.weekly.get(whose, {}).items():
            for row in rows:
                if row.valid_from is None:
                    ordinary.setdefault(weekday, []).append(row)
                elif row.valid_until is not None and row.valid_from <= day <= row.valid_until:
                    seasons.setdefault(weekday, []).append(row)
        return seasons or ordinary


def instants_of(span: WallSpan, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """First and last instant of a span; None where the clocks skip all of it.

    An ambiguous opening time is its first occurrence, an ambiguous closing time its last.
    """
    start, end = first_instant(span.opens, zone), last_instant(span.closes, zone)
    return (start, end) if start < end else None
