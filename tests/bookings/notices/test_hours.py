"""Quiet hours and the summary's hour on the wall, on ordinary days and when the clocks change."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bookings.notices.hours import next_at, quiet_end

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    """`2027-03-28T01:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "first", "last", "ends"),
    [
        ("2026-11-20T19:59", time(21), time(8), None),
        ("2026-11-20T20:00", time(21), time(8), "2026-11-21T07:00"),
        ("2026-11-21T06:59", time(21), time(8), "2026-11-21T07:00"),
        ("2026-11-21T07:00", time(21), time(8), None),
        # The night in which the clocks are put on is an hour shorter, the other one an hour longer.
        ("2027-03-27T20:00", time(21), time(8), "2027-03-28T06:00"),
        ("2026-10-24T19:00", time(21), time(8), "2026-10-25T07:00"),
        # 02:30 does not exist on that day, and on the other one is there twice.
        ("2027-03-27T22:00", time(21), time(2, 30), "2027-03-28T01:30"),
        ("2026-10-25T01:15", time(21), time(2, 30), "2026-10-25T01:30"),
        ("2026-11-20T12:00", time(12), time(14), "2026-11-20T13:00"),
        ("2026-11-20T12:00", time(13), time(13), None),
    ],
)
def test_quiet_hours_end_on_the_wall(now: str, first: time, last: time, ends: str | None) -> None:
    assert quiet_end(utc(now), BERLIN, first, last) == (utc(ends) if ends else None)


@pytest.mark.parametrize(
    ("now", "wall", "then"),
    [
        ("2026-11-20T05:59", time(7), "2026-11-20T06:00"),
        ("2026-11-20T06:00", time(7), "2026-11-21T06:00"),
        ("2027-03-27T06:00", time(7), "2027-03-28T05:00"),
        ("2027-03-27T12:00", time(2, 30), "2027-03-28T01:30"),
        ("2026-10-24T05:00", time(7), "2026-10-25T06:00"),
    ],
)
def test_summary_comes_at_its_hour_each_day_once(now: str, wall: time, then: str) -> None:
    assert next_at(utc(now), wall, BERLIN) == utc(then)
