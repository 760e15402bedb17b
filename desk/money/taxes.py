"""The tax that documents show, for a month or a quarter, by rate; and as a file."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from billing.access import check_sees_books
from billing.payments import taxes
from billing.payments.models import Document
from desk.money.spans import SpanForm
from desk.spreadsheets import attached, written
from kernel.money import as_text, percent_text
from schemas.clock import database_now

COLUMNS = ("currency", "vat_percent", "net", "tax", "gross")


@staff_only
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """Net, tax and gross of the documents that were issued."""
    check_sees_books(request.user)
    form = SpanForm(database_now(), request.GET)
    start, end = form.instants()
    rows = taxes.by_rate(Document.objects.all(), start, end)
    if request.GET.get("format") == "csv":
        return _file(rows, form)
    return render(
        request,
        "desk/money/taxes.html",
        {"form": form, "rows": rows, "sums": taxes.together(rows), "days": form.days()},
    )


def _file(rows: list[taxes.Taxed], form: SpanForm) -> HttpResponse:
    days = form.days()
    return attached(written(COLUMNS, map(_row, rows)), f"vat-{days.first}-{days.last}")


def _row(row: taxes.Taxed) -> list[str]:
    amounts = (as_text(minor, row.currency) for minor in (row.net_minor, row.tax_minor, row.gross_minor))
    return [row.currency, percent_text(row.rate), *amounts]
