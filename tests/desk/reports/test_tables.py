"""Figures as people and spreadsheets read them."""

import csv
import io

import pytest
from django.utils.translation import override

from bookings.reports.scope import By
from desk.reports.tables import Column, Kind, Table, heat_of, key_names, share_of
from desk.reports.tiles import peak

COLUMNS = (
    Column("key", "Resource", Kind.KEY),
    Column("currency", "Currency", Kind.WORDS),
    Column("bookings", "Bookings"),
    Column("booked", "Prices", Kind.MONEY),
    Column("share", "Share", Kind.SHARE),
    Column("minutes", "Time", Kind.MINUTES),
)
ROWS = [
    {"key": 1, "currency": "EUR", "bookings": 3, "booked": 7550, "share": 3333, "minutes": 90},
    {"key": 2, "currency": "JPY", "bookings": 1, "booked": 1200, "share": None, "minutes": None},
]


def table() -> Table:
    """Two rows; the second resource is called like a formula."""
    names = {1: "Court 1", 2: "=1+1"}
    return Table("demo", "Demo", COLUMNS, ROWS, ("booked",), names=key_names(By.RESOURCE, names))


def test_people_read_their_own_signs() -> None:
    assert table().cells() == [
        ["Court 1", "EUR", "3", "€75.50", "33%", "1 h 30 min"],
        ["=1+1", "JPY", "1", "¥1,200", "–", "–"],
    ]
    with override("de"):
        assert table().cells()[0][3] == "75,50\xa0€"


def test_spreadsheets_read_plain_numbers_and_no_formula() -> None:
    text = table().file().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["key", "currency", "bookings", "booked", "share", "minutes"],
        ["Court 1", "EUR", "3", "75.50", "33.33", "90"],
        ["'=1+1", "JPY", "1", "1200", "", ""],
    ]


def test_charts_get_the_numbers_and_how_they_read() -> None:
    chart = table().chart()
    assert chart["labels"] == ["Court 1", "=1+1"]
    assert chart["lines"] == [{"label": "Prices", "values": [75.5, 1200.0], "told": ["€75.50", "¥1,200"]}]


def test_heat_map_has_the_hours_that_are_used_and_levels() -> None:
    rows = [
        {"key": (1, 9), "open_minutes": 60, "booked_minutes": 60},
        {"key": (1, 10), "open_minutes": 60, "booked_minutes": 1},
        {"key": (2, 11), "open_minutes": 120, "booked_minutes": 0},
        {"key": (2, 12), "open_minutes": 0, "booked_minutes": 0},
    ]
    heat = heat_of("x", "X", "Resource", rows, {1: "One", 2: "Two"})
    assert list(heat.hours) == [9, 10, 11]
    assert [(name, [(cell.share, cell.level) for cell in cells]) for name, cells in heat.rows] == [
        ("One", [("100%", 5), ("2%", 1), ("", None)]),
        ("Two", [("", None), ("", None), ("0%", 0)]),
    ]


@pytest.mark.parametrize(
    ("booked", "share"),
    [([60, 0, 0, 0, 0, 0, 0, 0, 0, 0], 10_000), ([6] * 10, 2_000), ([30, 30, 20, 20, 0, 0, 0, 0, 0, 0], 6_000)],
)
def test_peak_is_the_share_in_the_fullest_fifth(booked: list[int], share: int) -> None:
    week = [{"key": (0, hour), "open_minutes": 60, "booked_minutes": minutes} for hour, minutes in enumerate(booked)]
    assert peak(week) == share


def test_share_of_nothing_is_unknown() -> None:
    assert (share_of(0, 0), share_of(1, 3)) == (None, 3333)
    assert peak([]) is None
