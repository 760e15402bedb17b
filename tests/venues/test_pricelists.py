"""Which rate applies when and to whom, and what each part of a booking across a boundary costs."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import exact_text, percent_text, rounded
from kernel.periods import Period
from venues.models import Rate
from venues.pricelists import PriceList, Standing, Tariff
from venues.pricing import NoPrice, Use, parts

BERLIN = ZoneInfo("Europe/Berlin")
Unit = Rate.Unit
BASE = Tariff(1, Unit.HOUR, 1000)
NOBODY: frozenset[int] = frozenset()
CLUB = frozenset({7})


def local(start: str, end: str, zone: ZoneInfo = BERLIN) -> Period:
    """The period between two wall times; with an offset where the wall shows a time twice."""
    found = [datetime.fromisoformat(text) for text in (start, end)]
    return Period(*(each if each.tzinfo else each.replace(tzinfo=zone) for each in found))


def amounts(tariffs, period, groups=NOBODY, people=1, zone=BERLIN, step=1):
    """(id, quantity, amount) of each part."""
    found = parts(PriceList(tariffs), groups, Use(period, people, zone), step)
    return [(part.tariff.rate_id, exact_text(part.quantity), part.amount_minor) for part in found]


SPECIAL = Tariff(2, Unit.HOUR, 5000)
MONDAY = "2027-05-03"


@pytest.mark.parametrize(
    ("fields", "wall", "applies"),
    [
        ({"valid_from": date(2027, 5, 3)}, "2027-05-02T23:59:59", False),
        ({"valid_from": date(2027, 5, 3)}, "2027-05-03T00:00", True),
        ({"valid_until": date(2027, 5, 3)}, "2027-05-03T23:59:59", True),
        ({"valid_until": date(2027, 5, 3)}, "2027-05-04T00:00", False),
        ({"weekdays": frozenset({0})}, "2027-05-03T12:00", True),
        ({"weekdays": frozenset({0})}, "2027-05-04T12:00", False),
        ({"weekdays": frozenset({5, 6})}, "2027-05-09T12:00", True),
        ({"from_time": time(18), "until_time": time(22)}, "2027-05-03T17:59:59", False),
        ({"from_time": time(18), "until_time": time(22)}, "2027-05-03T18:00", True),
        ({"from_time": time(18), "until_time": time(22)}, "2027-05-03T22:00", False),
        ({"from_time": time(22), "until_time": time(2)}, "2027-05-03T21:59", False),
        ({"from_time": time(22), "until_time": time(2)}, "2027-05-03T22:00", True),
        ({"from_time": time(22), "until_time": time(2)}, "2027-05-04T01:59", True),
        ({"from_time": time(22), "until_time": time(2)}, "2027-05-04T02:00", False),
        ({"from_time": time(6), "until_time": time(6)}, "2027-05-03T05:00", True),
        # A span past midnight is of the day on which it began: its weekday, its first and last day.
        ({"from_time": time(22), "until_time": time(2), "weekdays": frozenset({0})}, "2027-05-04T01:00", True),
        ({"from_time": time(22), "until_time": time(2), "weekdays": frozenset({0})}, "2027-05-03T01:00", False),
        ({"from_time": time(22), "until_time": time(2), "valid_until": date(2027, 5, 3)}, "2027-05-04T01:00", True),
        ({"from_time": time(22), "until_time": time(2), "valid_from": date(2027, 5, 4)}, "2027-05-04T01:00", False),
    ],
)
def test_rate_applies_at_these_times(fields, wall, applies):
    prices = PriceList([BASE, replace(SPECIAL, priority=1, **fields)])
    found = prices.at(datetime.fromisoformat(wall), NOBODY)
    assert found is not None
    assert (found.rate_id == 2) == applies


@pytest.mark.parametrize(
    ("others", "groups", "winner"),
    [
        ([], NOBODY, 1),
        ([Tariff(2, Unit.HOUR, 1)], NOBODY, 2),
        ([Tariff(2, Unit.HOUR, 1, group_id=7)], NOBODY, 1),
        ([Tariff(2, Unit.HOUR, 1, group_id=7)], CLUB, 2),
        ([Tariff(2, Unit.HOUR, 1, group_id=7), Tariff(3, Unit.HOUR, 1, priority=1)], CLUB, 3),
        ([Tariff(2, Unit.HOUR, 1, group_id=7), Tariff(3, Unit.HOUR, 1, valid_from=date(2027, 1, 1))], CLUB, 2),
        ([Tariff(2, Unit.HOUR, 1, valid_from=date(2027, 1, 1)), Tariff(3, Unit.HOUR, 1)], NOBODY, 2),
        (
            [
                Tariff(2, Unit.HOUR, 1, valid_from=date(2027, 5, 1)),
                Tariff(3, Unit.HOUR, 1, valid_from=date(2027, 4, 1)),
            ],
            NOBODY,
            2,
        ),
        ([Tariff(2, Unit.HOUR, 1, valid_from=date(2027, 6, 1))], NOBODY, 1),
        ([Tariff(2, Unit.HOUR, 1, priority=-1)], NOBODY, 1),
    ],
)
def test_of_several_rates_this_one_applies(others, groups, winner):
    """Priority, then a group's, then the latest beginning, then the newest; whatever their order."""
    for tariffs in ([BASE, *others], [*others, BASE]):
        found = PriceList(tariffs).at(datetime.fromisoformat(f"{MONDAY}T12:00"), groups)
        assert found is not None
        assert found.rate_id == winner


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (Unit.HOUR, [(1, "1.5", 1500), (2, "0.5", 1500)]),
        (Unit.HALF_HOUR, [(1, "3", 3000), (2, "1", 3000)]),
        (Unit.PERSON_HOUR, [(1, "6", 6000), (2, "2", 6000)]),
        (Unit.BOOKING, [(1, "0.75", 750), (2, "0.25", 750)]),
        (Unit.PERSON, [(1, "3", 3000), (2, "1", 3000)]),
        (Unit.DAY, [(1, "1", 1000)]),
        (Unit.HALF_DAY, [(1, "1", 1000)]),
    ],
)
def test_each_unit_across_a_boundary(unit, expected):
    """16:30-18:30 for four people; from 18:00 on three times the price. Days that have begun are not cut."""
    evening = Tariff(2, unit, 3000, from_time=time(18), until_time=time(22), priority=1)
    period = local(f"{MONDAY}T16:30", f"{MONDAY}T18:30")
    assert amounts([Tariff(1, unit, 1000), evening], period, people=4) == expected


def test_units_may_change_on_the_way():
    """An hourly rate until 18:00, the night at one price from then on."""
    night = Tariff(2, Unit.HALF_DAY, 9000, from_time=time(18), until_time=time(6), priority=1)
    period = local(f"{MONDAY}T16:00", "2027-05-04T08:00")
    assert amounts([BASE, night], period) == [(1, "2", 2000), (2, "1", 9000), (1, "2", 2000)]


@pytest.mark.parametrize(
    ("zone", "start", "end", "expected"),
    [
        ("Europe/Berlin", "2027-03-28T01:00", "2027-03-28T04:00", [(1, "2", 2000)]),
        ("Europe/Berlin", "2027-10-31T01:00", "2027-10-31T04:00", [(1, "4", 4000)]),
        ("Australia/Lord_Howe", "2027-10-03T01:00", "2027-10-03T04:00", [(1, "2.5", 2500)]),
        ("Australia/Lord_Howe", "2027-04-04T01:00", "2027-04-04T04:00", [(1, "3.5", 3500)]),
    ],
)
def test_nights_when_the_clocks_change_cost_the_time_that_passes(zone, start, end, expected):
    """R46"""
    in_zone = ZoneInfo(zone)
    assert amounts([BASE], local(start, end, in_zone), zone=in_zone) == expected


@pytest.mark.parametrize(
    ("zone", "start", "end", "span", "expected"),
    [
        # 02:15-02:45 comes twice, and on the night without it never.
        ("Europe/Berlin", "2027-10-31T02:00+02:00", "2027-10-31T03:00+01:00", (time(2, 15), time(2, 45)), "1"),
        ("Europe/Berlin", "2027-03-28T01:00", "2027-03-28T04:00", (time(2, 15), time(2, 45)), "0"),
        # A span that begins in the hour that is skipped begins where the gap ends.
        ("Europe/Berlin", "2027-03-28T01:00", "2027-03-28T04:00", (time(2, 30), time(3, 30)), "0.5"),
        ("Europe/Berlin", "2027-03-28T01:00", "2027-03-28T04:00", (time(1, 30), time(2, 30)), "0.5"),
        ("Europe/Berlin", "2027-10-31T01:00", "2027-10-31T04:00", (time(1, 30), time(2, 30)), "1.5"),
        # On Lord Howe Island 01:30-02:00 comes twice in April, and 02:00-02:30 is skipped in October.
        ("Australia/Lord_Howe", "2027-04-04T01:00+11:00", "2027-04-04T03:00+10:30", (time(1, 30), time(2)), "1"),
        ("Australia/Lord_Howe", "2027-10-03T01:00", "2027-10-03T04:00", (time(2), time(2, 30)), "0"),
        ("Australia/Lord_Howe", "2027-10-03T01:00", "2027-10-03T04:00", (time(2), time(3)), "0.5"),
    ],
)
def test_peak_spans_on_the_nights_when_the_clocks_change(zone, start, end, span, expected):
    """How many hours of the peak a booking has; all others at the base rate."""
    in_zone, period = ZoneInfo(zone), local(start, end, ZoneInfo(zone))
    peak = replace(SPECIAL, from_time=span[0], until_time=span[1], priority=1)
    found = parts(PriceList([BASE, peak]), NOBODY, Use(period, 1, in_zone))
    hours = {rate: sum((p.quantity for p in found if p.tariff.rate_id == rate), Fraction(0)) for rate in (1, 2)}
    assert exact_text(hours[2]) == expected
    assert sum(hours.values()) == Fraction((period.end - period.start) // timedelta(seconds=1), 3600)


def test_midnight_that_the_clocks_skip_is_a_boundary():
    """Cairo, 30 April 2027: 00:00 does not exist; the new price begins at 01:00 on the wall."""
    cairo = ZoneInfo("Africa/Cairo")
    new = replace(SPECIAL, valid_from=date(2027, 4, 30))
    period = local("2027-04-29T23:00", "2027-04-30T02:00", cairo)
    assert amounts([BASE, new], period, zone=cairo) == [(1, "1", 1000), (2, "1", 5000)]


def test_time_without_a_rate_has_no_price():
    day = Tariff(1, Unit.HOUR, 1000, from_time=time(8), until_time=time(18))
    prices = PriceList([day])
    late = local(f"{MONDAY}T17:00", f"{MONDAY}T18:01")
    with pytest.raises(NoPrice) as caught:
        parts(prices, NOBODY, Use(late, 1, BERLIN))
    assert caught.value.instant == local(f"{MONDAY}T18:00", f"{MONDAY}T19:00").start
    assert not prices.covers(late, NOBODY, BERLIN)
    assert prices.covers(local(f"{MONDAY}T17:00", f"{MONDAY}T18:00"), NOBODY, BERLIN)


def test_day_that_begins_within_its_rate_is_covered_to_its_end():
    """`covers` and the price say the same: the day has begun under a rate."""
    prices = PriceList([Tariff(1, Unit.DAY, 9000, from_time=time(8), until_time=time(18))])
    period = local(f"{MONDAY}T10:00", "2027-05-04T09:00")
    assert prices.covers(period, NOBODY, BERLIN)
    assert [part.amount_minor for part in parts(prices, NOBODY, Use(period, 1, BERLIN))] == [9000]


def test_rate_of_a_group_covers_its_members_only():
    prices = PriceList([replace(BASE, group_id=7)])
    period = local(f"{MONDAY}T10:00", f"{MONDAY}T11:00")
    assert (prices.covers(period, CLUB, BERLIN), prices.covers(period, NOBODY, BERLIN)) == (True, False)


@pytest.mark.parametrize(
    ("first", "last", "day", "holds"),
    [
        (None, None, 3, True),
        (date(2027, 5, 3), None, 2, False),
        (date(2027, 5, 3), None, 3, True),
        (None, date(2027, 5, 3), 3, True),
        (None, date(2027, 5, 3), 4, False),
    ],
)
def test_membership_holds_from_its_first_to_its_last_day(first, last, day, holds):
    assert Standing(7, "Club", 0, first, last).holds_on(date(2027, 5, day)) is holds


@pytest.mark.parametrize(
    ("step", "amount", "total"), [(5, 3333, 3335), (5, 3332, 3330), (5, 2, 0), (5, 3, 5), (10, 5, 10)]
)
def test_totals_are_multiples_of_the_smallest_coin(step, amount, total):
    assert amounts([replace(BASE, amount_minor=amount)], local(f"{MONDAY}T10:00", f"{MONDAY}T11:00"), step=step) == [
        (1, "1", total)
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(3, 2), "1.5"),
        (Fraction(1, 3), "1/3"),
        (Fraction(300), "300"),
        (Fraction(1, 1000), "0.001"),
        (Fraction(-5, 4), "-1.25"),
        (Fraction(0), "0"),
        (Fraction(1, 3_600_000_000), "1/3600000000"),
    ],
)
def test_exact_numbers_are_written_exactly(number, text):
    assert exact_text(number) == text
    assert Fraction(text) == number


@pytest.mark.parametrize(
    ("basis_points", "text"), [(0, "0"), (1, "0.01"), (725, "7.25"), (1250, "12.5"), (1900, "19"), (10_000, "100")]
)
def test_percentages_are_written_without_needless_zeros(basis_points, text):
    assert percent_text(basis_points) == text


TIME_UNITS = st.sampled_from([Unit.HOUR, Unit.HALF_HOUR, Unit.PERSON_HOUR, Unit.BOOKING, Unit.PERSON])


@given(
    unit=TIME_UNITS,
    amount=st.integers(0, 10**6),
    minutes=st.integers(1, 3000),
    offset=st.integers(0, 525_600),
    edge=st.times(),
    people=st.integers(1, 30),
    step=st.sampled_from([1, 5, 100]),
)
def test_a_boundary_between_equal_prices_changes_nothing(unit, amount, minutes, offset, edge, people, step):
    """However an owner cuts the day into rates: what matters is the price."""
    start = datetime(2027, 1, 1, tzinfo=BERLIN) + timedelta(minutes=offset)
    period = Period(start, start.astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes))
    whole = [Tariff(1, unit, amount)]
    cut = [*whole, Tariff(2, unit, amount, from_time=edge, until_time=time(12), priority=1)]
    one, many = (sum(a for _id, _q, a in amounts(t, period, people=people, step=step)) for t in (whole, cut))
    assert one == many == rounded(Fraction(one), step)


@given(
    amounts_=st.lists(st.integers(0, 10**6), min_size=1, max_size=4),
    minutes=st.integers(1, 5000),
    edges=st.lists(st.times(), min_size=4, max_size=4),
)
def test_parts_add_up_to_the_exact_price_rounded_once(amounts_, minutes, edges):
    tariffs = [Tariff(1, Unit.HOUR, 1234)]
    for number, amount in enumerate(amounts_, 2):
        tariffs.append(
            Tariff(number, Unit.HOUR, amount, from_time=edges[number - 2], until_time=time(3), priority=number)
        )
    start = datetime(2027, 10, 30, 20, tzinfo=BERLIN)
    period = Period(start, start.astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes))
    found = parts(PriceList(tariffs), NOBODY, Use(period, 1, BERLIN))
    exact = sum((part.quantity * part.tariff.amount_minor for part in found), Fraction(0))
    assert sum(part.amount_minor for part in found) == rounded(exact)
    assert all(part.amount_minor >= 0 for part in found)
    assert sum((part.quantity for part in found), Fraction(0)) == Fraction(minutes, 60)
    assert [part.period.start for part in found[1:]] == [part.period.end for part in found[:-1]]
