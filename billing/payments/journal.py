"""The tenant's books as its adviser keeps them: one line for each movement, from one account to another.

Documents say what was sold and at which rate of VAT; the statement of the Stripe balance says what it cost and what was
paid out. Each line has the account that gets the amount and the one that gives it. A document's money is on the account
of the means by which it was paid; what an invoice claims is on the account of claims until its money comes. Selling
gift credit is no sale: it has no document and no line here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Model, QuerySet

from billing.payments.models import (
    BookkeepingSettings,
    Document,
    DocumentLine,
    Entry,
    LedgerAccount,
    Posting,
)
from billing.payments.papers import acknowledging
from tenants.zones import zone

Row = TypeVar("Row", bound=Model)
Purpose = LedgerAccount.Purpose
Chart = BookkeepingSettings.Chart
ONLY = 1
TOGETHER = 500
FULL_RATE, LOW_RATE = 1900, 700
CHARTS: dict[str, dict[tuple[str, int | None], str]] = {
    Chart.SKR03: {
        (Purpose.REVENUE, FULL_RATE): "8400", (Purpose.REVENUE, LOW_RATE): "8300", (Purpose.REVENUE, None): "8200",
        (Purpose.ONLINE, None): "1360", (Purpose.CASH, None): "1000", (Purpose.CARD, None): "1361",
        (Purpose.BANK, None): "1200", (Purpose.RECEIVABLE, None): "1400", (Purpose.GIFT_CREDIT, None): "1604",
        (Purpose.OTHER, None): "1590", (Purpose.STRIPE_FEES, None): "4970", (Purpose.PLATFORM_FEES, None): "4980",
        (Purpose.DISPUTES, None): "2400",
    },
    Chart.SKR04: {
        (Purpose.REVENUE, FULL_RATE): "4400", (Purpose.REVENUE, LOW_RATE): "4300", (Purpose.REVENUE, None): "4200",
        (Purpose.ONLINE, None): "1460", (Purpose.CASH, None): "1600", (Purpose.CARD, None): "1461",
        (Purpose.BANK, None): "1800", (Purpose.RECEIVABLE, None): "1200", (Purpose.GIFT_CREDIT, None): "3304",
        (Purpose.OTHER, None): "1370", (Purpose.STRIPE_FEES, None): "6855", (Purpose.PLATFORM_FEES, None): "6860",
        (Purpose.DISPUTES, None): "6930",
    },
}  # fmt: skip
"""DATEV's numbers; revenue at a rate that has no account of its own is on the last one."""
MEANS = {
    "": Purpose.ONLINE,
    Document.Means.CASH: Purpose.CASH,
    Document.Means.CARD: Purpose.CARD,
    Document.Means.TRANSFER: Purpose.BANK,
    Document.Means.INVOICE: Purpose.RECEIVABLE,
    Document.Means.GIFT_CREDIT: Purpose.GIFT_CREDIT,
    Document.Means.OTHER: Purpose.OTHER,
}
OF_ENTRIES = {
    Entry.Account.STRIPE_FEES: Purpose.STRIPE_FEES,
    Entry.Account.PLATFORM_FEES: Purpose.PLATFORM_FEES,
    Entry.Account.BANK: Purpose.BANK,
    Entry.Account.DISPUTES: Purpose.DISPUTES,
    Entry.Account.OTHER: Purpose.OTHER,
}
"""What leaves the Stripe balance for something that no document shows; customers' money is in the documents."""


@dataclass(frozen=True, slots=True)
class Line:
    """`amount_minor` (above 0) of a currency goes from the account `gives` to the account `gets`, on a local day.

    `rate` is the rate of VAT in basis points where it is revenue.
    """

    day: date
    amount_minor: int
    currency: str
    gets: str
    gives: str
    paper: str
    about: str
    rate: int | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """The numbers that are in force."""

    chart: str
    own: dict[tuple[str, int | None], str]

    @classmethod
    def now(cls) -> "Accounts":
        """Those of the tenant: two queries."""
        rows = LedgerAccount.objects.values_list("purpose", "tax_rate", "number")
        return cls(settings_now().chart, {(purpose, rate): number for purpose, rate, number in rows})

    def of(self, purpose: str, rate: int | None = None) -> str:
        """The number of an account."""
        chart = CHARTS[self.chart]
        return self.own.get((purpose, rate)) or chart.get((purpose, rate)) or chart[purpose, None]


def settings_now() -> BookkeepingSettings:
    """What the tenant said, or the defaults."""
    return BookkeepingSettings.objects.filter(pk=ONLY).first() or BookkeepingSettings(pk=ONLY)


def lines(start: datetime, end: datetime, zone_name: str) -> Iterator[Line]:
    """The lines of instants from `start` to `end`: documents first, then the statement, each in order of time.

    `zone_name` is the house's: days are those on its clocks, as the span's, also of what a venue far away sold. Rows
    are read some at a time.
    """
    accounts = Accounts.now()
    papers = Document.objects.filter(issued_at__gte=start, issued_at__lt=end).order_by("issued_at", "pk")
    silent = set(papers.filter(acknowledging()).values_list("pk", flat=True))
    for paper, parts in _with_parts(papers):
        day = paper.issued_at.astimezone(zone(zone_name)).date()
        yield from _of_paper(paper, parts, accounts, day, paper.pk in silent)
    moved = Posting.objects.filter(at__gte=start, at__lt=end).order_by("at", "pk")
    for together in _some(moved.prefetch_related("entries")):
        for posting in together:
            yield from _of_posting(posting, accounts, zone_name)


def _with_parts(papers: QuerySet[Document]) -> Iterator[tuple[Document, list[tuple[int, int]]]]:
    """Documents with what they show at each rate; two queries for five hundred of them."""
    for together in _some(papers):
        shown: dict[int, dict[int, int]] = {paper.pk: {} for paper in together}
        found = DocumentLine.objects.filter(document__in=shown).values_list("document", "tax_rate", "amount_minor")
        for document, rate, amount in found:
            shown[document][rate] = shown[document].get(rate, 0) + amount
        yield from ((paper, sorted(shown[paper.pk].items())) for paper in together)


def _some(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    """Rows in their order, some at a time; which there are is decided first, and no cursor is held between two."""
    keys = list(rows.values_list("pk", flat=True))
    for at in range(0, len(keys), TOGETHER):
        found = rows.in_bulk(keys[at : at + TOGETHER])
        yield [found[key] for key in keys[at : at + TOGETHER] if key in found]


def _of_paper(
    paper: Document, parts: list[tuple[int, int]], accounts: Accounts, day: date, acknowledges: bool
) -> Iterator[Line]:
    is_claim = paper.kind == Document.Kind.INVOICE or (
        paper.kind == Document.Kind.CREDIT_NOTE and not paper.paid_by and paper.refund_id is None
    )
    money = accounts.of(Purpose.RECEIVABLE if is_claim else MEANS[paper.paid_by])
    if acknowledges:
        parts = [(0, sum(amount for _rate, amount in parts))]
    for rate, amount in parts:
        other = accounts.of(Purpose.RECEIVABLE) if acknowledges else accounts.of(Purpose.REVENUE, rate)
        gets, gives = (money, other) if amount > 0 else (other, money)
        if amount and gets != gives:
            yield Line(
                day=day,
                amount_minor=abs(amount),
                currency=paper.currency,
                gets=gets,
                gives=gives,
                paper=paper.number,
                about=f"{paper.booking_reference} {paper.about}".strip(),
                rate=None if acknowledges else rate,
            )


def _of_posting(posting: Posting, accounts: Accounts, zone_name: str) -> Iterator[Line]:
    day = posting.at.astimezone(zone(zone_name)).date()
    balance = accounts.of(Purpose.ONLINE)
    for entry in sorted(posting.entries.all(), key=lambda each: each.account):
        purpose = OF_ENTRIES.get(Entry.Account(entry.account))
        if purpose is None:
            continue
        other = accounts.of(purpose)
        gets, gives = (other, balance) if entry.amount_minor > 0 else (balance, other)
        yield Line(
            day=day,
            amount_minor=abs(entry.amount_minor),
            currency=posting.currency,
            gets=gets,
            gives=gives,
            paper=posting.source_id or posting.transaction_id,
            about=posting.kind.replace("_", " "),
        )
