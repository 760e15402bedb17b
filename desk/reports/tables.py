"""Figures as people read them: tables with a chart beside them, tiles, heat maps; and as a spreadsheet reads them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _

from bookings.exports.cells import guarded
from bookings.reports.scope import By
from desk.spreadsheets import written
from kernel.money import as_text, percent_text
from tenants import speech

FULL = 10_000
LEVELS = 5
NOTHING = "–"
Text = str | Promise


class Kind(StrEnum):
    """What a cell holds; a `KEY` says what its row is for, a `TIME` the days that it is for."""

    WORDS = "words"
    KEY = "key"
    TIME = "time"
    COUNT = "count"
    SHARE = "share"
    MONEY = "money"
    MINUTES = "minutes"


KEYS = frozenset({Kind.KEY, Kind.TIME})


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is its name in a file, `label` what people read; `adds` where its rows add up to something.

    `of` are the columns of which a share is one of the other.
    """

    name: str
    label: Text
    kind: Kind = Kind.COUNT
    adds: bool = False
    of: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of raw values: shares in basis points, money in minor units of the row's `currency`, minutes.

    `drawn` are the columns that the chart shows, as lines of one colour after the other.
    """

    slug: str
    title: Text
    columns: tuple[Column, ...]
    rows: Sequence[dict[str, Any]]
    drawn: tuple[str, ...] = ()
    shape: str = "line"
    note: Text = ""
    names: Callable[[Any], str] = field(default=str)

    @property
    def chart_id(self) -> str:
        """What the chart's data are found by."""
        return f"chart-{self.slug}"

    def heads(self) -> list[tuple[Text, bool]]:
        """Labels, and whether what stands below ends where others do."""
        return [(column.label, column.kind not in KEYS) for column in self.columns]

    def cells(self) -> list[list[str]]:
        """Every row as people read it."""
        return [[self._read(row, column) for column in self.columns] for row in self.rows]

    def sums(self) -> list[list[str]]:
        """The last line: what adds up, of each currency; none of a single row, or where nothing adds up."""
        adding = [column.name for column in self.columns if column.adds]
        found: dict[str, dict[str, Any]] = {}
        for row in self.rows if adding and len(self.rows) > 1 else ():
            currency = row.get("currency", "")
            sums = found.setdefault(currency, {"currency": currency, **dict.fromkeys(adding, 0)})
            for name in adding:
                sums[name] += row[name] or 0
        for sums in found.values():
            sums.update({each.name: share_of(*(sums[part] for part in each.of)) for each in self.columns if each.of})
        rest = self.columns[1:]
        return [[_("Total"), *(self._read(row, column) for column in rest)] for _key, row in sorted(found.items())]

    def chart(self) -> dict[str, Any]:
        """What `static/desk/charts.js` draws."""
        by_name = {column.name: column for column in self.columns}
        lines = []
        for name in self.drawn:
            column = by_name[name]
            plain = [_plain(row, column) for row in self.rows]
            told = [self._read(row, column) for row in self.rows]
            lines.append({"label": str(column.label), "values": plain, "told": told})
        first = self.columns[0]
        return {"shape": self.shape, "labels": [self._read(row, first) for row in self.rows], "lines": lines}

    def file(self) -> bytes:
        """CSV as RFC 4180 has it: names of columns, numbers without signs of a country, days as ISO 8601 has them."""
        rows = ([self._written(row, column) for column in self.columns] for row in self.rows)
        return written([column.name for column in self.columns], rows)

    def _read(self, row: dict[str, Any], column: Column) -> str:
        value: Any = row.get(column.name)
        if value is None and column.kind is not Kind.KEY:
            return NOTHING
        match column.kind:
            case Kind.KEY | Kind.TIME:
                return self.names(value)
            case Kind.COUNT:
                return speech.count(value)
            case Kind.SHARE:
                return share_text(value)
            case Kind.MONEY:
                return speech.money(value, row["currency"])
            case Kind.MINUTES:
                return speech.length(value)
        return str(value)

    def _written(self, row: dict[str, Any], column: Column) -> str:
        value: Any = row.get(column.name)
        if value is None and column.kind is not Kind.KEY:
            return ""
        writers: dict[Kind, Callable[[], str]] = {
            Kind.KEY: lambda: guarded(self.names(value)),
            Kind.WORDS: lambda: guarded(str(value)),
            Kind.SHARE: lambda: percent_text(value),
            Kind.MONEY: lambda: as_text(value, row["currency"]),
        }
        return writers.get(column.kind, lambda: str(value))()


def _plain(row: dict[str, Any], column: Column) -> float | None:
    value = row.get(column.name)
    if value is None:
        return None
    if column.kind is Kind.SHARE:
        return float(value) / 100
    return float(as_text(value, row["currency"])) if column.kind is Kind.MONEY else float(value)


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure, and how it was in the days that it is held against."""

    label: Text
    value: str
    before: str = ""
    change: str = ""
    is_up: bool = False
    note: Text = ""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """How full one hour is: `level` from 0 to 5, None where it is never open."""

    share: str
    level: int | None

    @property
    def html(self) -> str:
        """As a cell of a table: there are hundreds on a page."""
        if self.level is None:
            return format_html("<td>{}</td>", self.share)
        return format_html('<td class="heat-{}">{}</td>', self.level, self.share)


@dataclass(frozen=True, slots=True)
class Heat:
    """Rows by hours of the day."""

    slug: str
    title: Text
    corner: Text
    hours: Sequence[int]
    rows: Sequence[tuple[str, Sequence[HeatCell]]]


def heat_of(slug: str, title: Text, corner: Text, rows: list[dict[str, Any]], names: dict[Any, str]) -> Heat:
    """A heat map of rows with keys `(row, hour)`; hours before the first and after the last that is open are left."""
    found = {row["key"]: (row["open_minutes"], row["booked_minutes"]) for row in rows}
    used = [hour for (_row, hour), minutes in found.items() if any(minutes)]
    hours = range(min(used), max(used) + 1) if used else range(0)
    cells = {minutes: _heat_cell(*minutes) for minutes in {(0, 0), *found.values()}}
    shown = [(name, [cells[found.get((key, hour), (0, 0))] for hour in hours]) for key, name in names.items()]
    return Heat(slug, title, corner, hours, shown if used else [])


def _heat_cell(is_open: int, booked: int) -> HeatCell:
    if not is_open:
        return HeatCell("", None)
    share = min(booked * FULL // is_open, FULL)
    return HeatCell(share_text(share), -(-share * LEVELS // FULL))


def share_of(part: int, whole: int) -> int | None:
    """Basis points; None of nothing."""
    return part * FULL // whole if whole else None


def share_text(basis_points: int) -> str:
    """To the whole per cent."""
    return speech.percent((basis_points + 50) // 100 * 100)


def key_names(by: By, names: dict[Any, str]) -> Callable[[Any], str]:
    """What keys of a report's rows are called."""

    def name(key: Any) -> str:
        if by in {By.DAY, By.WEEK}:
            day = speech.day(date.fromisoformat(key), form="d MMM")
            return day if by is By.DAY else _("Week of %(day)s") % {"day": day}
        if by is By.MONTH:
            return speech.day(date.fromisoformat(f"{key}-01"), form="LLLL y")
        if by is By.WEEKDAY:
            return weekday(key)
        return names.get(key, NOTHING) if names else str(key)

    return name


def weekday(number: int) -> str:
    """`0` reads `Monday`."""
    return speech.day(date(2024, 1, 1 + number), form="EEEE")
