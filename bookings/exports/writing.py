"""Rows as a stream of bytes that stays in its tenant's schema, whoever else is served meanwhile (T06)."""

import csv
import io
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from django_tenants.utils import tenant_context

from bookings.exports.cells import guarded
from kernel import failpoints

log = logging.getLogger(__name__)

TOGETHER = 500
"""So many rows are read and written at once: what a stream has in memory does not depend on how long it is."""
BOM = "\ufeff"
"""Excel takes a CSV file without it for one of the old code page, and umlauts for something else."""

INCOMPLETE = "This file broke off. Please export again."

Row = dict[str, Any]


class Form(StrEnum):
    """What a file looks like."""

    CSV = "csv"
    JSONL = "jsonl"


MEDIA_TYPES = {Form.CSV: "text/csv; charset=utf-8; header=present", Form.JSONL: "application/x-ndjson"}


@dataclass(frozen=True)
class Rows:
    """How many rows there are, and the rows, which are read when they are asked for: in the tenant's schema only."""

    total: int
    each: Iterator[Row]


@dataclass(frozen=True)
class Sheet:
    """What is exported: the columns, in order, and a function that decides which rows it has.

    `plain` columns are made by the house (numbers, dates, codes) and are written as they are; all others are people's
    words.
    """

    name: str
    columns: tuple[str, ...]
    plain: frozenset[str]
    rows: Callable[[], Rows]


@dataclass(frozen=True, slots=True)
class Style:
    """CSV or JSON Lines, and what stands between the cells of CSV."""

    form: Form = Form.CSV
    separator: str = ","


def stream(tenant: Any, sheet: Sheet, rows: Iterator[Row], style: Style) -> Iterator[bytes]:
    """The file, piece by piece. What goes wrong on the way becomes its last line: a server would end it as if whole.

    Nothing is read between two pieces: whoever works in this thread meanwhile finds the schema that was current before.
    """
    if style.form == Form.CSV:
        yield headline(sheet, style)
    try:
        while together := _some(tenant, rows):
            yield written(together, sheet, style)
    except Exception as error:
        log.error("export of %s broke off: %s", sheet.name, type(error).__name__)
        told = {"error": {"code": "incomplete", "detail": INCOMPLETE}}
        yield f"INCOMPLETE: {INCOMPLETE}\r\n".encode() if style.form == Form.CSV else _jsonl([told])


def headline(sheet: Sheet, style: Style) -> bytes:
    """The first line of CSV: what the columns are called."""
    return _csv([dict(zip(sheet.columns, sheet.columns, strict=True))], sheet, style, before=BOM)


def written(together: Iterable[Row], sheet: Sheet, style: Style) -> bytes:
    """Some rows, as they stand in the file."""
    return _csv(together, sheet, style) if style.form == Form.CSV else _jsonl(together)


def _some(tenant: Any, rows: Iterator[Row]) -> list[Row]:
    with tenant_context(tenant):
        together = list(islice(rows, TOGETHER))
    failpoints.hit("export.piece")
    return together


def _csv(rows: Iterable[Row], sheet: Sheet, style: Style, before: str = "") -> bytes:
    """RFC 4180: CRLF, and quotes where they are needed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=style.separator, lineterminator="\r\n")
    writer.writerows([_cell(row[name], sheet, name) for name in sheet.columns] for row in rows)
    return f"{before}{text.getvalue()}".encode()


def _cell(value: Any, sheet: Sheet, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if name in sheet.plain else guarded(text)


def _jsonl(rows: Iterable[Row]) -> bytes:
    """One object a line, as it is: JSON is no spreadsheet."""
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
