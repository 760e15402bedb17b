"""The books for the adviser: which accounts are meant, and the file of a span of days."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import staff_only
from accounts.forms import DressedForm, dressed
from billing.access import check_runs_money, check_sees_books, runs_money
from billing.payments import datev, journal
from billing.payments.models import BookkeepingSettings, DocumentLine, LedgerAccount
from bookings.exports.cells import guarded
from desk.money.spans import SpanForm
from desk.spreadsheets import attached, written
from kernel.money import as_text, percent_text
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants import speech

PAGE = "money-bookkeeping"
COLUMNS = ("day", "currency", "amount", "account", "contra_account", "vat_percent", "paper", "text")


class BookkeepingForm(forms.ModelForm):
    """DATEV's numbers and the chart."""

    class Meta:
        model = BookkeepingSettings
        fields = ["chart", "adviser_number", "client_number", "account_length"]
        labels = {
            "chart": gettext_lazy("Chart of accounts"),
            "adviser_number": gettext_lazy("Number of the adviser"),
            "client_number": gettext_lazy("Number of the client"),
            "account_length": gettext_lazy("Digits of an account"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class AccountsForm(DressedForm):
    """An account for each purpose and each rate; empty for the chart's own."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        chart = journal.Accounts(journal.settings_now().chart, {})
        own = {(each.purpose, each.tax_rate): each.number for each in LedgerAccount.objects.all()}
        for purpose, rate, label in _places(own):
            self.fields[_field(purpose, rate)] = forms.RegexField(
                r"\A[0-9]{3,9}\Z",
                label=label,
                required=False,
                initial=own.get((purpose, rate), ""),
                error_messages={"invalid": _("Write digits only.")},
                widget=forms.TextInput(
                    {"placeholder": chart.of(purpose, rate), "inputmode": "numeric", "class": "input"}
                ),
            )
        dressed(self)

    def save(self) -> None:
        """Keep what was said, forget what was emptied."""
        wanted = {_place(name): number for name, number in self.cleaned_data.items() if number}
        with transaction.atomic():
            for each in LedgerAccount.objects.select_for_update():
                number = wanted.pop((each.purpose, each.tax_rate), "")
                if not number:
                    each.delete()
                elif number != each.number:
                    LedgerAccount.objects.filter(pk=each.pk).update(number=number)
            for (purpose, rate), number in wanted.items():
                LedgerAccount.objects.update_or_create(purpose=purpose, tax_rate=rate, defaults={"number": number})


@staff_only
@require_safe
def books(request: HttpRequest) -> HttpResponse:
    """Choose days, take the file; and which accounts it names."""
    check_sees_books(request.user)
    return _page(request, BookkeepingForm(instance=journal.settings_now()), AccountsForm())


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: HttpRequest) -> HttpResponse:
    """Change the accounts; the owner alone."""
    check_runs_money(request.user)
    if request.method != "POST":
        return redirect(PAGE)
    settings, numbers = BookkeepingForm(request.POST, instance=journal.settings_now()), AccountsForm(request.POST)
    if not (settings.is_valid() & numbers.is_valid()):
        return _page(request, settings, numbers, HTTPStatus.BAD_REQUEST)
    settings.save()
    numbers.save()
    messages.success(request, _("The accounts are kept."))
    return redirect(PAGE)


@staff_only
@require_safe
def file(request: HttpRequest) -> HttpResponse:
    """The books of the days as CSV, or as DATEV reads them."""
    check_sees_books(request.user)
    now = database_now()
    form = SpanForm(now, request.GET)
    if not form.is_valid():
        return _page(request, BookkeepingForm(instance=journal.settings_now()), AccountsForm(), HTTPStatus.BAD_REQUEST)
    start, end = form.instants()
    tenant, days = current_tenant(), form.days()
    lines = journal.lines(start, end, tenant.time_zone)
    if request.GET.get("format") == "datev":
        span = datev.Span(days.first, days.last, request.GET.get("currency") or tenant.currency)
        content = b"".join(datev.file_of(lines, span, journal.settings_now(), now))
        return attached(content, f"EXTF_{days.first}_{days.last}", "text/csv; charset=windows-1252")
    return attached(written(COLUMNS, map(_row, lines)), f"books_{days.first}_{days.last}")


def _row(line: journal.Line) -> list[str]:
    """As a spreadsheet reads it; people's words are no formulas."""
    amount = as_text(line.amount_minor, line.currency)
    vat = "" if line.rate is None else percent_text(line.rate)
    words = (guarded(line.paper), guarded(line.about))
    return [line.day.isoformat(), line.currency, amount, line.gets, line.gives, vat, *words]


def _page(request: HttpRequest, settings: BookkeepingForm, numbers: AccountsForm, status: int = 200) -> HttpResponse:
    form = SpanForm(database_now(), request.GET)
    for name, field in settings.fields.items():
        field.widget.attrs["class"] = "select" if name == "chart" else "input"
    context = {"form": form, "days": form.days(), "settings": settings, "numbers": numbers}
    return render(request, "desk/money/books.html", context | {"runs": runs_money(request.user)}, status=status)


def _places(own: dict[tuple[str, int | None], str]) -> Iterator[tuple[str, int | None, str]]:
    rates = set(DocumentLine.objects.order_by().values_list("tax_rate", flat=True).distinct())
    rates |= {rate for _purpose, rate in own if rate is not None} | {1900, 700, 0}
    for rate in sorted(rates, reverse=True):
        yield LedgerAccount.Purpose.REVENUE, rate, _("Revenue at %(rate)s") % {"rate": speech.percent(rate)}
    for purpose in LedgerAccount.Purpose:
        if purpose != LedgerAccount.Purpose.REVENUE:
            yield purpose, None, str(purpose.label)


def _field(purpose: str, rate: int | None) -> str:
    return purpose if rate is None else f"{purpose}-{rate}"


def _place(name: str) -> tuple[str, int | None]:
    purpose, _dash, rate = name.partition("-")
    return purpose, int(rate) if rate else None
