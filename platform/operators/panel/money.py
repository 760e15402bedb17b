"""What the platform earns, on one page: subscriptions, how they move, payments and fees; each table as CSV."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from desk.spreadsheets import attached, written
from kernel.errors import NotFound
from kernel.money import as_text
from operators import earnings
from operators.earnings import Brings, Move, Taken
from operators.models import TenantDay, TenantTakings
from operators.panel.site import panel
from schemas.clock import database_now
from tenants import speech
from tenants.models import Tenant

BACK = 12
"""Months."""
MONTH = timedelta(days=30)
SPANS = (30, 90)
COLOURS = ("var(--color-primary-600)", "#d97706", "#7c3aed", "#64748b")
OPTIONS = json.dumps({"maintainAspectRatio": False, "plugins": {"legend": {"display": True, "position": "top"}}})


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its title; `charts` draw some of it, one for each currency. `name` is that of its CSV."""

    title: str
    about: str
    name: str
    headers: list[str]
    rows: list[list[Any]]
    charts: list[tuple[str, str, str]]

    @property
    def data(self) -> dict[str, Any]:
        """As Unfold's component wants it."""
        return {"headers": self.headers, "rows": self.rows}


@panel.page("figures/", "figures")
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """A year of it. Nothing is summed over currencies."""
    today = database_now().astimezone(UTC).date()
    first, last = earnings.first_of_month(today, BACK - 1), today.replace(day=1)
    moved, taken = earnings.moves(first, last), earnings.takings(first)
    tables = [
        _plans(earnings.by_plan()),
        _moves(moved),
        _takings(taken),
        _conversion(earnings.conversion(first)),
        *_top(today - MONTH),
    ]
    context = {"tables": tables, "options": OPTIONS}
    return panel.show(request, "operators/figures.html", _("Figures"), **context)


@panel.page("figures/export/", "figures-export")
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """One of the tables as CSV: amounts with a point, whatever the language."""
    today = database_now().astimezone(UTC).date()
    first, last = earnings.first_of_month(today, BACK - 1), today.replace(day=1)
    found: dict[str, Callable[[], Iterable[list[object]]]] = {
        "plans": lambda: _csv_of_plans(earnings.by_plan()),
        "moves": lambda: _csv_of_moves(earnings.moves(first, last)),
        "payments": lambda: _csv_of_takings(earnings.takings(first)),
        "trials": lambda: [["month", "came", "trying", "paying"], *map(list, earnings.conversion(first))],
    }
    name = request.GET.get("what", "")
    if name not in found:
        raise NotFound("not_found", "There is no such table.")
    columns, *rows = found[name]()
    return attached(written([str(each) for each in columns], rows), f"{name}-{today.isoformat()}")


def of_tenant(tenant: Tenant, days: int, today: date) -> list[Table]:
    """What one tenant did in its last days: bookings and, by currency, payments. Two queries."""
    since = today - timedelta(days=days)
    rows = list(TenantDay.objects.filter(schema_name=tenant.schema_name, day__gte=since).order_by("-day"))
    paid = list(TenantTakings.objects.filter(schema_name=tenant.schema_name, day__gte=since).order_by("-day"))
    made = Table(
        _("Bookings by day"), "", "", [_("Day (UTC)"), _("Bookings"), _("Resources")],
        [[row.day.isoformat(), row.bookings, "–" if row.resources is None else row.resources] for row in rows],
        [("", "bar", _drawn([row.day.isoformat() for row in rows], {_("Bookings"): [row.bookings for row in rows]}))],
    )  # fmt: skip
    money = Table(
        _("Payments by day"), "", "", [_("Day (UTC)"), _("Payments"), _("Volume"), _("Fees")],
        [
            [row.day.isoformat(), row.payments, _money(row.volume_minor, row), _money(row.fees_minor, row)]
            for row in paid
        ],
        [
            (
                currency,
                "bar",
                _drawn(
                    [row.day.isoformat() for row in paid if row.currency == currency],
                    {_("Volume"): [_major(row.volume_minor, row) for row in paid if row.currency == currency]},
                ),
            )
            for currency in sorted({row.currency for row in paid})
        ],
    )  # fmt: skip
    return [made, money]


def _plans(rows: list[Brings]) -> Table:
    about = _(
        "At list prices, net; a yearly price is a twelfth a month. Counted are those who pay or are late with paying;"
        " trials and granted plans bring nothing."
    )
    headers = [_("Plan"), _("Paying"), "MRR", _("of that late"), _("On trial"), _("Granted")]
    cells = [
        [
            each.plan, each.paying, _money(each.mrr_minor, each), _late(each), each.trying, each.granted,
        ]
        for each in rows
    ]  # fmt: skip
    sums = [
        [_("Together"), "", speech.money(minor, currency), "", "", ""] for currency, minor in earnings.mrr().items()
    ]
    return Table(_("Subscriptions now"), about, "plans", headers, cells + sums, [])


def _late(each: Brings) -> str:
    return f"{each.late} · {_money(each.late_minor, each)}" if each.late else "–"


def _moves(rows: list[Move]) -> Table:
    about = _(
        "From the last day of a month to that of the next. Churn of customers is how many of those who paid at the"
        " beginning do not any more, churn of revenue what went with them or became less."
    )
    headers = [
        _("Month"), "MRR", _("Customers"), _("Newly won"), _("More"), _("Less"), _("Lost"),
        _("Churn of customers"), _("Churn of revenue"),
    ]  # fmt: skip
    cells = [
        [
            f"{each.month:%Y-%m}", _money(each.mrr_minor, each), each.customers,
            *(
                [_money(minor, each) for minor in (each.new_minor, each.more_minor, each.less_minor, each.lost_minor)]
                if each.is_compared
                else ["–"] * 4
            ),
            _percent(each.churn), _percent(each.revenue_churn),
        ]
        for each in rows
    ]  # fmt: skip
    charts = []
    for currency in sorted({each.currency for each in rows}):
        mine = [each for each in rows if each.currency == currency]
        charts.append(
            (currency, "line", _drawn(_months(mine), {"MRR": [_major(each.mrr_minor, each) for each in mine]}))
        )
    return Table(_("How revenue moves"), about, "moves", headers, cells, charts)


def _takings(rows: list[Taken]) -> Table:
    about = _("What customers paid tenants online, and what the platform kept of it. Months are in UTC.")
    headers = [
        _("Month"), _("Tenants"), _("Payments"), _("Volume"), _("On average"), _("Fees"), _("Fees given back"),
    ]  # fmt: skip
    cells = [
        [
            f"{each.month:%Y-%m}", each.tenants, each.payments, _money(each.volume_minor, each),
            _money(each.average_minor, each), _money(each.fees_minor, each), _money(each.returned_minor, each),
        ]
        for each in rows
    ]  # fmt: skip
    charts = []
    for currency in sorted({each.currency for each in rows}):
        mine = [each for each in rows if each.currency == currency]
        lines = {
            _("Volume"): [_major(each.volume_minor, each) for each in mine],
            _("Fees"): [_major(each.fees_minor, each) for each in mine],
        }
        charts.append((currency, "bar", _drawn(_months(mine), lines)))
    return Table(_("Payments and fees"), about, "payments", headers, cells, charts)


def _conversion(rows: list[tuple[date, int, int, int]]) -> Table:
    about = _("Of the tenants that came in a month and are still here, how many pay for a plan now.")
    headers = [_("Month"), _("Came"), _("On trial"), _("Paying"), _("Share of those whose trial is over")]
    cells = [
        [f"{month:%Y-%m}", came, trying, paying, _percent(paying * 100 / (came - trying) if came > trying else None)]
        for month, came, trying, paying in rows
    ]
    return Table(_("From trial to paying"), about, "trials", headers, cells, [])


def _top(since: date) -> list[Table]:
    return [
        Table(
            _("Most paid in 30 days, %(currency)s") % {"currency": currency}, "", "", [_("Tenant"), _("Volume")],
            [[_link(tenant, schema), speech.money(minor, currency)] for tenant, schema, minor in lines], [],
        )
        for currency, lines in earnings.top(since)
    ]  # fmt: skip


def _link(tenant: Tenant | None, schema: str) -> str:
    if tenant is None:
        return schema
    where = reverse("admin:tenants_tenant_change", args=[tenant.pk])
    return format_html('<a class="underline" href="{}">{}</a>', where, tenant.name)


def _money(minor: int, row: Any) -> str:
    return speech.money(minor, row.currency)


def _major(minor: int, row: Any) -> float:
    return float(as_text(minor, row.currency))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1f} %"


def _months(rows: Iterable[Any]) -> list[str]:
    return [f"{each.month:%Y-%m}" for each in rows]


def _drawn(labels: list[str], lines: dict[str, list[Any]]) -> str:
    """The newest first here, the oldest at the left there."""
    datasets = [
        {"label": name, "data": values[::-1], "borderColor": colour, "backgroundColor": colour}
        for (name, values), colour in zip(lines.items(), COLOURS, strict=False)
    ]
    return json.dumps({"labels": labels[::-1], "datasets": datasets})


def _csv_of_plans(rows: list[Brings]) -> Iterable[list[object]]:
    yield ["plan", "currency", "paying", "mrr", "late", "late_mrr", "trying", "granted"]
    for each in rows:
        sums = as_text(each.mrr_minor, each.currency), as_text(each.late_minor, each.currency)
        yield [each.plan, each.currency, each.paying, sums[0], each.late, sums[1], each.trying, each.granted]


def _csv_of_moves(rows: list[Move]) -> Iterable[list[object]]:
    yield ["month", "currency", "mrr", "customers", "new", "more", "less", "lost", "customers_lost", "customers_before"]
    for each in rows:
        moved = (each.new_minor, each.more_minor, each.less_minor, each.lost_minor)
        sums = [as_text(minor, each.currency) if each.is_compared else "" for minor in moved]
        total = as_text(each.mrr_minor, each.currency)
        lost = [each.customers_lost, each.customers_before]
        yield [f"{each.month:%Y-%m}", each.currency, total, each.customers, *sums, *lost]


def _csv_of_takings(rows: list[Taken]) -> Iterable[list[object]]:
    yield ["month", "currency", "tenants", "payments", "volume", "fees", "fees_given_back"]
    for each in rows:
        sums = [as_text(minor, each.currency) for minor in (each.volume_minor, each.fees_minor, each.returned_minor)]
        yield [f"{each.month:%Y-%m}", each.currency, each.tenants, each.payments, *sums]
