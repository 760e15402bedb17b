"""Wall time in gaps and folds: which instants a clock on the wall can mean, and how long a day is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.periods import first_instant, instants, last_instant, local_day, midnight

BERLIN, NEW_YORK, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")
KOLKATA, TOKYO = ZoneInfo("Asia/Kolkata"), ZoneInfo("Asia/Tokyo")
SAO_PAULO, BEIRUT, CAIRO = ZoneInfo("America/Sao_Paulo"), ZoneInfo("Asia/Beirut"), ZoneInfo("Africa/Cairo")
HAVANA, APIA = ZoneInfo("America/Havana"), ZoneInfo("Pacific/Apia")


def utc(*parts: int) -> datetime:
    """An instant in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "wall", "found"),
    [
        (BERLIN, datetime(2027, 6, 1, 12), [utc(2027, 6, 1, 10)]),
        (BERLIN, datetime(2027, 3, 28, 2), []),
        (BERLIN, datetime(2027, 3, 28, 2, 59), []),
        (BERLIN, datetime(2027, 3, 28, 3), [utc(2027, 3, 28, 1)]),
        (BERLIN, datetime(2027, 10, 31, 1, 59), [utc(2027, 10, 30, 23, 59)]),
        (BERLIN, datetime(2027, 10, 31, 2), [utc(2027, 10, 31, 0), utc(2027, 10, 31, 1)]),
        (BERLIN, datetime(2027, 10, 31, 2, 59), [utc(2027, 10, 31, 0, 59), utc(2027, 10, 31, 1, 59)]),
        (BERLIN, datetime(2027, 10, 31, 3), [utc(2027, 10, 31, 2)]),
        (NEW_YORK, datetime(2027, 3, 14, 2, 30), []),
        (NEW_YORK, datetime(2027, 11, 7, 1, 30), [utc(2027, 11, 7, 5, 30), utc(2027, 11, 7, 6, 30)]),
        (LORD_HOWE, datetime(2027, 10, 3, 2, 15), []),
        (LORD_HOWE, datetime(2027, 10, 3, 2, 30), [utc(2027, 10, 2, 15, 30)]),
        (LORD_HOWE, datetime(2027, 4, 4, 1, 45), [utc(2027, 4, 3, 14, 45), utc(2027, 4, 3, 15, 15)]),
        (LORD_HOWE, datetime(2027, 4, 4, 2), [utc(2027, 4, 3, 15, 30)]),
        (KOLKATA, datetime(2027, 3, 28, 2, 30), [utc(2027, 3, 27, 21)]),
        (TOKYO, datetime(2027, 3, 28, 2, 30), [utc(2027, 3, 27, 17, 30)]),
    ],
)
def test_a_wall_time_is_shown_never_once_or_twice(zone, wall, found):
    """R46"""
    assert instants(wall, zone) == found
    if found:
        assert first_instant(wall, zone) == found[0]
        assert last_instant(wall, zone) == found[-1]


@pytest.mark.parametrize(
    ("zone", "wall", "after"),
    [
        (BERLIN, datetime(2027, 3, 28, 2), utc(2027, 3, 28, 1)),
        (BERLIN, datetime(2027, 3, 28, 2, 30), utc(2027, 3, 28, 1)),
        (BERLIN, datetime(2027, 3, 28, 2, 59, 59), utc(2027, 3, 28, 1)),
        (NEW_YORK, datetime(2027, 3, 14, 2, 1), utc(2027, 3, 14, 7)),
        (LORD_HOWE, datetime(2027, 10, 3, 2, 15), utc(2027, 10, 2, 15, 30)),
        (SAO_PAULO, datetime(2018, 11, 4, 0, 30), utc(2018, 11, 4, 3)),
    ],
)
def test_in_a_gap_both_ends_are_the_instant_at_which_it_is_over(zone, wall, after):
    assert first_instant(wall, zone) == after
    assert last_instant(wall, zone) == after


@pytest.mark.parametrize("microsecond", [1, 300_000, 999_999])
def test_fractions_of_a_second_in_a_gap_lead_to_its_end_too(microsecond):
    for second in (0, 1):
        wall = datetime(2027, 3, 28, 2, 0, second, microsecond)
        assert first_instant(wall, BERLIN) == utc(2027, 3, 28, 1)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        (BERLIN, date(2027, 6, 1), utc(2027, 5, 31, 22), 24),
        (BERLIN, date(2027, 3, 28), utc(2027, 3, 27, 23), 23),
        (BERLIN, date(2027, 10, 31), utc(2027, 10, 30, 22), 25),
        (NEW_YORK, date(2027, 3, 14), utc(2027, 3, 14, 5), 23),
        (NEW_YORK, date(2027, 11, 7), utc(2027, 11, 7, 4), 25),
        (LORD_HOWE, date(2027, 10, 3), utc(2027, 10, 2, 13, 30), 23.5),
        (LORD_HOWE, date(2027, 4, 4), utc(2027, 4, 3, 13), 24.5),
        (KOLKATA, date(2027, 3, 28), utc(2027, 3, 27, 18, 30), 24),
        (TOKYO, date(2027, 3, 28), utc(2027, 3, 27, 15), 24),
    ],
)
def test_a_day_has_as_many_hours_as_its_zone_gives_it(zone, day, start, hours):
    """R46"""
    period = local_day(day, zone)
    assert (period.start, period.end) == (start, start + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        (SAO_PAULO, date(2018, 11, 4), utc(2018, 11, 4, 3), 23),
        (BEIRUT, date(2027, 3, 28), utc(2027, 3, 27, 22), 23),
        (CAIRO, date(2027, 4, 30), utc(2027, 4, 29, 22), 23),
    ],
)
def test_a_day_whose_midnight_is_skipped_begins_at_one_o_clock(zone, day, start, hours):
    period = local_day(day, zone)
    assert (period.start, period.end) == (start, start + timedelta(hours=hours))
    assert period.start.astimezone(zone).replace(tzinfo=None) == datetime(day.year, day.month, day.day, 1)
    assert local_day(day - timedelta(days=1), zone).end == period.start


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        (SAO_PAULO, date(2018, 2, 17)),
        (BEIRUT, date(2027, 10, 30)),
        (CAIRO, date(2027, 10, 28)),
        (HAVANA, date(2027, 11, 7)),
    ],
)
def test_a_day_whose_last_or_first_hour_comes_twice_has_25_hours(zone, day):
    period = local_day(day, zone)
    assert period.end - period.start == timedelta(hours=25)
    assert period.start.astimezone(zone).replace(tzinfo=None) == datetime(day.year, day.month, day.day)


def test_samoa_had_no_30_december_2011_and_says_so():
    with pytest.raises(ValueError, match="ends after it starts"):
        local_day(date(2011, 12, 30), APIA)
    assert midnight(date(2011, 12, 30), APIA) == midnight(date(2011, 12, 31), APIA)
    assert local_day(date(2011, 12, 29), APIA).end == local_day(date(2011, 12, 31), APIA).start


ZONES = st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, KOLKATA, TOKYO, BEIRUT, CAIRO, HAVANA])
DAYS = st.dates(date(2024, 1, 1), date(2036, 12, 31))


@given(ZONES, DAYS)
def test_days_follow_each_other_without_a_gap_and_hold_only_their_own_date(zone, day):
    period = local_day(day, zone)
    assert local_day(day + timedelta(days=1), zone).start == period.end
    assert period.start.astimezone(zone).date() == day
    assert (period.end - timedelta(microseconds=1)).astimezone(zone).date() == day
    assert (period.start - timedelta(microseconds=1)).astimezone(zone).date() == day - timedelta(days=1)


@given(ZONES, DAYS, st.integers(0, 24 * 60 - 1))
def test_instants_are_those_that_a_walk_through_the_day_finds(zone, day, minute):
    """An oracle that only reads clocks: every minute of UTC from a day before to a day after."""
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    near = wall.replace(tzinfo=UTC) - zone.utcoffset(wall)
    walk = (near + timedelta(minutes=step) for step in range(-150, 151))
    assert instants(wall, zone) == [at for at in walk if at.astimezone(zone).replace(tzinfo=None) == wall]
