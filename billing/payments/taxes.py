"""The tax that documents show, by rate: what a tenant tells its tax office.

Receipts and invoices count on the day on which they were issued, credit notes take back; what only acknowledges money
for an invoice shows no tax and is left out.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from billing.payments.models import Document, DocumentLine
from billing.payments.papers import acknowledging


@dataclass(frozen=True, slots=True)
class Taxed:
    """Money at one rate (basis points), in minor units of a currency."""

    currency: str
    rate: int
    gross_minor: int
    tax_minor: int

    @property
    def net_minor(self) -> int:
        """Without the tax."""
        return self.gross_minor - self.tax_minor


def by_rate(papers: QuerySet[Document], start: datetime, end: datetime) -> list[Taxed]:
    """The sums of documents issued from `start` to `end`, by currency and rate. One query."""
    shown = papers.filter(issued_at__gte=start, issued_at__lt=end).exclude(
        Q(pk__in=Document.objects.filter(acknowledging()).values("pk"))
    )
    rows = DocumentLine.objects.filter(document__in=shown.order_by().values("pk"))
    sums = rows.order_by("document__currency", "tax_rate").values_list("document__currency", "tax_rate")
    return [Taxed(*row) for row in sums.annotate(Sum("amount_minor"), Sum("tax_minor"))]


def together(rows: list[Taxed]) -> list[Taxed]:
    """All rates of each currency in one; the rate is 0."""
    found: dict[str, Taxed] = {}
    for row in rows:
        sums = found.get(row.currency, Taxed(row.currency, 0, 0, 0))
        found[row.currency] = Taxed(row.currency, 0, sums.gross_minor + row.gross_minor, sums.tax_minor + row.tax_minor)
    return list(found.values())
