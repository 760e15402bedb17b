"""Prices in words: when one applies, what it is, why it comes before others, and what a change changes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.views.pricetags import weekday_spans
from desk.prices.sellers import Place
from desk.prices.weekgrid import WEEK, Cell, Shown, grid, step_of
from tenants import speech
from venues.models import Rate
from venues.pricelists import PriceList, Tariff
from venues.repricing import tariff


@dataclass(frozen=True)
class Line:
    """A rate as a row of a list."""

    rate: Rate
    name: str
    when: str
    days: str
    who: str
    price: str
    is_over: bool
    is_to_come: bool


def line(rate: Rate, currency: str, today: date) -> Line:
    """A rate, read with its group, in words."""
    found = tariff(rate, rate.pk or 0)
    return Line(
        rate=rate,
        name=rate.name,
        when=times(found),
        days=season(found),
        who=rate.group.name if rate.group else _("everybody"),
        price=price(found, currency),
        is_over=rate.valid_until is not None and rate.valid_until < today,
        is_to_come=rate.valid_from is not None and rate.valid_from > today,
    )


def price(found: Tariff | None, currency: str) -> str:
    """`€25.00 per hour`; what there is without one."""
    if found is None:
        return _("no price, so no booking")
    return f"{speech.money(found.amount_minor, currency)} {Rate.Unit(found.unit).label}"


def times(found: Tariff) -> str:
    """`Mon – Fri · 18:00 – 22:00`, or that it is always."""
    days = weekday_spans(found.weekdays) if 0 < len(found.weekdays) < WEEK else ""
    hours = ""
    if found.from_time is not None and found.until_time is not None:
        hours = f"{speech.wall(found.from_time)} – {speech.wall(found.until_time)}"
    return " · ".join(part for part in (days, hours) if part) or _("at all times")


def season(found: Tariff) -> str:
    """`from 1 Jan 2027`, or nothing for always."""
    first = speech.day(found.valid_from, form="medium") if found.valid_from else ""
    last = speech.day(found.valid_until, form="medium") if found.valid_until else ""
    if first and last:
        return f"{first} – {last}"
    if first:
        return _("from %(day)s") % {"day": first}
    return _("until %(day)s") % {"day": last} if last else ""


def why(prices: PriceList, groups: frozenset[int], wall: datetime, rate_id: int | None) -> str:
    """Why this rate and no other applies at a time on the wall."""
    fitting = [each for each in prices.tariffs if each.group_id in {None, *groups} and each.fits(wall)]
    if not fitting or fitting[0].rate_id != rate_id:
        return ""
    first, others = fitting[0], fitting[1:]
    if not others:
        return _("the only price for that time")
    second = others[0]
    if first.priority != second.priority:
        reason = _("it comes first where several prices fit")
    elif first.group_id and not second.group_id:
        reason = _("it is for the customer's group")
    elif (first.valid_from or date.min) != (second.valid_from or date.min):
        reason = _("it is the latest price")
    else:
        reason = _("it is the newest price")
    count = ngettext("%(count)d other would fit too", "%(count)d others would fit too", len(others))
    return f"{reason}; {count % {'count': len(others)}}"


@dataclass(frozen=True)
class Difference:
    """That for somebody, at some times of the week, another price applies."""

    who: str
    when: tuple[str, ...]
    before: str
    after: str


@dataclass(frozen=True)
class Audience:
    """Who looks at prices: everybody, or a group."""

    name: str
    groups: frozenset[int]


def differences(
    before: PriceList, after: PriceList, audiences: Iterable[Audience], first: date, place: Place
) -> list[Difference]:
    """What a change changes in the seven days from a day on, for each audience."""
    found: list[Difference] = []
    zone, currency = place.zone, place.currency
    step = step_of([*before.tariffs, *after.tariffs])
    for audience in audiences:
        changed: dict[tuple[str, str], list[Cell]] = defaultdict(list)
        olds = grid(before, audience.groups, first, zone, Shown(step=step))
        news = grid(after, audience.groups, first, zone, Shown(step=step))
        for old_row, new_row in zip(olds.rows, news.rows, strict=True):
            for old, new in zip(old_row.cells, new_row.cells, strict=True):
                words = (_of(old, currency), _of(new, currency))
                if old.period and words[0] != words[1]:
                    changed[words].append(new)
        for (was, becomes), cells in changed.items():
            found.append(Difference(audience.name, tuple(_spans(cells, news.step)), was, becomes))
    return found


def _of(cell: Cell, currency: str) -> str:
    return price(cell.key.tariff if cell.key else None, currency)


def _spans(cells: Sequence[Cell], step: int) -> list[str]:
    """Cells as `Mon – Fri 18:00 – 22:00`."""
    by_day: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for cell in sorted(cells, key=lambda each: (each.day, each.start)):
        start = cell.start.hour * 60 + cell.start.minute
        spans = by_day[cell.day.weekday()]
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], start + step)
        else:
            spans.append((start, start + step))
    days: dict[tuple[int, int], list[int]] = defaultdict(list)
    for weekday, spans in by_day.items():
        for span in spans:
            days[span].append(weekday)
    return [f"{_weekdays(weekdays)} {_hours(start, end)}" for (start, end), weekdays in sorted(days.items())]


def _weekdays(numbers: Sequence[int]) -> str:
    return _("every day") if len(set(numbers)) == WEEK else weekday_spans(numbers)


def _hours(start: int, end: int) -> str:
    return _("all day") if end - start == speech.DAY_MINUTES else f"{_clock(start)} – {_clock(end)}"


def _clock(minute: int) -> str:
    return speech.wall(time(minute // 60 % 24, minute % 60))


def none_of_its_own(place: Place) -> str:
    """What there is where no rate is."""
    return _("as its resources cost") if place.is_service else _("no price yet")


def when(found: Tariff) -> str:
    """Times and days in one line."""
    return " · ".join(part for part in (times(found), season(found)) if part)
