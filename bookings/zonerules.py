"""A time zone as calendars carry it (RFC 5545, 3.6.5): when its clock changes in the years that are needed.

Changes that keep to a rule ("the last Sunday of March") are given as that rule, because Outlook reads no lists; others
as a list, with their first date in it, because dateutil takes no date for one that is not.
"""

import calendar
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from tenants.zones import zone

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FOR_EVER = datetime(1970, 1, 1)  # noqa: DTZ001  (a time on the wall, by which such components begin)


class Kind(NamedTuple):
    """What a change of the clock does. Offsets are ahead of UTC."""

    before: timedelta
    after: timedelta
    name: str
    is_summer: bool


def component(name: str, first: datetime, last: datetime) -> Timezone:
    """The VTIMEZONE of an IANA name, good from `first` to `last`."""
    in_zone = zone(name)
    years = range(first.year - 1, last.year + 2)
    made = Timezone()
    made.add("tzid", name)
    changes = _changes(in_zone, years)
    if not changes:
        made.add_component(_observance(_kind(in_zone, first, first), FOR_EVER))
    for kind, walls in changes.items():
        part = _observance(kind, walls[0])
        rule = _rule(walls, years)
        if rule:
            part.add("rrule", {"freq": "yearly", "bymonth": walls[0].month, "byday": rule})
        else:
            part.add("rdate", walls)
        made.add_component(part)
    return made


def _observance(kind: Kind, begins: datetime) -> TimezoneStandard | TimezoneDaylight:
    made = TimezoneDaylight() if kind.is_summer else TimezoneStandard()
    made.add("dtstart", begins)
    made.add("tzoffsetfrom", kind.before)
    made.add("tzoffsetto", kind.after)
    made.add("tzname", kind.name)
    return made


def _changes(in_zone: ZoneInfo, years: range) -> dict[Kind, list[datetime]]:
    """Kinds of change with the times on the wall, before the change, at which they happen."""
    found: dict[Kind, list[datetime]] = defaultdict(list)
    day, end = datetime(years[0], 1, 1, tzinfo=UTC), datetime(years[-1] + 1, 1, 1, tzinfo=UTC)
    while day < end:
        if _offset(in_zone, day) != _offset(in_zone, day + DAY):
            at = _instant(in_zone, day)
            kind = _kind(in_zone, at - SECOND, at)
            found[kind].append((at + kind.before).replace(tzinfo=None))
        day += DAY
    return found


def _instant(in_zone: ZoneInfo, day: datetime) -> datetime:
    """The first second of the day after, by UTC, that has another offset than its beginning."""
    old, low, high = _offset(in_zone, day), 0, int(DAY.total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(in_zone, day + middle * SECOND) == old else (low, middle)
    return day + high * SECOND


def _kind(in_zone: ZoneInfo, before: datetime, after: datetime) -> Kind:
    local = after.astimezone(in_zone)
    return Kind(_offset(in_zone, before), _offset(in_zone, after), local.tzname() or "", bool(local.dst()))


def _offset(in_zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(in_zone).utcoffset() or timedelta()


def _rule(walls: list[datetime], years: Iterable[int]) -> str:
    """Which weekday of its month it is each year (`-1SU`), or nothing where there is no such rule."""
    if [wall.year for wall in walls] != list(years) or len({(wall.month, wall.time()) for wall in walls}) > 1:
        return ""
    last = {f"-1{WEEKDAYS[wall.weekday()]}" if _is_last(wall) else "" for wall in walls}
    counted = {f"{(wall.day - 1) // 7 + 1}{WEEKDAYS[wall.weekday()]}" for wall in walls}
    for rules in (last, counted):
        if len(rules) == 1 and "" not in rules:
            return rules.pop()
    return ""


def _is_last(wall: datetime) -> bool:
    return wall.day + 7 > calendar.monthrange(wall.year, wall.month)[1]
