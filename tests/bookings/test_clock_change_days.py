"""Which starts are free on days of 23, 23.5, 24, 24.5 and 25 hours (R46), against an oracle that counts minutes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bookings.oracle import Oracle
from tests.bookings.scenes import Place, facts, shown
from tests.bookings.undone import undone
from tests.busy import taken_elsewhere

NOW = datetime(2027, 1, 15, 10, 30, tzinfo=UTC)
WHOLE_DAY = (time(0), time(0))
BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
BEIRUT, HAVANA, KOLKATA = "Asia/Beirut", "America/Havana", "Asia/Kolkata"
DAYS = [
    (BERLIN, date(2027, 3, 28), 23),
    (BERLIN, date(2027, 10, 31), 25),
    (BERLIN, date(2027, 6, 1), 24),
    (NEW_YORK, date(2027, 3, 14), 23),
    (NEW_YORK, date(2027, 11, 7), 25),
    (LORD_HOWE, date(2027, 10, 3), 23.5),
    (LORD_HOWE, date(2027, 4, 4), 24.5),
    (BEIRUT, date(2027, 3, 28), 23),
    (BEIRUT, date(2027, 10, 30), 25),
    (HAVANA, date(2027, 11, 7), 25),
    (KOLKATA, date(2027, 3, 28), 24),
]


@pytest.mark.parametrize(("zone", "day", "hours"), DAYS)
def test_open_round_the_clock_every_quarter_of_an_hour_can_be_booked_once(in_alpha, zone, day, hours):
    court = Place(zone, [WHOLE_DAY], {"grid_minutes": 15, "min_minutes": 15}).make()
    starts = [wish.period.start for wish in facts(court, day, NOW).free(15)]
    assert len(starts) == hours * 4
    assert all(later - earlier == timedelta(minutes=15) for earlier, later in pairwise(starts))
    assert starts == Oracle(court.pk, day, NOW).free(15)


@pytest.mark.parametrize(("zone", "day", "hours"), DAYS)
@pytest.mark.parametrize(
    "spans",
    [
        [WHOLE_DAY],
        [(time(22), time(6))],
        [(time(1, 30), time(3, 30))],
        [(time(0, 30), time(2, 30)), (time(2, 30), time(5))],
        [(time(0), time(2)), (time(3), time(0))],
        [(time(7), time(23))],
    ],
    ids=["all day", "night", "around the change", "two spans", "a break at two", "daytime"],
)
def test_hours_grids_and_lengths_agree_with_the_oracle(in_alpha, zone, day, hours, spans):
    court = Place(zone, spans, {"grid_minutes": 30, "min_minutes": 30, "max_minutes": 240}).make()
    known, oracle = facts(court, day, NOW), Oracle(court.pk, day, NOW)
    for minutes in (30, 60, 90, 240):
        assert [wish.period.start for wish in known.free(minutes)] == oracle.free(minutes)


def test_in_berlin_two_o_clock_is_left_out_in_spring_and_comes_twice_in_autumn(in_alpha):
    court = Place(BERLIN, [(time(1), time(4))]).make()
    spring = [wish.period.start for wish in facts(court, date(2027, 3, 28), NOW).free(60)]
    autumn = [wish.period.start for wish in facts(court, date(2027, 10, 31), NOW).free(60)]
    assert shown(spring, BERLIN) == ["01:00+01:00", "03:00+02:00"]
    assert shown(autumn, BERLIN) == ["01:00+02:00", "02:00+02:00", "02:00+01:00", "03:00+01:00"]


def test_on_lord_howe_half_past_one_comes_twice_and_a_quarter_past_two_is_left_out(in_alpha):
    court = Place(LORD_HOWE, [(time(1), time(4))], {"grid_minutes": 30, "min_minutes": 30}).make()
    autumn = [wish.period.start for wish in facts(court, date(2027, 4, 4), NOW).free(30)]
    spring = [wish.period.start for wish in facts(court, date(2027, 10, 3), NOW).free(30)]
    assert shown(autumn, LORD_HOWE)[:4] == ["01:00+11:00", "01:30+11:00", "01:30+10:30", "02:00+10:30"]
    assert shown(spring, LORD_HOWE)[:4] == ["01:00+10:30", "01:30+10:30", "02:30+11:00", "03:00+11:00"]


def test_a_closing_time_in_the_fold_is_its_last_occurrence_and_an_opening_time_its_first(in_alpha):
    court = Place(BERLIN, [(time(0), time(2, 30))], {"grid_minutes": 30, "min_minutes": 30}).make("until")
    late = Place(BERLIN, [(time(2, 30), time(4))], {"grid_minutes": 30, "min_minutes": 30}).make("from")
    day = date(2027, 10, 31)
    until = [wish.period.start for wish in facts(court, day, NOW).free(30)]
    onwards = [wish.period.start for wish in facts(late, day, NOW).free(30)]
    assert shown(until, BERLIN)[-2:] == ["02:00+02:00", "02:00+01:00"]
    assert shown(onwards, BERLIN)[:2] == ["02:30+02:00", "02:30+01:00"]


def test_a_booking_across_the_change_takes_real_time(in_alpha):
    court = Place(BERLIN, [WHOLE_DAY], {"min_minutes": 180, "max_minutes": 180}).make()
    spring = next(w for w in facts(court, date(2027, 3, 28), NOW).free(180) if w.period.start.hour == 0)
    assert shown([spring.period.start, spring.period.end], BERLIN) == ["01:00+01:00", "05:00+02:00"]


def test_a_day_that_samoa_left_out_has_no_starts(in_alpha):
    court = Place("Pacific/Apia", [WHOLE_DAY]).make()
    before = datetime(2011, 12, 1, tzinfo=UTC)
    assert list(facts(court, date(2011, 12, 30), before).free(60)) == []
    assert len(list(facts(court, date(2011, 12, 31), before).free(60))) == 24


TIMES = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    where=st.sampled_from(DAYS),
    spans=st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=3),
    grid=st.sampled_from([15, 20, 30, 60, 90]),
    shortest=st.sampled_from([15, 30, 45, 60]),
    before=st.sampled_from([0, 15, 20]),
    after=st.sampled_from([0, 10, 30]),
    units=st.sampled_from([1, 1, 2]),
    busy=st.lists(st.tuples(st.integers(0, 1), st.integers(-60, 1600), st.integers(10, 300)), max_size=5),
    wanted=st.integers(0, 4),
)
def test_any_hours_any_grid_any_busy_times_agree_with_the_oracle(
    in_alpha, where, spans, grid, shortest, before, after, units, busy, wanted
):
    zone, day, _hours = where
    with undone():
        court = Place(
            zone,
            spans,
            {
                "grid_minutes": grid,
                "min_minutes": shortest,
                "max_minutes": shortest + 4 * grid,
                "buffer_before_minutes": before,
                "buffer_after_minutes": after,
                "units": units,
            },
        ).make()
        _be_busy(court.pk, units, day, busy)
        minutes = shortest + wanted * grid
        oracle = Oracle(court.pk, day, NOW)
        assert [wish.period.start for wish in facts(court, day, NOW).free(minutes)] == oracle.free(minutes)


def _be_busy(resource_id: int, units: int, day: date, busy: list[tuple[int, int, int]]) -> None:
    """Imported busy times, those left out that overlap an earlier one of the same unit."""
    midnight, kept = datetime.combine(day, time(), UTC), list[tuple[int, int, int]]()
    for unit, start, length in busy:
        if unit < units and all(unit != u or start + length <= s or s + n <= start for u, s, n in kept):
            kept.append((unit, start, length))
    for unit, start, length in kept:
        begun = midnight + timedelta(minutes=start)
        taken_elsewhere(resource_id, begun, begun + timedelta(minutes=length), unit)
