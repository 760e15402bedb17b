"""What somebody looks for, read from the address of the search. Nonsense in it falls back to what makes sense."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bookings.facts import Wish
from bookings.views.choice import date_of, number

SERVICE = "service:"
"""How `kind` begins where a service is looked for; its slug follows."""
MOST_PEOPLE, LONGEST_MINUTES = 32_767, 31 * 24 * 60
FARTHEST = timedelta(days=1100)
"""No resource can be booked further ahead."""
NOON, EVENING = time(12), time(17)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Days and times are on the wall of whichever venue; None and empty where nothing was said."""

    day: date
    kind: str = ""
    venue: str = ""
    minutes: int | None = None
    people: int = 1
    earliest: time | None = None
    latest: time | None = None
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str], today: date) -> "Wanted":
        """The search that a query string means; a day that is over is today."""
        earliest, latest = _time(query.get("from", "")), _time(query.get("to", ""))
        minutes = number(query.get("minutes", ""))
        return cls(
            day=min(max(date_of(query.get("day", "")) or today, today), today + FARTHEST),
            kind=query.get("kind", "")[:80],
            venue=query.get("venue", "")[:80],
            minutes=minutes if minutes and minutes <= LONGEST_MINUTES else None,
            people=min(max(number(query.get("people", "")) or 1, 1), MOST_PEOPLE),
            earliest=earliest,
            latest=latest if latest and latest > (earliest or time()) else None,
            page=max(number(query.get("page", "")) or 1, 1),
        )

    def suits(self, wish: Wish, zone: ZoneInfo) -> bool:
        """Whether a start of the day lies in the part of the day that was asked for, and ends in it."""
        if self.earliest is None and self.latest is None:
            return True
        start = wish.period.start.astimezone(zone).replace(tzinfo=None)
        if self.earliest and start.time() < self.earliest:
            return False
        if self.latest is None:
            return True
        end = wish.period.end.astimezone(zone).replace(tzinfo=None)
        return end <= datetime.combine(start.date(), self.latest)

    def away(self, wish: Wish, zone: ZoneInfo) -> timedelta:
        """How far a start is from the earliest time that was asked for, on the wall."""
        start = wish.period.start.astimezone(zone).replace(tzinfo=None)
        return abs(start - datetime.combine(start.date(), self.earliest or time()))

    def address(self, **other: object) -> str:
        """The query string of this search with some of it changed; the first page, unless said."""
        values = {
            "kind": self.kind,
            "venue": self.venue,
            "day": self.day.isoformat(),
            "from": clock_text(self.earliest),
            "to": clock_text(self.latest),
            "minutes": self.minutes or "",
            "people": self.people,
            **other,
        }
        return urlencode({name: value for name, value in values.items() if value})


def clock_text(wall: time | None) -> str:
    """`18:00`, as the address has it; empty for None."""
    return wall.isoformat("minutes") if wall else ""


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None) if len(text) <= 8 else None  # noqa: PLR2004 - HH:MM:SS
    except ValueError:
        return None
