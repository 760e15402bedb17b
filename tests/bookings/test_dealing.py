"""Dealing stays out to units: as many as are taken at once, and no more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.dealing import Stay, TooFew, dealt, most_at_once
from kernel.periods import Period

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)


def hours(first: int, last: int) -> Period:
    """So many hours after noon."""
    return Period(NOON + timedelta(hours=first), NOON + timedelta(hours=last))


spans = st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda span: hours(span[0], span[0] + span[1]))


@given(st.lists(st.tuples(spans, st.integers(0, 12) | st.none()), max_size=25))
def test_as_many_units_as_are_taken_at_once_are_enough_and_fewer_are_not(found) -> None:
    stays = [Stay(period, key, unit) for key, (period, unit) in enumerate(found)]
    most = most_at_once([stay.period for stay in stays])
    units = dealt(stays, most)
    assert set(units) == {stay.key for stay in stays}
    assert all(unit in range(most) for unit in units.values())
    for one in stays:
        for other in stays:
            if one.key < other.key and one.period.overlaps(other.period):
                assert units[one.key] != units[other.key]
    if most:
        with pytest.raises(TooFew):
            dealt(stays, most - 1)


def test_who_can_stay_stays() -> None:
    stays = [Stay(hours(0, 2), "a", 1), Stay(hours(1, 3), "b", 0), Stay(hours(2, 4), "c", 7)]
    assert dealt(stays, 2) == {"a": 1, "b": 0, "c": 1}


def test_what_is_fixed_is_in_the_way_and_is_not_moved() -> None:
    fixed = Stay(hours(0, 2), "closed", 0, fixed=True)
    assert dealt([Stay(hours(1, 3), "a", 0), fixed], 2) == {"a": 1}
    with pytest.raises(TooFew):
        dealt([Stay(hours(1, 3), "a", 0), fixed], 1)
    assert dealt([Stay(hours(2, 3), "a", 0), fixed], 1) == {"a": 0}


def test_nobody_needs_no_unit() -> None:
    assert (most_at_once([]), dealt([], 0)) == (0, {})
