"""Recurrence rules: an RRULE of RFC 5545, or a list, in; local calendar days out. Pure, and quick for any text.

Of RFC 5545 (3.3.10) a rule may have FREQ (DAILY, WEEKLY or MONTHLY), INTERVAL, BYDAY, BYMONTHDAY, BYSETPOS, COUNT,
UNTIL (local, no `Z`) and WKST. The first day counts only where the rule fits it. Days are walked one period after
the other and never beyond two years, so that a rule that fits nothing ends as soon as any other.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.utils.translation import gettext as _

from kernel.errors import Invalid

MOST_DATES = 104
MOST_DAYS = 731
LONGEST_RULE = 200
MOST_INTERVAL = 731
LONGEST_MONTH = 31
WEEK = 7
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KNOWN = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "COUNT", "UNTIL", "WKST"})
FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY"})
BY_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
NUMBER = re.compile(r"[+-]?[0-9]{1,4}", re.ASCII)
ONE_DAY = timedelta(days=1)
UNTIL = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2}))?", re.ASCII)

T = TypeVar("T")

Day = tuple[int, int]
"""A weekday (Monday is 0) and which of the month: 2 the second, -1 the last, 0 each."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as data. `until` is the last naive local time at which something may start."""

    freq: str
    interval: int = 1
    by_day: tuple[Day, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """When: a time on the wall, on the days of `rule` from `first` on, or on `dates`.

    `without` are left out, `also` come on top. What the rule gives is counted before days are left out, as with
    EXDATE in RFC 5545.
    """

    start: time
    first: date | None = None
    rule: str = ""
    dates: tuple[date, ...] = ()
    without: tuple[date, ...] = ()
    also: tuple[date, ...] = ()


def walls(pattern: Pattern) -> list[datetime]:
    """The naive local times of a pattern, ascending, each once.

    Raises `Invalid`: `rule_invalid` and `rule_unsupported` for the text, `rule_endless` without COUNT and UNTIL,
    `too_many_dates` above 104, `series_too_long` above two years, `no_dates` for none.
    """
    if bool(pattern.rule) == bool(pattern.dates):
        raise Invalid("rule_or_dates", _("Give a rule or a list of dates."))
    if set(pattern.without) & set(pattern.also):
        raise Invalid("dates_contradict", _("A date cannot be left out and added."))
    chosen = set(pattern.dates or _of_rule(pattern)) - set(pattern.without) | set(pattern.also)
    if not chosen:
        raise Invalid("no_dates", _("There is no such date."))
    if len(chosen) > MOST_DATES:
        raise too_many()
    if max(chosen) - min(chosen) > timedelta(days=MOST_DAYS):
        raise too_long()
    return [datetime.combine(day, pattern.start) for day in sorted(chosen)]


def _of_rule(pattern: Pattern) -> list[date]:
    if pattern.first is None:
        raise Invalid("first_date_required", _("Say on which day it begins."))
    return expanded(parsed(pattern.rule), datetime.combine(pattern.first, pattern.start))


def expanded(rule: Rule, first: datetime) -> list[date]:
    """The days of a rule, none before that of `first`."""
    last = first.date() + timedelta(days=MOST_DAYS)
    if rule.until and rule.until.date() > last:
        raise too_long()
    found: list[date] = []
    for day in _days(rule, first.date(), last):
        if rule.until and datetime.combine(day, first.time()) > rule.until:
            break
        found.append(day)
        if len(found) == rule.count:
            return found
        if len(found) > MOST_DATES:
            raise too_many()
    if found and rule.count:
        raise too_long()  # there are not so many within two years
    return found


def _days(rule: Rule, first: date, last: date) -> Iterator[date]:
    """Days that fit, ascending, from the first to the last."""
    for period in _periods(rule, first, last):
        fitting = [day for day in period if _fits(rule, day, first)]
        if rule.by_set_pos:
            size = len(fitting)
            places = {place - 1 if place > 0 else size + place for place in rule.by_set_pos}
            fitting = [fitting[place] for place in sorted(places) if 0 <= place < size]
        yield from (day for day in fitting if first <= day <= last)


def _periods(rule: Rule, first: date, last: date) -> Iterator[list[date]]:
    """The days, weeks or months of which every `interval`th counts, whole ones."""
    if rule.freq == "MONTHLY":
        months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month, rule.interval)
        for month in months:
            begin = date(month // 12, month % 12 + 1, 1)
            yield [begin + number * ONE_DAY for number in range(monthrange(begin.year, begin.month)[1])]
        return
    length = WEEK if rule.freq == "WEEKLY" else 1
    begin = first - ((first.weekday() - rule.week_start) % WEEK) * ONE_DAY if length == WEEK else first
    while begin <= last:
        yield [begin + number * ONE_DAY for number in range(length)]
        begin += length * rule.interval * ONE_DAY


def _fits(rule: Rule, day: date, first: date) -> bool:
    days_in_month = monthrange(day.year, day.month)[1]
    if rule.by_month_day and not {day.day, day.day - days_in_month - 1} & set(rule.by_month_day):
        return False
    if rule.by_day:
        nth, nth_last = (day.day - 1) // WEEK + 1, -((days_in_month - day.day) // WEEK) - 1
        return any(weekday == day.weekday() and number in {0, nth, nth_last} for weekday, number in rule.by_day)
    if rule.by_month_day or rule.freq == "DAILY":
        return True
    # What a rule does not say, it takes from its first day.
    return day.weekday() == first.weekday() if rule.freq == "WEEKLY" else day.day == first.day


def parsed(text: str) -> Rule:
    """A rule from its text, in whatever case; `Invalid` as `walls` says."""
    if len(text) > LONGEST_RULE:
        raise _invalid()
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in parts:
            raise _invalid()
        parts[name] = value
    if parts.get("FREQ") not in FREQUENCIES or not parts.keys() <= KNOWN:
        raise _unsupported()
    rule = Rule(
        freq=parts["FREQ"],
        interval=_number(parts.get("INTERVAL", "1")),
        by_day=_list(parts, "BYDAY", _by_day),
        by_month_day=_list(parts, "BYMONTHDAY", _number),
        by_set_pos=_list(parts, "BYSETPOS", _number),
        count=_count(parts.get("COUNT")),
        until=_until(parts.get("UNTIL")),
        week_start=_weekday(parts.get("WKST", "MO")),
    )
    _check(rule)
    return rule


def _check(rule: Rule) -> None:
    if rule.count is None and rule.until is None:
        raise Invalid("rule_endless", _("Say how often, or until when."))
    if rule.count is not None and rule.until is not None:
        raise _invalid()
    if not 1 <= rule.interval <= MOST_INTERVAL:
        raise _invalid()
    if any(not 1 <= abs(day) <= LONGEST_MONTH for day in (*rule.by_month_day, *rule.by_set_pos)):
        raise _invalid()
    # RFC 5545 forbids these, or gives them a meaning only together with what is not supported.
    if rule.freq == "WEEKLY" and rule.by_month_day:
        raise _invalid()
    if rule.freq != "MONTHLY" and any(number for _weekday, number in rule.by_day):
        raise _invalid()
    if rule.by_set_pos and (rule.freq == "DAILY" or not (rule.by_day or rule.by_month_day)):
        raise _invalid()


def _list(parts: dict[str, str], name: str, one: Callable[[str], T]) -> tuple[T, ...]:
    return tuple(one(text) for text in parts[name].split(",")) if name in parts else ()


def _number(text: str) -> int:
    if not NUMBER.fullmatch(text):
        raise _invalid()
    return int(text)


def _count(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not text.strip("0"):
        raise _invalid()
    if len(text) > len(str(MOST_DATES)) or int(text) > MOST_DATES:
        raise too_many()
    return int(text)


def _by_day(text: str) -> Day:
    found = BY_DAY.fullmatch(text)
    if found is None:
        raise _invalid()
    return _weekday(found[2]), int(found[1] or 0)


def _weekday(text: str) -> int:
    if text not in WEEKDAYS:
        raise _invalid()
    return WEEKDAYS.index(text)


def _until(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = UNTIL.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        day = date(int(found[1]), int(found[2]), int(found[3]))
        at = time(int(found[4]), int(found[5]), int(found[6])) if found[4] else time.max
    except ValueError:
        raise _invalid() from None
    return datetime.combine(day, at)


def _invalid() -> Invalid:
    return Invalid("rule_invalid", _("This rule cannot be read."))


def _unsupported() -> Invalid:
    return Invalid("rule_unsupported", _("Rules repeat daily, weekly or monthly, by weekdays or days of the month."))


def too_many() -> Invalid:
    """More dates than a series may have."""
    return Invalid("too_many_dates", _("A series has %(most)d dates at most.") % {"most": MOST_DATES})


def too_long() -> Invalid:
    """Dates further apart than those of a series may be."""
    return Invalid("series_too_long", _("A series lasts two years at most."))
