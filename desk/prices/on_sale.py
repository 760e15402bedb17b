"""Packs of hours and memberships that are for sale, or were: what they cost, and how many were sold."""

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from bookings.models import Purchase
from venues.access import check_manager
from venues.models import CustomerGroup, MembershipPlan, Pack


@staff_only
@require_safe
def on_sale(request: HttpRequest) -> HttpResponse:
    """All of them, those on sale first."""
    check_manager(request.user)
    context = {
        "packs": Pack.objects.annotate(sold_count=_sold("pack")).prefetch_related("resources").order_by(*ORDER),
        "plans": MembershipPlan.objects.annotate(sold_count=_sold("plan")).select_related("group").order_by(*ORDER),
        "has_groups": CustomerGroup.objects.exists(),
    }
    return render(request, "desk/prices/on_sale.html", context)


ORDER = ("-is_active", "position", "name")


def _sold(column: str) -> Coalesce:
    bought: QuerySet[Purchase] = Purchase.objects.filter(**{column: OuterRef("pk")}, state=Purchase.State.PAID)
    counted = bought.order_by().values(column).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())
