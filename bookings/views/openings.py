"""When a venue is open, as its page says it: now, week by week, and on the days that differ."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from bookings.views.pricetags import weekday
from kernel.periods import Period, days, merged, subtracted
from tenants import speech
from tenants.zones import zone
from venues.hours import Hours, Row, instants_of
from venues.models import Closure, OpeningHours, Venue

DAYS_AHEAD = 60
DAYS_LOOKED = 9
ONE_DAY = timedelta(days=1)
MIDNIGHT, LAST_MINUTE = time(), time(23, 59)
MOST_CLOSURES = 500
Wall = tuple[time, time]


@dataclass(frozen=True, slots=True)
class WeekLine:
    """Days that follow one another with the same hours; `hours` empty means closed. `weekdays`: 0 is Monday."""

    weekdays: tuple[int, ...]
    hours: tuple[Wall, ...]
    is_today: bool

    @property
    def iso_hours(self) -> tuple[Wall, ...]:
        """The hours as schema.org has them: around the clock is until a minute before midnight."""
        return tuple(_iso(wall) for wall in self.hours)

    @property
    def label(self) -> str:
        """`Monday – Friday`."""
        first, last = weekday(self.weekdays[0], "EEEE"), weekday(self.weekdays[-1], "EEEE")
        return first if first == last else f"{first} – {last}"

    @property
    def spans(self) -> list[str]:
        """The hours in words; empty where closed."""
        return [wall_span(*wall) for wall in self.hours]


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A day, or time, that differs from the week; `note` is what the venue says about it."""

    label: str
    spans: tuple[str, ...]
    note: str
    date: date
    hours: tuple[Wall, ...] = ()
    is_day: bool = True

    @property
    def iso_hours(self) -> tuple[Wall, ...]:
        """As of a week's line; closed is midnight to midnight."""
        return tuple(_iso(wall) for wall in self.hours) or ((MIDNIGHT, MIDNIGHT),)


@dataclass(frozen=True, slots=True)
class Now:
    """Whether it is open at this moment, in words."""

    is_open: bool
    words: str


@dataclass
class Openings:
    """The hours of one venue around an instant."""

    venue: Venue
    now: datetime
    hours: Hours
    rows: list[OpeningHours] = field(default_factory=list)
    closures: list[Closure] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        """The venue's."""
        return zone(self.venue.time_zone)

    @property
    def today(self) -> date:
        """At the venue."""
        return self.now.astimezone(self.zone).date()

    @property
    def is_known(self) -> bool:
        """Whether the venue has hours at all: without, only its resources have some."""
        return bool(self.rows)

    @property
    def week(self) -> list[WeekLine]:
        """The regular week from Monday on, days alike joined; empty where there is none."""
        weekly = self.hours.week_of(("venue", self.venue.pk), self.today)
        if not weekly:
            return []
        lines: list[WeekLine] = []
        for number in range(7):
            walls = tuple(_walls(weekly.get(number, [])))
            is_today = number == self.today.weekday()
            if lines and lines[-1].hours == walls:
                last = lines.pop()
                lines.append(WeekLine((*last.weekdays, number), walls, last.is_today or is_today))
            else:
                lines.append(WeekLine((number,), walls, is_today))
        return lines

    @property
    def exceptions(self) -> list[Exceptional]:
        """Days ahead with other hours, and closures of the whole venue, by date."""
        found = [*self._dated(), *(self._closed(closure) for closure in self.closures if closure.end > self.now)]
        return sorted(found, key=lambda each: each.date)

    @property
    def at_this_moment(self) -> Now | None:
        """Whether it is open now and what comes next; None where no hours are known."""
        if not self.is_known:
            return None
        periods = self._open_periods()
        running = next((period for period in periods if period.start <= self.now < period.end), None)
        if running is not None:
            if running.end - self.now > ONE_DAY:
                return Now(True, _("Open now"))
            return Now(True, _("Open now, until %(time)s") % {"time": speech.clock(running.end, self.zone)})
        coming = next((period.start for period in periods if period.start > self.now), None)
        return Now(False, _("Closed at the moment") if coming is None else self._opens(coming))

    def _opens(self, instant: datetime) -> str:
        day = instant.astimezone(self.zone).date()
        said = {"time": speech.clock(instant, self.zone), "day": speech.day(day, form="EEEE")}
        if day == self.today:
            return _("Closed, opens at %(time)s") % said
        if day == self.today + ONE_DAY:
            return _("Closed, opens tomorrow at %(time)s") % said
        return _("Closed, opens %(day)s at %(time)s") % said

    def _open_periods(self) -> list[Period]:
        spans = (
            instants_of(span, self.zone)
            for day in days(self.today - ONE_DAY, DAYS_LOOKED)
            for span in self.hours.spans(self.venue.pk, 0, day)
        )
        shut = [Period(closure.start, closure.end) for closure in self.closures]
        return [left for whole in merged(Period(*ends) for ends in spans if ends) for left in subtracted(whole, shut)]

    def _dated(self) -> Iterator[Exceptional]:
        by_day: dict[date, list[OpeningHours]] = defaultdict(list)
        for row in self.rows:
            if row.date is not None and row.date >= self.today:
                by_day[row.date].append(row)
        for day, rows in by_day.items():
            walls = tuple((row.opens, row.closes) for row in rows if row.opens is not None and row.closes is not None)
            note = next((row.note for row in rows if row.note), "")
            yield Exceptional(speech.day(day), tuple(wall_span(*wall) for wall in walls), note, day, walls)

    def _closed(self, closure: Closure) -> Exceptional:
        start, end = closure.start.astimezone(self.zone), closure.end.astimezone(self.zone)
        note = closure.reason if closure.is_public else ""
        if start.time() == end.time() == MIDNIGHT:
            last = (end - ONE_DAY).date()
            label = speech.day(start.date())
            if last != start.date():
                label = f"{speech.day(start.date(), form='medium')} – {speech.day(last, form='medium')}"
        else:
            label = f"{speech.day(start.date())}, {speech.span(closure.start, closure.end, self.zone)}"
        return Exceptional(label, (), note, start.date(), is_day=False)


def openings_of(venues: Collection[Venue], now: datetime) -> dict[int, Openings]:
    """The openings of venues by id: two queries."""
    if not venues:
        return {}
    first, last = now.date() - 2 * ONE_DAY, now.date() + DAYS_AHEAD * ONE_DAY
    rows: dict[int, list[OpeningHours]] = defaultdict(list)
    found = OpeningHours.objects.filter(Q(date=None) | Q(date__range=(first, last)), venue__in=venues)
    for row in found.order_by("date", "opens"):
        rows[row.venue_id or 0].append(row)
    closed: dict[int, list[Closure]] = defaultdict(list)
    until = now + DAYS_AHEAD * ONE_DAY
    ahead = Closure.objects.filter(venue__in=venues, resource=None, end__gt=now - ONE_DAY, start__lt=until)
    for closure in ahead.order_by("start")[:MOST_CLOSURES]:
        closed[closure.venue_id].append(closure)
    return {
        venue.pk: Openings(venue, now, _hours(rows[venue.pk]), rows[venue.pk], closed[venue.pk]) for venue in venues
    }


def _iso(wall: Wall) -> Wall:
    opens, closes = wall
    return (opens, LAST_MINUTE) if opens == closes else wall


def _hours(rows: list[OpeningHours]) -> Hours:
    return Hours.of(
        Row(row.venue_id, None, row.weekday, row.date, row.opens, row.closes, row.valid_from, row.valid_until)
        for row in rows
    )


def _walls(rows: list[Row]) -> Iterator[Wall]:
    for row in sorted(rows, key=lambda row: row.opens or MIDNIGHT):
        if row.opens is not None and row.closes is not None:
            yield row.opens, row.closes


def wall_span(opens: time, closes: time) -> str:
    """`7:00 AM – 11:00 PM`; the same time twice is a whole day."""
    return _("around the clock") if opens == closes else f"{speech.wall(opens)} – {speech.wall(closes)}"
