"""DATEV's file of bookings: "Buchungsstapel", format EXTF 700, category 21, of version 13.

Its first line says whose books and which days it is about, its second names the columns, each further line is one
movement: an amount without sign, S where the account gets it, the two accounts, the day as DDMM, the paper and what it
was for. Windows-1252, semicolons, CRLF, decimal commas; fields after the text are left out. A file is about one
currency and one year of the books. Accounts carry VAT by themselves (Automatikkonten), so no key is written.
Source: developer.datev.de, "DATEV-Format".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from billing.payments.journal import Line
from billing.payments.models import BookkeepingSettings
from kernel.money import as_text

ENCODING = "cp1252"
COLUMNS = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz",
    "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto",
    "Buchungstext",
)  # fmt: skip
LONGEST_PAPER, LONGEST_TEXT, LONGEST_NAME = 36, 60, 30
ALLOWED_IN_PAPERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789$&%*+-/")


@dataclass(frozen=True, slots=True)
class Span:
    """Local days of one year of the books, both inclusive, and the currency of all lines."""

    first: date
    last: date
    currency: str


def file_of(lines: Iterable[Line], span: Span, settings: BookkeepingSettings, made_at: datetime) -> Iterator[bytes]:
    """The file, line by line; of `lines` those in the currency."""
    yield _row(_head(span, settings, made_at))
    yield _row([*COLUMNS])
    for line in lines:
        if line.currency == span.currency:
            yield _row(_fields(line, settings.account_length))


def _head(span: Span, settings: BookkeepingSettings, made_at: datetime) -> list[str]:
    made = f"{made_at:%Y%m%d%H%M%S}{made_at.microsecond // 1000:03}"
    name = f"Forecourt {span.first:%m/%Y}"[:LONGEST_NAME]
    return [
        _text("EXTF"), "700", "21", _text("Buchungsstapel"), "13", made, "", _text("FC"), _text(""), _text(""),
        str(settings.adviser_number), str(settings.client_number), f"{span.first.replace(month=1, day=1):%Y%m%d}",
        str(settings.account_length), f"{span.first:%Y%m%d}", f"{span.last:%Y%m%d}", _text(name), _text(""), "1", "0",
        "0", _text(span.currency), "", _text(""), "", "", _text(settings.chart[-2:]), "", "", _text(""), _text(""),
    ]  # fmt: skip


def _fields(line: Line, digits: int) -> list[str]:
    amount = as_text(line.amount_minor, line.currency).replace(".", ",")
    paper = "".join(sign for sign in line.paper if sign in ALLOWED_IN_PAPERS)[:LONGEST_PAPER]
    gets, gives = _account(line.gets, digits), _account(line.gives, digits)
    return [
        amount, _text("S"), _text(line.currency), "", "", _text(""), gets, gives, _text(""),
        f"{line.day:%d%m}", _text(paper), _text(""), "", _text(line.about[:LONGEST_TEXT]),
    ]  # fmt: skip


def _account(number: str, digits: int) -> str:
    """8400 is 84000 where accounts have five digits."""
    return number.ljust(digits, "0")


def _text(words: str) -> str:
    """In quotes; quotes are doubled, and what would break a line is a space."""
    plain = " ".join(words.split())
    return '"' + plain.replace('"', '""') + '"'


def _row(fields: list[str]) -> bytes:
    return (";".join(fields) + "\r\n").encode(ENCODING, "replace")
