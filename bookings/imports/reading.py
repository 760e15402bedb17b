"""Reading a CSV file that somebody's program or spreadsheet wrote: which encoding, which separator, which columns."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bookings.exports.cells import unguarded
from kernel.errors import Invalid

MOST_BYTES = 5_000_000
MOST_ROWS = 5000
MOST_COLUMNS = 100
LONGEST_CELL = 5000
SEPARATORS = (",", ";", "\t")
BOMS_OF_OTHERS = (b"\xff\xfe", b"\xfe\xff")
"""Of UTF-16, as some spreadsheets write "Unicode text"."""
SAID = re.compile(r"sep=([,;\t])\r?\n")
QUOTED = re.compile(r'"[^"]*"')
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Line:
    """A row: `number` as a spreadsheet counts it, the header being 1; cells by column, empty ones left out.

    `at` is when a date of a calendar starts.
    """

    number: int
    cells: dict[str, str]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, and columns that nothing is made of."""

    lines: list[Line]
    ignored: list[str]


def table(content: bytes, known: Sequence[str], required: Sequence[str]) -> Table:
    """A file as rows. Raises `Invalid` for one that cannot be read as a whole: nothing of it is imported then."""
    text = decoded(content)
    said = SAID.match(text)  # a line of Excel's own, which counts as a row
    rows = _rows(text[said.end() :] if said else text, said[1] if said else "")
    header = _header(next(rows, []), required)
    lines = []
    for number, row in enumerate(rows, 3 if said else 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(header):
            raise _unreadable(_("Row %(row)s has more cells than the first row.") % {"row": number})
        cells = {name: unguarded(cell).strip() for name, cell in zip(header, row, strict=False) if name in known}
        lines.append(Line(number, {name: cell for name, cell in cells.items() if cell}))
        if len(lines) > MOST_ROWS:
            raise Invalid("too_many_rows", _("A file has %(most)d rows at most.") % {"most": MOST_ROWS})
    if not lines:
        raise Invalid("no_rows", _("There is nothing in this file."))
    return Table(lines, [name[:60] for name in header if name not in known])


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark, or in Windows' cp1252.

    Raises `Invalid`: `file_too_large`, and `encoding_unknown` for anything else.
    """
    if len(content) > MOST_BYTES:
        raise too_large()
    if content.startswith(BOMS_OF_OTHERS) or b"\x00" in content:
        raise _unknown_encoding()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError:
            raise _unknown_encoding() from None
    if CONTROLS.search(text):
        raise _unknown_encoding()
    return text


def too_large() -> Invalid:
    """A file that is larger than files may be."""
    return Invalid("file_too_large", _("A file has %(most)d MB at most.") % {"most": MOST_BYTES // 1_000_000})


def _unknown_encoding() -> Invalid:
    return Invalid("encoding_unknown", _("This file cannot be read as text. Save it as CSV in UTF-8."))


def _unreadable(why: str) -> Invalid:
    return Invalid("csv_invalid", why)


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    first = QUOTED.sub("", text.split("\n", 1)[0])
    separator = separator or max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            if len(row) > MOST_COLUMNS or any(len(cell) > LONGEST_CELL for cell in row):
                raise _unreadable(_("Line %(line)s is too long.") % {"line": reader.line_num})
            yield row
    except csv.Error:
        raise _unreadable(_("Line %(line)s is no CSV: look at its quotes.") % {"line": reader.line_num}) from None


def _header(row: list[str], required: Sequence[str]) -> list[str]:
    """The names of the columns: lower case, with `_` for blanks; empty ones are nobody's."""
    header = [re.sub(r"[\s-]+", "_", unguarded(cell).strip().lower()) for cell in row]
    twice = sorted(name for name, count in Counter(header).items() if name and count > 1)
    if twice:
        raise Invalid("columns_twice", _("Columns that are there twice: %(names)s") % {"names": ", ".join(twice)[:200]})
    missing = [name for name in required if name not in header]
    if missing:
        raise Invalid("columns_missing", _("Columns that are missing: %(names)s") % {"names": ", ".join(missing)})
    return header
