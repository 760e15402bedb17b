"""Periods against an oracle that knows nothing but sets of minutes."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.periods import Period, days, elapsed, elapsed_minutes, merged, subtracted

ZERO = datetime(2027, 3, 28, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def spell(first: int, last: int) -> Period:
    """The period from one minute after ZERO to another."""
    return Period(ZERO + first * MINUTE, ZERO + last * MINUTE)


def minutes_of(*periods: Period) -> set[int]:
    """Every minute that lies in one of them, counted from ZERO."""
    return {
        minute for period in periods for minute in range((period.start - ZERO) // MINUTE, (period.end - ZERO) // MINUTE)
    }


SPELLS = st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda pair: spell(pair[0], pair[0] + pair[1]))


@given(st.lists(SPELLS, max_size=12))
def test_merging_keeps_every_minute_and_adds_none(periods):
    result = merged(periods)
    assert minutes_of(*result) == minutes_of(*periods)
    assert all(before.end < after.start for before, after in pairwise(result))


@given(SPELLS, st.lists(SPELLS, max_size=8))
def test_subtracting_leaves_exactly_the_minutes_that_nobody_took(whole, taken):
    result = subtracted(whole, taken)
    assert minutes_of(*result) == minutes_of(whole) - minutes_of(*taken)
    assert all(before.end < after.start for before, after in pairwise(result))


@given(SPELLS, SPELLS)
def test_overlap_and_containment_are_those_of_the_minutes(one, other):
    assert one.overlaps(other) == bool(minutes_of(one) & minutes_of(other))
    assert one.contains(other) == (minutes_of(other) <= minutes_of(one))


def test_touching_periods_do_not_overlap_and_are_joined_by_merging():
    assert not spell(0, 60).overlaps(spell(60, 120))
    assert merged([spell(60, 120), spell(0, 60)]) == [spell(0, 120)]


def test_a_period_is_widened_at_both_ends():
    assert spell(60, 120).widened(10 * MINUTE, 15 * MINUTE) == spell(50, 135)


@pytest.mark.parametrize("length", [0, -1])
def test_an_empty_or_turned_round_period_cannot_be_made(length):
    with pytest.raises(ValueError, match="ends after it starts"):
        spell(5, 5 + length)


def test_naive_times_make_no_period():
    naive = datetime(2027, 3, 28, 10)
    with pytest.raises(ValueError, match="zone"):
        Period(naive, ZERO)
    with pytest.raises(ValueError, match="zone"):
        Period(ZERO, naive)


def test_periods_are_kept_in_utc_whatever_zone_they_came_in():
    tokyo = datetime(2027, 3, 28, 9, tzinfo=ZoneInfo("Asia/Tokyo"))
    fixed = datetime(2027, 3, 28, 3, tzinfo=timezone(timedelta(hours=2)))
    period = Period(tokyo, fixed)
    assert (period.start, period.end) == (ZERO, ZERO + timedelta(hours=1))
    assert (period.start.tzinfo, period.end.tzinfo) == (UTC, UTC)
    assert period == spell(0, 60)


def test_a_night_with_a_clock_change_is_measured_in_real_time():
    berlin = ZoneInfo("Europe/Berlin")
    spring = datetime(2027, 3, 28, 1, tzinfo=berlin), datetime(2027, 3, 28, 4, tzinfo=berlin)
    autumn = datetime(2027, 10, 31, 1, tzinfo=berlin), datetime(2027, 10, 31, 4, tzinfo=berlin)
    assert elapsed(*spring) == timedelta(hours=2)
    assert elapsed(*autumn) == timedelta(hours=4)
    assert Period(*spring).minutes == 120
    assert Period(*autumn).minutes == 240


def test_a_period_whose_wall_times_run_backwards_is_still_a_period():
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2027, 10, 31, 2, 45, tzinfo=berlin, fold=0)
    second = datetime(2027, 10, 31, 2, 15, tzinfo=berlin, fold=1)
    assert Period(first, second).minutes == 30


def test_minutes_are_whole_and_seconds_do_not_count():
    assert elapsed_minutes(ZERO, ZERO + timedelta(minutes=59, seconds=59)) == 59


def test_days_are_calendar_days():
    first = ZERO.date()
    assert list(days(first, 3)) == [first, first + timedelta(days=1), first + timedelta(days=2)]
    assert list(days(first, 0)) == []
