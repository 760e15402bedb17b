"""When each tenant, and the platform, was last held against Stripe, and what differed."""

from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from operators.models import Reconciled
from operators.panel.site import panel
from schemas.clock import database_now
from tenants.models import Tenant

PAGE = 50
OLD = 36 * 3600
"""Seconds: it is every night."""


@panel.page("reconciliation/", "reconciliation")
@require_safe
def reconciliation(request: HttpRequest) -> HttpResponse:
    """What still differs first, then the longest ago."""
    there = Q(schema_name="") | Q(schema_name__in=Tenant.objects.values("schema_name"))
    rows = (
        Reconciled.objects.filter(there).annotate(open=F("found") - F("healed")).order_by("-open", "at", "schema_name")
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    tenants = {each.schema_name: each for each in Tenant.objects.filter(schema_name__in=[row.pk for row in page])}
    now = database_now()
    lines = [(row, tenants.get(row.pk), (now - row.at).total_seconds() > OLD) for row in page]
    return panel.show(request, "operators/reconciliation.html", _("Reconciliation"), page=page, lines=lines)
