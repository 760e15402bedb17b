"""Figures as people and spreadsheets read them."""

import csv
import io

import pytest
from django.utils.translation import override

from bookings.reports.scope import By
from desk.reports import tiles
from desk.reports.gaps import closed
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
    told = ['<td class="heat-5">100%</td>', '<td class="heat-1">2%</td>', "<td></td>"]
    assert [cell.html for cell in heat.rows[0][1]] == told


def test_days_are_words_on_the_page_and_iso_in_the_file() -> None:
    columns = (Column("key", "Day", Kind.TIME), Column("bookings", "Bookings"))
    days = Table("days", "Days", columns, [{"key": "2027-01-02", "bookings": 1}], names=key_names(By.DAY, {}))
    assert days.cells() == [["2 Jan", "1"]]
    assert days.file().decode("utf-8-sig") == "key,bookings\r\n2027-01-02,1\r\n"


def test_what_adds_up_is_summed_by_currency_and_shares_are_worked_out_anew() -> None:
    columns = (
        Column("key", "Resource", Kind.KEY),
        Column("currency", "Currency", Kind.WORDS),
        Column("bookings", "Bookings", adds=True),
        Column("lost", "Lost", adds=True),
        Column("share", "Share", Kind.SHARE, of=("lost", "bookings")),
        Column("booked", "Prices", Kind.MONEY, adds=True),
        Column("lead", "Lead", Kind.MINUTES),
    )
    rows = [
        {"key": 1, "currency": "EUR", "bookings": 9, "lost": 0, "share": 0, "booked": 7550, "lead": 5},
        {"key": 2, "currency": "EUR", "bookings": 1, "lost": 1, "share": 10_000, "booked": None, "lead": 7},
        {"key": 1, "currency": "KWD", "bookings": 2, "lost": 0, "share": 0, "booked": 1250, "lead": None},
    ]
    sums = Table("demo", "Demo", columns, rows, names=key_names(By.RESOURCE, {1: "A", 2: "B"})).sums()
    assert sums == [
        ["Total", "EUR", "10", "1", "10%", "€75.50", "–"],
        ["Total", "KWD", "2", "0", "0%", "KWD1.250", "–"],
    ]
    assert Table("one", "One", columns, rows[:1]).sums() == []
    assert table().sums() == []


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [(5, 5, ("", False)), (0, 5, ("", True)), (1000, 1001, ("", True)), (100, 80, ("-20%", False))],
)
def test_a_tile_says_how_a_figure_changed(before: int, now: int, said: tuple[str, bool]) -> None:
    found = tiles._tile("Bookings", now, before, str, "")
    assert (found.change, found.is_up) == said


@pytest.mark.parametrize(
    ("booked", "share"),
    [([60, 0, 0, 0, 0, 0, 0, 0, 0, 0], 10_000), ([6] * 10, 2_000), ([30, 30, 20, 20, 0, 0, 0, 0, 0, 0], 6_000)],
)
def test_peak_is_the_share_in_the_fullest_fifth(booked: list[int], share: int) -> None:
    week = [{"key": (0, hour), "open_minutes": 60, "booked_minutes": minutes} for hour, minutes in enumerate(booked)]
    assert peak(week) == share


@pytest.mark.parametrize(
    ("by", "first", "last", "between"),
    [
        (By.DAY, "2028-02-28", "2028-03-01", ["2028-02-29"]),
        (By.WEEK, "2026-12-21", "2027-01-11", ["2026-12-28", "2027-01-04"]),
        (By.MONTH, "2026-11", "2027-02", ["2026-12", "2027-01"]),
    ],
)
def test_days_between_on_which_nothing_happened_are_zero(by: By, first: str, last: str, between: list[str]) -> None:
    columns = (
        Column("key", "Day", Kind.TIME),
        Column("currency", "Currency", Kind.WORDS),
        Column("paid", "Paid", Kind.MONEY, adds=True),
        Column("lead", "Lead", Kind.MINUTES),
    )
    ends = [{"key": key, "currency": "EUR", "paid": 5, "lead": 1} for key in (first, last)]
    zeros = [{"key": key, "currency": "EUR", "paid": 0} for key in between]
    assert closed(by, columns, ends) == [ends[0], *zeros, ends[1]]
    assert closed(by, columns, []) == []
    counted = [{"key": key, "paid": 5, "lead": 1} for key in (first, last)]
    numbers = (columns[0], Column("paid", "Paid", adds=True))
    whole = Table("days", "Days", numbers, closed(by, numbers, counted), names=key_names(by, {}))
    assert [row[1] for row in whole.cells()] == ["5", *("0" for _key in between), "5"]
    assert whole.sums() == [["Total", "10"]]
    assert closed(by, columns, ends[:1]) == ends[:1]
    other = [ends[0], {**ends[1], "currency": "JPY"}]
    assert closed(by, columns, other) == other
    places = [{"key": 1, "paid": 1}, {"key": 7, "paid": 1}]
    assert closed(By.RESOURCE, columns, places) == places


def test_share_of_nothing_is_unknown() -> None:
    assert (share_of(0, 0), share_of(1, 3)) == (None, 3333)
    assert peak([]) is None
