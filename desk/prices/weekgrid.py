"""What applies when in a week, as a grid of days and times; each cell asks the price list that bookings go by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import gcd
from zoneinfo import ZoneInfo

from kernel.periods import Period, days, instants
from tenants import speech
from venues.pricelists import PriceList, Tariff

WEEK, HOUR_MINUTES, DAY_MINUTES = 7, 60, 24 * 60
FINEST = 15
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COLOURS = 8


@dataclass(frozen=True)
class Key:
    """An entry of the legend: a price, its letter, and the number of its colour."""

    tariff: Tariff
    letter: str
    colour: int


@dataclass(frozen=True)
class Cell:
    """A stretch of a day: from `start` on the wall, `key` None where there is no price.

    `period` None: the clocks skip it. `is_first`: another price applies just before. `more`: another begins inside.
    """

    day: date
    start: time
    period: Period | None
    key: Key | None
    is_first: bool
    more: bool = False


@dataclass(frozen=True)
class Row:
    """The cells of all days at one time; `until` on the wall, midnight where the day ends."""

    start: time
    until: time
    cells: tuple[Cell, ...]

    @property
    def label(self) -> str:
        """The time as one says it."""
        return speech.wall(self.start)


@dataclass(frozen=True)
class Grid:
    """A week, from Monday on, in rows of `step` minutes."""

    days: tuple[date, ...]
    rows: tuple[Row, ...]
    keys: tuple[Key, ...]
    step: int
    gaps: bool = field(default=False)
    """Whether there is time without a price."""


@dataclass(frozen=True)
class Shown:
    """How much of a day is shown, in minutes from midnight, and in rows of how many minutes (0: as the prices need)."""

    hours: tuple[int, int] = (0, DAY_MINUTES)
    step: int = 0


WHOLE = Shown()


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def grid(prices: PriceList, groups: frozenset[int], first_day: date, zone: ZoneInfo, shown: Shown = WHOLE) -> Grid:
    """The seven days from a day on, for a customer in these groups."""
    hours, step = shown.hours, shown.step or step_of(prices.tariffs)
    week = tuple(days(first_day, WEEK))
    first, last = hours[0] // step * step, -(-hours[1] // step) * step
    known: dict[Tariff, Key] = {}
    before: dict[date, Tariff | None] = {}
    rows: list[Row] = []
    for minute in range(first, last, step):
        start, until = _wall(minute), _wall(minute + step)
        cells = []
        for day in week:
            period = _period(datetime.combine(day, start), step, zone)
            tariffs = [found for found, _stretch in prices.stretches(period, groups, zone)] if period else [None]
            is_first = minute == first or before[day] != tariffs[0]
            before[day] = tariffs[0]
            key = _key(known, tariffs[0])
            cells.append(Cell(day, start, period, key, is_first, len(set(tariffs)) > 1))
        rows.append(Row(start, until, tuple(cells)))
    gaps = any(cell.period and cell.key is None for row in rows for cell in row.cells)
    return Grid(week, tuple(rows), tuple(known.values()), step, gaps)


def step_of(tariffs: Iterable[Tariff]) -> int:
    """Rows of an hour, or as fine as the times of the prices need: a quarter of an hour at the finest."""
    edges = [edge for tariff in tariffs for edge in (tariff.from_time, tariff.until_time) if edge is not None]
    return max(FINEST, gcd(HOUR_MINUTES, *(edge.hour * HOUR_MINUTES + edge.minute for edge in edges)))


def shown_hours(spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The first and the last minute of a day on which anything is open; a span past midnight reaches to its end."""
    if not spans or any(end > DAY_MINUTES for _start, end in spans):
        return (0, DAY_MINUTES)
    return (min(start for start, _end in spans), max(end for _start, end in spans))


def _period(wall: datetime, step: int, zone: ZoneInfo) -> Period | None:
    found = instants(wall, zone)
    return Period(found[0], found[0] + timedelta(minutes=step)) if found else None


def _wall(minute: int) -> time:
    return time(minute % DAY_MINUTES // HOUR_MINUTES, minute % HOUR_MINUTES)


def _key(known: dict[Tariff, Key], tariff: Tariff | None) -> Key | None:
    if tariff is None:
        return None
    if tariff not in known:
        number = len(known)
        letter = LETTERS[number % len(LETTERS)] * (1 + number // len(LETTERS))
        known[tariff] = Key(tariff, letter, number % COLOURS)
    return known[tariff]
