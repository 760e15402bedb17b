"""What time costs. Pure: rates, a period and a number of people in, price parts out.

A booking is walked from its start (`PriceList.stretches`), and every part of a booking across a boundary
is priced by its own rate:

- `hour`, `half_hour`, `person_hour`: real time; 01:00-04:00 on the night the clocks go forward is two hours.
- `day`, `half_day`: those begun, each priced by the rate at its beginning; a day ends at the same
  time on the wall, or after 24 hours, whichever is later, so a day of 25 hours is one.
- `booking`, `person`: once; where rates change on the way, each by its share of the time.

The sum of the parts is the exact price, rounded once, halves up, to the venue's `rounding_minor`: each part
is what the sum up to its end, rounded, is more than the sum up to its beginning. So the same price on both
sides of a boundary costs what it costs without the boundary.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from kernel.money import rounded
from kernel.periods import Period
from venues.models import Rate
from venues.pricelists import BLOCKS, PriceList, Tariff

MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
Unit = Rate.Unit


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
    found: list[Part] = []
    exact, before = Fraction(0), 0
    for tariff, stretch, quantity in _joined(prices, groups, use):
        exact += tariff.amount_minor * quantity
        until_here = rounded(exact, step)
        found.append(Part(tariff, stretch, quantity, until_here - before))
        before = until_here
    return found


def _joined(prices: PriceList, groups: frozenset[int], use: Use) -> list[tuple[Tariff, Period, Fraction]]:
    """The stretches with their quantities; neighbours under one tariff are one."""
    found: list[tuple[Tariff, Period, Fraction]] = []
    for tariff, stretch in prices.stretches(use.period, groups, use.zone):
        if tariff is None:
            raise NoPrice(stretch.start)
        quantity = _quantity(Unit(tariff.unit), stretch, use) * use.count
        if found and found[-1][0] == tariff:
            _same, before, so_far = found[-1]
            found[-1] = (tariff, Period(before.start, stretch.end), so_far + quantity)
        else:
            found.append((tariff, stretch, quantity))
    return found


def _quantity(unit: Rate.Unit, stretch: Period, use: Use) -> Fraction:
    if unit in BLOCKS:
        return Fraction(1)
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
            raise AssertionError(f"nobody says how {unit} is counted")


def _hours(period: Period) -> Fraction:
    return Fraction((period.end - period.start) // MICROSECOND, HOUR // MICROSECOND)
