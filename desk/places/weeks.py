"""A week of opening hours as a page has it: times for each weekday, of the ordinary week or of a season."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any

from django.utils.translation import gettext as _

from accounts import seen
from bookings.premises import Span
from desk.places.rows import WEEKDAYS
from kernel.errors import Conflict
from rest.fields import whole

MOST_SPANS = 10
EVERY_DAY = range(7)
GROUPS = {"all": EVERY_DAY, "work": range(5), "weekend": range(5, 7)}


@dataclass
class Day:
    """A weekday with what was typed: pairs of texts, and what is wrong."""

    number: int
    spans: list[tuple[str, str]] = field(default_factory=list)
    wrong: str = ""

    @property
    def name(self) -> Any:
        """Monday."""
        return WEEKDAYS[self.number][1]


@dataclass
class Week:
    """Seven days, and the season whose they are; without one it is the ordinary week.

    `before` are the marks of the week that stood there when the page was shown (`accounts.seen`).
    """

    days: list[Day]
    first: str = ""
    last: str = ""
    wrong: str = ""
    is_season: bool = False
    before: str = ""

    @classmethod
    def of(cls, spans: Sequence[Span], season: date | None) -> "Week":
        """The week as it is."""
        mine = [span for span in spans if span.weekday is not None and span.valid_from == season]
        days = [Day(number) for number in EVERY_DAY]
        for span in sorted(mine, key=lambda span: span.opens or time()):
            assert span.weekday is not None
            days[span.weekday].spans.append((f"{span.opens:%H:%M}", f"{span.closes:%H:%M}"))
        ends = mine[0] if mine else Span()
        return cls(days, _iso(ends.valid_from), _iso(ends.valid_until), is_season=season is not None)

    @classmethod
    def typed(cls, sent: Any, is_season: bool) -> "Week":
        """The week as it was typed."""
        days = []
        for number in EVERY_DAY:
            pairs = zip(sent.getlist(f"opens-{number}"), sent.getlist(f"closes-{number}"), strict=False)
            kept = [(opens.strip(), closes.strip()) for opens, closes in pairs if opens.strip() or closes.strip()]
            days.append(Day(number, kept[:MOST_SPANS]))
        first, last, before = (sent.get(name, "") for name in ("valid_from", "valid_until", "before"))
        return cls(days, first, last, is_season=is_season, before=before[: seen.LONGEST])

    @property
    def marks(self) -> str:
        """The marks of what stands in it."""
        return seen.marked(self._values())

    def check_same(self, now: "Week") -> None:
        """Raise `Conflict("changed_meanwhile")` unless the week is `now` what it was when the page was shown."""
        values = now._values()
        names = seen.changed(self.before, values)
        if names:
            self.before = seen.marked(values)
            raise Conflict("changed_meanwhile", seen.told(self._label(name) for name in values if name in names))

    def _values(self) -> dict[str, Any]:
        return {**{str(day.number): day.spans for day in self.days}, "first": self.first, "last": self.last}

    def _label(self, name: str) -> Any:
        return {"first": _("First day"), "last": _("Last day")}.get(name) or self.days[int(name)].name

    def copied(self, number: str, group: str) -> None:
        """Have the hours of a day on others, too."""
        day = whole(number)
        if day is not None and day in EVERY_DAY and group in GROUPS:
            for other in GROUPS[group]:
                self.days[other].spans = list(self.days[day].spans)

    def spans(self) -> list[Span] | None:
        """What was typed as hours; None where something is wrong, which the days tell then."""
        first = last = None
        if self.is_season:
            first, last = _date(self.first), _date(self.last)
            if first is None or last is None or first > last:
                self.wrong = _("A season has a first and a last day, in this order.")
        found = [replace(span, valid_from=first, valid_until=last) for day in self.days for span in _spans(day)]
        if self.is_season and not found and not self.wrong:
            self.wrong = _("A season needs hours on at least one day. To close, use a closure.")
        return None if self.wrong or any(day.wrong for day in self.days) else found


def _spans(day: Day) -> list[Span]:
    found = []
    for opens, closes in day.spans:
        first, last = _time(opens), _time(closes)
        if first is None or last is None:
            day.wrong = _("Give both times, such as 08:00 and 22:00.")
        else:
            found.append(Span(weekday=day.number, opens=first, closes=last))
    return found


def _time(text: str) -> time | None:
    try:
        found = time.fromisoformat("00:00" if text == "24:00" else text)
    except ValueError:
        return None
    return found.replace(second=0, microsecond=0, tzinfo=None)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
