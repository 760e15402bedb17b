"""The platform's own pages: what Forecourt is, and for operators the tenants."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_tenants.utils import get_public_schema_name

from accounts.doors import open_to_all, operators_only
from kernel.errors import Refused
from operators import standing
from schemas.clock import database_now
from tenants import provisioning
from tenants.models import Tenant

PER_PAGE = 25


@open_to_all("the platform's shop window")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Forecourt is."""
    return render(request, "platform/home.html")


@operators_only
@require_safe
def tenants(request: HttpRequest) -> HttpResponse:
    """Every tenant with state, hosts, plan and Stripe account, newest first; `?q` looks in names, slugs and hosts."""
    wanted = request.GET.get("q", "").strip()[:100].replace("\0", "")
    found = _tenants().order_by("-created_at", "-pk").prefetch_related("domains")
    if wanted:
        found = found.filter(
            Q(name__icontains=wanted) | Q(slug__icontains=wanted) | Q(domains__domain__icontains=wanted)
        ).distinct()
    page = Paginator(standing.with_money(found), PER_PAGE).get_page(request.GET.get("page"))
    query = urlencode({"q": wanted}) + "&" if wanted else ""
    context = {"page": page, "rows": standing.rows(page, database_now()), "wanted": wanted, "query": query}
    return render(request, "platform/tenants.html", context)


@operators_only
@require_POST
def suspend(request: HttpRequest, tenant_id: int) -> HttpResponse:
    """Close a tenant's hosts, for a reason."""
    tenant = get_object_or_404(_tenants(), pk=tenant_id)
    reason = request.POST.get("reason", "").strip().replace("\0", "")
    if not reason:
        messages.error(request, _("Say why %(name)s is suspended.") % {"name": tenant.name})
        return redirect("operators")
    try:
        provisioning.suspend(tenant, reason)
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("%(name)s is suspended.") % {"name": tenant.name})
    return redirect("operators")


@operators_only
@require_POST
def resume(request: HttpRequest, tenant_id: int) -> HttpResponse:
    """Open a suspended tenant's hosts again."""
    tenant = get_object_or_404(_tenants(), pk=tenant_id)
    try:
        provisioning.resume(tenant)
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("%(name)s is open again.") % {"name": tenant.name})
    return redirect("operators")


def _tenants() -> QuerySet[Tenant]:
    found: QuerySet[Tenant] = Tenant.objects.exclude(schema_name=get_public_schema_name())
    return found
