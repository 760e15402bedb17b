"""What a document says, as texts in its own language: everything that is drawn, and nothing to be worked out."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what, at which rate of VAT, and how much, tax included."""

    label: str
    vat: str
    amount: str


@dataclass(frozen=True, slots=True)
class TaxRow:
    """What part of the total is tax, at one rate."""

    rate: str
    net: str
    tax: str
    gross: str


@dataclass(frozen=True, slots=True)
class Headings:
    """The words of the tables and the foot; `page` has places for the page's number and for how many there are."""

    label: str
    vat: str
    amount: str
    rate: str
    net: str
    tax: str
    gross: str
    page: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document. `facts` are pairs such as `("Number", "RE-2026-0001")`; `colour` is the brand's, `#rrggbb`.

    `made_at` and everything else comes from what was issued, so that the same document is the same bytes.
    """

    title: str
    number: str
    brand: str
    colour: str
    language: str
    made_at: datetime
    facts: tuple[tuple[str, str], ...]
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    about: str
    headings: Headings
    rows: tuple[Row, ...]
    total_label: str
    total: str
    taxes: tuple[TaxRow, ...] = ()
    payment: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    foot: tuple[str, ...] = field(default=())
