"""What time costs. Pure: rates, a period and a number of people in, price lines out.

A booking is walked from its start. Where the rate that applies changes, the walk begins a new line,
so every part of a booking across a boundary is priced by its own rate:

- `hour`, `half_hour`, `person_hour`: real time, to the second; 01:00-04:00 on the night the clocks go
  forward is two hours.
- `day`, `half_day`: those begun, each priced by the rate at its beginning; a day ends at the same
  time on the wall, or after 24 hours, whichever is later, so a day of 25 hours is one.
- `booking`, `person`: once; where rates change on the way, each by its share of the time.

Each line is rounded once, halves up, to the venue's `rounding_minor`; lines add up to the total.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from kernel.money import rounded
from kernel.periods import Period
from venues.models import Rate
from venues.pricelists import PriceList, Tariff, wall_clock

SECOND = timedelta(seconds=1)
Unit = Rate.Unit
BLOCKS = {Unit.DAY: timedelta(days=1), Unit.HALF_DAY: timedelta(hours=12)}


class NoPrice(Exception):
    """No rate applies at `instant`: what has no price cannot be booked."""

    def __init__(self, instant: datetime) -> None:
        super().__init__(f"no rate at {instant}")
        self.instant = instant


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a booking under one tariff: `quantity` units, `amount_minor` minor units, tax included."""

    tariff: Tariff
    period: Period
    quantity: Fraction
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Use:
    """What is priced: a period on the clocks of `zone`, people, and `count` of the same thing."""

    period: Period
    participants: int
    zone: ZoneInfo
    count: int = 1


def parts(prices: PriceList, groups: frozenset[int], use: Use, step: int = 1) -> list[Part]:
    """The price of a use, part by part, for a customer in these groups. Raises `NoPrice` where no tariff applies."""
    found: list[tuple[Tariff, Period, Fraction]] = []
    for tariff, stretch, quantity in _walk(prices, groups, use):
        if found and found[-1][0] == tariff:
            _same, before, sum_before = found[-1]
            found[-1] = (tariff, Period(before.start, stretch.end), sum_before + quantity)
        else:
            found.append((tariff, stretch, quantity))
    return [
        Part(tariff, stretch, quantity, rounded(tariff.amount_minor * quantity, step))
        for tariff, stretch, quantity in found
    ]


def _walk(prices: PriceList, groups: frozenset[int], use: Use) -> Iterator[tuple[Tariff, Period, Fraction]]:
    period, at = use.period, use.period.start
    boundaries = prices.boundaries(period, use.zone)
    while at < period.end:
        tariff = prices.at(wall_clock(at, use.zone), groups)
        if tariff is None:
            raise NoPrice(at)
        if tariff.unit in BLOCKS:
            end = min(_block_end(at, BLOCKS[Unit(tariff.unit)], use.zone), period.end)
            yield tariff, Period(at, end), Fraction(use.count)
        else:
            end = next((boundary for boundary in boundaries if boundary > at), period.end)
            yield tariff, Period(at, end), _quantity(Unit(tariff.unit), Period(at, end), use) * use.count
        at = end


def _block_end(start: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    # The same wall time later, read the way that ends last; 24 real hours where that is later still.
    wall = (start.astimezone(zone) + length).replace(fold=1)
    return max(wall.astimezone(UTC), start + length)


def _quantity(unit: Rate.Unit, stretch: Period, use: Use) -> Fraction:
    hours = _hours(stretch)
    share = hours / _hours(use.period)
    match unit:
        case Unit.HOUR:
            return hours
        case Unit.HALF_HOUR:
            return hours * 2
        case Unit.PERSON_HOUR:
            return hours * use.participants
        case Unit.PERSON:
            return share * use.participants
        case Unit.BOOKING:
            return share
        case _:
            raise AssertionError(f"{unit} is counted in blocks")


def _hours(period: Period) -> Fraction:
    return Fraction((period.end - period.start) // SECOND, 3600)
