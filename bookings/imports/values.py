"""What a cell says: times, amounts, numbers, yes or no, and which place is meant. A bad one is `Invalid`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.models import User
from kernel.errors import Invalid
from kernel.money import LONGEST, exponent, from_text
from kernel.periods import Period, elapsed_minutes, instants
from rest.fields import SMALLINT_MAX, YEARS
from tenants.zones import zone
from venues.access import resources_managed_by, venues_managed_by
from venues.models import DAY_MINUTES, Resource, Venue

YES, NO = frozenset({"yes", "true", "1", "y", "ja", "j"}), frozenset({"no", "false", "0", "n", "nein"})
GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?", re.ASCII)
AMOUNT = re.compile(r"-?\d+(?:[.,]\d{1,3})?", re.ASCII)
WHOLE = re.compile(r"\d{1,9}", re.ASCII)
LONGEST_DAYS = 31

Cells = Mapping[str, str]
T = TypeVar("T", Venue, Resource)


def number(cells: Cells, name: str, most: int = SMALLINT_MAX) -> int | None:
    """A whole number; None where the cell is empty."""
    if name not in cells:
        return None
    if not WHOLE.fullmatch(cells[name]) or int(cells[name]) > most:
        raise wrong(name)
    return int(cells[name])


def flag(cells: Cells, name: str) -> bool | None:
    """Yes or no; None where the cell is empty."""
    if name not in cells:
        return None
    said = cells[name].lower()
    if said not in YES | NO:
        raise wrong(name)
    return said in YES


def amount(cells: Cells, name: str, currency: str) -> int | None:
    """Minor units of an amount such as `20.00` or `20,00`; None where the cell is empty."""
    if name not in cells:
        return None
    text = cells[name]
    try:
        if len(text) > LONGEST or not AMOUNT.fullmatch(text):
            raise ValueError
        if len(text.replace(",", ".").partition(".")[2]) > exponent(currency):
            raise ValueError  # "1,000" of euros is a thousand to whoever wrote it
        minor = from_text(text.replace(",", "."), currency)
    except ValueError:
        raise wrong(name) from None
    if minor < 0:
        raise wrong(name)
    return minor


def period(cells: Cells, in_zone: ZoneInfo) -> Period:
    """`start_datetime` and `end_datetime` with an offset, or `date`, `start_time` and `end_time` on the venue's wall.

    Without times: the whole day. An end at or before the start is on the next day.
    """
    if "start_datetime" in cells:
        start, end = _instant(cells, "start_datetime"), _instant(cells, "end_datetime")
    else:
        start, end = _on_the_wall(cells, in_zone)
    if end <= start:
        raise wrong("end_datetime")
    if elapsed_minutes(start, end) > LONGEST_DAYS * DAY_MINUTES * 12:
        raise wrong("end_datetime")
    return Period(start, end)


def _on_the_wall(cells: Cells, in_zone: ZoneInfo) -> tuple[datetime, datetime]:
    day = _day(cells.get("date", ""))
    begins = _time(cells, "start_time") if "start_time" in cells else time()
    ends = _time(cells, "end_time") if "end_time" in cells else time()
    last = day if ends > begins else date.fromordinal(day.toordinal() + 1)
    found = []
    for wall, name in ((datetime.combine(day, begins), "start_time"), (datetime.combine(last, ends), "end_time")):
        shown = instants(wall, in_zone)
        if not shown:
            raise Invalid("clock_change", _("The clocks skip this time: %(name)s") % {"name": name})
        found.append(shown[0])
    return found[0], found[1]


def _day(text: str) -> date:
    german, iso = GERMAN_DAY.fullmatch(text), DAY.fullmatch(text)
    parts = german.groups()[::-1] if german else iso.groups() if iso else ()
    try:
        year, month, day = (int(part) for part in parts)
        found = date(year, month, day)
    except ValueError:
        raise wrong("date") from None
    if found.year not in YEARS:
        raise wrong("date")
    return found


def _time(cells: Cells, name: str) -> time:
    found = TIME.fullmatch(cells[name])
    if cells[name] == "24:00":
        return time()
    try:
        if found is None:
            raise ValueError
        return time(int(found[1]), int(found[2]))
    except ValueError:
        raise wrong(name) from None


def _instant(cells: Cells, name: str) -> datetime:
    try:
        found = parse_datetime(cells.get(name, ""))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.year not in YEARS:
        raise wrong(name)
    return found.astimezone(UTC)


def wrong(name: str) -> Invalid:
    """A cell that does not say what it should."""
    return Invalid("cell_invalid", _("This cannot be read: %(name)s") % {"name": name}, {"column": name})


@dataclass
class Places:
    """The venues and resources that somebody manages, read once for many rows, and found by what people call them."""

    user: User
    _venues: list[Venue] = field(default_factory=list)
    _resources: list[Resource] = field(default_factory=list)
    _known: bool = False

    def forget(self) -> None:
        """Read them anew: a row has made one."""
        self._known = False

    def venue(self, text: str) -> Venue:
        """By id, slug or name."""
        self._read()
        return _one(self._venues, text, "venue")

    def resource(self, text: str, venue: str = "") -> Resource:
        """By id, by slug or name where only one has it, or as `venue/resource`."""
        self._read()
        before, slash, after = text.partition("/")
        there, wanted = (before, after) if slash else (venue, text)
        rows = self._resources
        if there:
            place = self.venue(there)
            rows = [each for each in rows if each.venue_id == place.pk]
        return _one(rows, wanted, "resource")

    def _read(self) -> None:
        if self._known:
            return
        self._venues = list(venues_managed_by(self.user))
        self._resources = list(resources_managed_by(self.user).select_related("venue"))
        self._known = True


def _one(rows: Iterable[T], text: str, name: str) -> T:
    rows, said = list(rows), text.strip().casefold()
    by_id = [row for row in rows if str(row.pk) == said]
    for found in (by_id, [row for row in rows if row.slug == said], [r for r in rows if r.name.casefold() == said]):
        if len(found) == 1:
            return found[0]
        if found:
            raise Invalid(f"{name}_ambiguous", _("Several are called that: %(name)s") % {"name": name})
    raise Invalid(f"{name}_unknown", _("There is no such thing that you look after: %(name)s") % {"name": name})


def zone_of(venue: Venue) -> ZoneInfo:
    """The clocks of a venue."""
    return zone(venue.time_zone)
