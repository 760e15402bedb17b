"""The platform's own history: how each tenant stood on a day, and what it did. Days are UTC.

A day is written when it is over, by due work of each tenant; what was missed within `BACK` is caught up with.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate
from django_tenants.utils import tenant_context

from billing.payments.models import Payment
from billing.subscriptions import acts
from billing.subscriptions.models import Subscription
from billing.subscriptions.standing import PAST_DUE
from bookings.models import Booking
from bookings.states import State
from operators.models import TenantDay, TenantTakings
from schemas.transactions import transact
from tenants.models import Tenant
from venues.models import Resource

KIND = "figures"
"""Due work: write down the tenant's days (`object_id` is the tenant's)."""
BACK = timedelta(days=7)
DAY = timedelta(days=1)
EARNS = frozenset({"active", PAST_DUE})
"""Who pays for a plan; who tries it, was granted it or does not pay any more is not counted."""
MONTHS = 12


def write(tenant: Tenant, now: datetime) -> None:
    """Yesterday, and the days before it that were missed. As often as called."""
    today = now.astimezone(UTC).date()
    fill(tenant, today - BACK, today)
    row = acts.subscription_of(tenant)
    with tenant_context(tenant):
        resources = Resource.objects.filter(is_active=True).count()
    TenantDay.objects.filter(schema_name=tenant.schema_name, day=today - DAY).update(
        standing=row.status if row else "none",
        plan=row.plan.code if row else "",
        currency=row.plan.currency if row else "",
        mrr_minor=mrr_of(row),
        resources=resources,
    )


def fill(tenant: Tenant, first: date, end: date) -> None:
    """The days from `first` on, without `end`: what can still be counted. As often as called."""
    days = [first + DAY * number for number in range((end - first).days)]
    born = tenant.created_at.astimezone(UTC).date()
    made, taken = _inside(tenant, first, end)
    rows = [
        TenantDay(schema_name=tenant.schema_name, day=day, bookings=made.get(day, 0))
        for day in days
        if day >= born or day in made
    ]
    sums = [TenantTakings(schema_name=tenant.schema_name, **each) for each in taken]

    def act() -> None:
        TenantDay.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["schema_name", "day"], update_fields=["bookings"]
        )
        TenantTakings.objects.bulk_create(
            sums,
            update_conflicts=True,
            unique_fields=["schema_name", "day", "currency"],
            update_fields=["payments", "volume_minor", "fees_minor"],
        )

    transact(act)


def mrr_of(row: Subscription | None) -> int:
    """What a subscription brings in a month, in minor units of its plan's currency, net."""
    if row is None or row.status not in EARNS:
        return 0
    return round(row.plan.yearly_minor / MONTHS) if row.is_yearly else row.plan.monthly_minor


def _inside(tenant: Tenant, first: date, end: date) -> tuple[Mapping[date, int], list[dict[str, Any]]]:
    begin, over = (datetime.combine(day, time.min, UTC) for day in (first, end))
    with tenant_context(tenant):
        bookings = Booking.objects.filter(created_at__gte=begin, created_at__lt=over).exclude(state=State.EXPIRED)
        made = bookings.order_by().annotate(day=TruncDate("created_at", tzinfo=UTC)).values_list("day")
        paid = Payment.objects.filter(
            state=Payment.State.SUCCEEDED, succeeded_at__gte=begin, succeeded_at__lt=over
        ).annotate(day=TruncDate("succeeded_at", tzinfo=UTC))
        taken = paid.order_by().values("day", "currency").annotate(
            payments=Count("pk"), volume_minor=Sum("amount_minor"), fees_minor=Sum("fee_minor")
        )  # fmt: skip
        return dict(made.annotate(Count("pk"))), [dict(each) for each in taken]
