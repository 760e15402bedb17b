"""What a booking costs: every pricing unit, on plain days and on the nights when the clocks change."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.periods import Period
from venues.models import Rate
from venues.pricelists import PriceList, Tariff
from venues.pricing import Use, parts

BERLIN, LORD_HOWE, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Tokyo")
Unit = Rate.Unit


def price(rate: Rate, period: Period, people: int, zone: ZoneInfo) -> int:
    """The sum of the parts under one rate that always applies."""
    tariff = Tariff(1, rate.unit, rate.amount_minor)
    return sum(part.amount_minor for part in parts(PriceList([tariff]), frozenset(), Use(period, people, zone)))


def quantity(unit: Rate.Unit, period: Period, people: int, zone: ZoneInfo) -> Fraction:
    """How many units the parts come to."""
    found = parts(PriceList([Tariff(1, unit, 100)]), frozenset(), Use(period, people, zone))
    return sum((part.quantity for part in found), Fraction(0))


def local(zone: ZoneInfo, start: tuple[int, ...], end: tuple[int, ...]) -> Period:
    """The period between two wall times."""
    return Period(datetime(*start, tzinfo=zone), datetime(*end, tzinfo=zone))  # type: ignore[misc,arg-type]


NINETY_MINUTES = local(BERLIN, (2027, 5, 3, 10), (2027, 5, 3, 11, 30))


@pytest.mark.parametrize(
    ("unit", "people", "total"),
    [
        (Unit.HOUR, 1, 3750),
        (Unit.HALF_HOUR, 1, 7500),
        (Unit.DAY, 1, 2500),
        (Unit.HALF_DAY, 1, 2500),
        (Unit.BOOKING, 1, 2500),
        (Unit.PERSON, 1, 2500),
        (Unit.PERSON_HOUR, 1, 3750),
        (Unit.HOUR, 4, 3750),
        (Unit.HALF_HOUR, 4, 7500),
        (Unit.DAY, 4, 2500),
        (Unit.HALF_DAY, 4, 2500),
        (Unit.BOOKING, 4, 2500),
        (Unit.PERSON, 4, 10000),
        (Unit.PERSON_HOUR, 4, 15000),
    ],
)
def test_ninety_minutes_at_2500_in_every_unit(unit, people, total):
    assert price(Rate(unit=unit, amount_minor=2500), NINETY_MINUTES, people, BERLIN) == total


def test_every_unit_is_covered():
    assert {unit.value for unit in Unit} == {"hour", "half_hour", "day", "half_day", "booking", "person", "person_hour"}


SPRING_NIGHT = local(BERLIN, (2027, 3, 28, 1), (2027, 3, 28, 4))
AUTUMN_NIGHT = local(BERLIN, (2027, 10, 31, 1), (2027, 10, 31, 4))


@pytest.mark.parametrize(
    ("period", "unit", "units"),
    [
        (SPRING_NIGHT, Unit.HOUR, 2),
        (AUTUMN_NIGHT, Unit.HOUR, 4),
        (SPRING_NIGHT, Unit.HALF_HOUR, 4),
        (AUTUMN_NIGHT, Unit.HALF_HOUR, 8),
        (SPRING_NIGHT, Unit.PERSON_HOUR, 6),
        (AUTUMN_NIGHT, Unit.PERSON_HOUR, 12),
        (SPRING_NIGHT, Unit.HALF_DAY, 1),
        (AUTUMN_NIGHT, Unit.DAY, 1),
    ],
)
def test_from_one_to_four_is_two_or_four_hours_when_the_clocks_change(period, unit, units):
    """R46. Three people."""
    assert quantity(unit, period, 3, BERLIN) == units


def test_on_lord_howe_island_the_clocks_change_by_half_an_hour():
    assert quantity(Unit.HOUR, local(LORD_HOWE, (2027, 10, 3, 1), (2027, 10, 3, 4)), 1, LORD_HOWE) == Fraction(5, 2)
    assert quantity(Unit.HOUR, local(LORD_HOWE, (2027, 4, 4, 1), (2027, 4, 4, 4)), 1, LORD_HOWE) == Fraction(7, 2)


@pytest.mark.parametrize(
    ("start", "end", "days", "half_days"),
    [
        ((2027, 5, 3), (2027, 5, 4), 1, 2),
        ((2027, 3, 28), (2027, 3, 29), 1, 2),
        ((2027, 10, 31), (2027, 11, 1), 1, 2),
        ((2027, 10, 30), (2027, 11, 1), 2, 4),
        ((2027, 5, 3, 10), (2027, 5, 4, 10), 1, 2),
        ((2027, 5, 3, 10), (2027, 5, 4, 10, 1), 2, 3),
        ((2027, 5, 3, 10), (2027, 5, 3, 22), 1, 1),
        ((2027, 5, 3, 10), (2027, 5, 3, 22, 1), 1, 2),
        ((2027, 5, 3, 10), (2027, 5, 3, 10, 5), 1, 1),
    ],
)
def test_days_and_half_days_are_counted_on_the_clock_on_the_wall(start, end, days, half_days):
    """A day of 23 or 25 hours is one day, and what has begun counts."""
    day_start, day_end = (start + (0,) * (4 - len(start))), (end + (0,) * (4 - len(end)))
    period = local(BERLIN, day_start, day_end)
    assert quantity(Unit.DAY, period, 1, BERLIN) == days
    assert quantity(Unit.HALF_DAY, period, 1, BERLIN) == half_days


@pytest.mark.parametrize("hours", [11, 12])
def test_half_a_day_on_a_short_or_a_long_morning_is_half_a_day(hours):
    """Until noon, or for twelve hours: whichever is the fewer half days."""
    for start in (datetime(2027, 3, 28, tzinfo=BERLIN), datetime(2027, 10, 31, tzinfo=BERLIN)):
        period = Period(start, start.astimezone(UTC) + timedelta(hours=hours))
        assert quantity(Unit.HALF_DAY, period, 1, BERLIN) == 1


def test_twenty_four_hours_are_one_day_though_the_clocks_jump_on():
    """R46. They end at one o'clock on the day after, which is not a second day."""
    start = datetime(2027, 3, 28, tzinfo=BERLIN)
    period = Period(start, start.astimezone(UTC) + timedelta(hours=24))
    assert period.end.astimezone(BERLIN).hour == 1
    assert quantity(Unit.DAY, period, 1, BERLIN) == 1
    assert quantity(Unit.HALF_DAY, period, 1, BERLIN) == 2


def test_half_an_hour_that_runs_backwards_on_the_wall_is_one_started_day():
    fold = Period(
        datetime(2027, 10, 31, 2, 45, tzinfo=BERLIN, fold=0), datetime(2027, 10, 31, 2, 15, tzinfo=BERLIN, fold=1)
    )
    assert quantity(Unit.DAY, fold, 1, BERLIN) == 1
    assert quantity(Unit.HALF_DAY, fold, 1, BERLIN) == 1
    assert quantity(Unit.HOUR, fold, 1, BERLIN) == Fraction(1, 2)


@pytest.mark.parametrize(
    ("amount", "minutes", "total"),
    [(1, 30, 1), (3, 30, 2), (5, 30, 3), (100, 20, 33), (200, 20, 67), (2500, 20, 833), (999, 90, 1499), (0, 90, 0)],
)
def test_the_total_is_rounded_once_and_halves_go_up(amount, minutes, total):
    start = datetime(2027, 5, 3, 8, tzinfo=UTC)
    period = Period(start, start + timedelta(minutes=minutes))
    assert price(Rate(unit=Unit.HOUR, amount_minor=amount), period, 1, TOKYO) == total


def test_people_are_multiplied_before_rounding():
    start = datetime(2027, 5, 3, 8, tzinfo=UTC)
    third = Period(start, start + timedelta(minutes=20))
    assert price(Rate(unit=Unit.PERSON_HOUR, amount_minor=100), third, 3, BERLIN) == 100


@given(
    amount=st.integers(0, 10**9),
    minutes=st.integers(5, 44_640),
    people=st.integers(1, 500),
    offset=st.integers(0, 525_600),
)
def test_hours_are_half_hours_halved_and_people_multiply(amount, minutes, people, offset):
    start = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=offset)
    period = Period(start, start + timedelta(minutes=minutes))

    def total(unit: Rate.Unit) -> int:
        return price(Rate(unit=unit, amount_minor=amount), period, people, BERLIN)

    assert total(Unit.HOUR) == (amount * minutes + 30) // 60
    assert total(Unit.HALF_HOUR) == (amount * minutes + 15) // 30
    assert total(Unit.PERSON_HOUR) == (amount * minutes * people + 30) // 60
    assert total(Unit.PERSON) == amount * people
    assert total(Unit.BOOKING) == amount
    assert total(Unit.DAY) <= total(Unit.HALF_DAY) <= 2 * total(Unit.DAY)
