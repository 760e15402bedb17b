"""How the money stands: what came, what is open, what goes back, and whether it all fits."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from billing.access import check_sees_money, sees_books
from billing.payments.models import Dispute, Payout, Reconciliation, Refund
from billing.payments.payouts import FAILED
from bookings import debts, takings
from bookings.access import bookings_for_staff
from bookings.models import Booking
from bookings.reports import money
from bookings.reports.scope import Scope
from desk.reports.asked import Days, span_of, today_in
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
    spans = [("today", Days(today, today)), ("month", span_of("month", today))]
    context = {
        "spans": [(name, _came(request.user, bookings, days)) for name, days in spans],
        "open": debts.open_sums(bookings, now),
        "back": _back(debts.refunds(mine)),
        "disputes": _disputes(debts.disputes(mine)),
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


def _came(user: Anyone, bookings: QuerySet[Booking], days: Days) -> list[dict[str, object]]:
    scope = Scope(bookings, resources_seen_by(user), days.first, days.last)
    return [{**row, "net": row["desk"] + row["online"] - row["returned"]} for row in money.changed_hands(scope)]


def _back(rows: QuerySet[Refund]) -> list[Back]:
    sums = rows.order_by("payment__currency").values_list("payment__currency")
    coming = Sum("amount_minor", filter=debts.unfinished(), default=0)
    failed = Count("pk", filter=Q(state=Refund.State.FAILED))
    return [
        back for row in sums.annotate(coming=coming, failed=failed) if (back := Back(*row)).coming_minor or back.failed
    ]


def _disputes(rows: QuerySet[Dispute]) -> tuple[int, datetime | None]:
    """How many are open, and until when the first has to be answered."""
    due = list(rows.filter(closed_at=None).values_list("evidence_due_at", flat=True))
    return len(due), min((each for each in due if each), default=None)
