"""What a question about figures means: days, and the days that they are held against."""

from datetime import date

import pytest

from bookings.reports.scope import By
from desk.reports.asked import SPANS, Days, span_of

TODAY = date(2027, 11, 22)
"""A Monday."""


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("month", date(2027, 11, 1), date(2027, 11, 30)),
        ("last-month", date(2027, 10, 1), date(2027, 10, 31)),
        ("week", date(2027, 11, 22), date(2027, 11, 28)),
        ("last-week", date(2027, 11, 15), date(2027, 11, 21)),
        ("30", date(2027, 10, 24), TODAY),
        ("90", date(2027, 8, 25), TODAY),
        ("year", date(2027, 1, 1), date(2027, 12, 31)),
        ("last-year", date(2026, 1, 1), date(2026, 12, 31)),
        ("nonsense", date(2027, 11, 1), date(2027, 11, 30)),
    ],
)
def test_names_of_spans(name: str, first: date, last: date) -> None:
    assert span_of(name, TODAY) == Days(first, last)


def test_every_span_has_days() -> None:
    assert all(span_of(name, date(2028, 2, 29)).number >= 7 for name in SPANS)


@pytest.mark.parametrize(
    ("days", "before", "year"),
    [
        (Days(date(2027, 11, 1), date(2027, 11, 30)), (date(2027, 10, 1), date(2027, 10, 31)), date(2026, 11, 1)),
        (Days(date(2027, 3, 1), date(2027, 3, 31)), (date(2027, 2, 1), date(2027, 2, 28)), date(2026, 3, 1)),
        (Days(date(2027, 11, 8), date(2027, 11, 14)), (date(2027, 11, 1), date(2027, 11, 7)), date(2026, 11, 8)),
        (Days(date(2028, 2, 29), date(2028, 2, 29)), (date(2028, 2, 28), date(2028, 2, 28)), date(2027, 2, 28)),
        (Days(date(2027, 1, 1), date(2027, 12, 31)), (date(2026, 1, 1), date(2026, 12, 31)), date(2026, 1, 1)),
    ],
)
def test_what_days_are_held_against(days: Days, before: tuple[date, date], year: date) -> None:
    assert days.before() == Days(*before)
    assert days.year_before().first == year


@pytest.mark.parametrize(("number", "by"), [(31, By.DAY), (62, By.DAY), (63, By.WEEK), (200, By.WEEK), (201, By.MONTH)])
def test_points_of_a_line_can_be_seen(number: int, by: By) -> None:
    first = date(2027, 1, 1)
    assert Days(first, date.fromordinal(first.toordinal() + number - 1)).by is by
