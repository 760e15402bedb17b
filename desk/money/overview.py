"""How the money stands: what came, what is open, what goes back, and whether it all fits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from billing.access import check_sees_money, sees_books
from billing.payments import disputes
from billing.payments.models import Dispute, Payout, Reconciliation, Refund
from billing.payments.payouts import FAILED
from bookings import debts, takings
from bookings.access import bookings_for_staff
from bookings.models import OnSitePayment, Purchase
from bookings.reports import money
from bookings.reports.scope import By, Scope
from desk.money.spans import ManyDaysForm
from desk.reports.asked import Days, span_of, today_in
from desk.reports.tables import Column, Kind, Table, key_names
from desk.spreadsheets import attached
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants.zones import zone
from venues.access import Anyone, resources_seen_by

ON_ITS_WAY = ("pending", "in_transit")


@dataclass(frozen=True, slots=True)
class Back:
    """Money that goes back, in minor units of a currency: on its way, and how many refunds have failed."""

    currency: str
    coming_minor: int
    failed: int


@staff_only
@require_safe
def takings_page(request: HttpRequest) -> HttpResponse:
    """The figures of today and of the month, and what somebody has to look after."""
    check_sees_money(request.user)
    now = database_now()
    today = today_in(now, zone(current_tenant().time_zone))
    bookings = bookings_for_staff(request.user)
    books = sees_books(request.user)
    mine = None if books else bookings
    form = ManyDaysForm(now, request.GET)
    table = _by_day(_scope(request.user, form.days(), By.DAY))
    if request.GET.get("format") == "csv" and form.is_valid():
        return attached(table.file(), f"takings-{form.days().first}-{form.days().last}")
    spans = [("today", Days(today, today)), ("month", span_of("month", today))]
    context = {
        "form": form,
        "days": form.days(),
        "table": table,
        "spans": [(name, _came(_scope(request.user, days))) for name, days in spans],
        "open": debts.open_sums(bookings, now),
        "back": _back(debts.refunds(mine)),
        "disputes": _disputes(debts.disputes(mine), now),
        "now": now,
        "books": books,
    }
    if books:
        context |= {
            "lying": takings.lying(now),
            "next": takings.payouts().filter(status__in=ON_ITS_WAY).order_by("arrives_on").first(),
            "lost": Payout.objects.filter(status__in=FAILED).order_by("-created_at").first(),
            "compared": Reconciliation.objects.first(),
        }
    return render(request, "desk/money/takings.html", context)


def _scope(user: Anyone, days: Days, by: By = By.TOTAL) -> Scope:
    """All money that somebody sees; what packs and memberships cost is of no venue."""
    bought = Purchase.objects.all() if sees_books(user) else None
    return Scope(bookings_for_staff(user), resources_seen_by(user), days.first, days.last, by, bought)


def _came(scope: Scope) -> list[dict[str, object]]:
    return [{**row, "net": row["desk"] + row["online"] - row["returned"]} for row in money.changed_hands(scope)]


def _by_day(scope: Scope) -> Table:
    """Each day by the means that money moved by; means that nobody used are left out."""
    rows = money.by_means(scope)
    used = [name for name in money.MEANS if any(row[name] for row in rows)]
    names: dict[str, Any] = {money.ONLINE: _("Online"), **dict(OnSitePayment.Way.choices)}
    columns = (
        Column("key", _("Day"), Kind.TIME),
        Column("currency", _("Currency"), Kind.WORDS),
        *(Column(name, names[name], Kind.MONEY, adds=True) for name in used),
        Column("net", _("Total"), Kind.MONEY, adds=True),
    )
    return Table("takings", _("By day and means"), columns, rows, names=key_names(By.DAY, {}))


def _back(rows: QuerySet[Refund]) -> list[Back]:
    sums = rows.order_by("payment__currency").values_list("payment__currency")
    coming = Sum("amount_minor", filter=debts.unfinished(), default=0)
    failed = Count("pk", filter=Q(state=Refund.State.FAILED))
    return [
        back for row in sums.annotate(coming=coming, failed=failed) if (back := Back(*row)).coming_minor or back.failed
    ]


def _disputes(rows: QuerySet[Dispute], now: datetime) -> tuple[int, datetime | None]:
    """How many are open, and until when the first has to be answered; what is too late is not asked for any more."""
    due = list(rows.filter(closed_at=None).values_list("status", "evidence_due_at"))
    return len(due), min((at for status, at in due if status in disputes.WAITING and at and at > now), default=None)
