"""The tenant's plan with the platform: how it stands, how much is used, choosing another, paying."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from billing.access import check_runs_money, check_sees_money, runs_money
from billing.gateway.subscriptions import Invoice
from billing.subscriptions import acts, agreed, choosing
from billing.subscriptions.choosing import Wanted
from billing.subscriptions.words import agreements, bars, cards, words_of
from billing.views.forms import VatIdForm
from kernel.errors import Broken, Refused
from schemas.clock import database_now
from tenants.models import Tenant


@staff_only
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """How the plan stands; Stripe is asked for invoices alone."""
    check_sees_money(request.user)
    tenant = _tenant(request)
    row, uses = acts.subscription_of(tenant), choosing.uses(tenant)
    context = {
        "row": row,
        "words": words_of(row, database_now()),
        "agreed": agreements(row.plan if row else None, agreed.of(tenant)),
        "bars": bars(uses),
        "plans": cards(choosing.offered(), row, uses),
        "is_subscribed": choosing.is_subscribed(row),
        "invoices": _invoices(request, tenant),
        "form": VatIdForm(initial={"vat_id": row.vat_id if row else ""}),
        "runs": runs_money(request.user),
    }
    return render(request, "money/plan.html", context)


@staff_only
@require_safe
def checkout(request: HttpRequest) -> HttpResponse:
    """To Stripe's page where the card is given."""
    check_runs_money(request.user)
    return _to_stripe(request, lambda: choosing.checkout(_tenant(request), _wanted(request)))


@staff_only
@require_safe
def portal(request: HttpRequest) -> HttpResponse:
    """To Stripe's page for cards and invoices."""
    check_runs_money(request.user)
    return _to_stripe(request, lambda: choosing.portal(_tenant(request)))


@staff_only
@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """From Stripe's pages. That somebody comes back says nothing: Stripe is asked."""
    check_runs_money(request.user)
    return _done(request, lambda: acts.refresh(_tenant(request).pk))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """Say what another plan costs now, then change to it."""
    check_runs_money(request.user)
    tenant, wanted = _tenant(request), _wanted(request)
    if request.method == "POST":
        return _done(request, lambda: choosing.change(tenant, wanted, _instant(request)), _("Your plan is changed."))
    try:
        preview = choosing.preview(tenant, wanted)
    except Refused as refusal:
        messages.error(request, refusal.detail)
        return redirect("money-plan")
    context = {
        "preview": preview,
        "at": int(preview.at.timestamp()),
        "credit_minor": -preview.amount_minor,
        "tax_minor": abs(preview.tax_minor),
        "price_minor": preview.plan.yearly_minor if preview.is_yearly else preview.plan.monthly_minor,
        "row": acts.subscription_of(tenant),
        "bars": [bar for bar in bars(choosing.uses(tenant), preview.plan) if bar.is_over],
    }
    return render(request, "money/plan_change.html", context)


@staff_only
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    """Let the plan end with what was paid for."""
    check_runs_money(request.user)
    return _done(request, lambda: choosing.cancel(_tenant(request)), _("Your plan is cancelled."))


@staff_only
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """Keep it after all."""
    check_runs_money(request.user)
    return _done(request, lambda: choosing.resume(_tenant(request)), _("Your plan goes on."))


@staff_only
@require_POST
def vat_id(request: HttpRequest) -> HttpResponse:
    """Give a VAT id, or take it away."""
    check_runs_money(request.user)
    form = VatIdForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This is not a VAT id of the EU, such as DE123456789."))
        return redirect("money-plan")
    given = form.cleaned_data["vat_id"]
    return _done(request, lambda: choosing.set_vat_id(_tenant(request), given), _("Your VAT id is saved."))


def _tenant(request: HttpRequest) -> Tenant:
    # The request's tenant may be some seconds old: what a plan allows is read anew.
    tenant: Tenant = Tenant.objects.get(pk=request.tenant.pk)  # type: ignore[attr-defined]
    return tenant


def _wanted(request: HttpRequest) -> Wanted:
    asked = request.POST if request.method == "POST" else request.GET
    return Wanted(asked.get("plan", ""), asked.get("interval") == "year")


def _instant(request: HttpRequest) -> datetime:
    given = request.POST.get("at", "")
    seconds = int(given) if given.isascii() and given.isdigit() and len(given) <= len("9999999999") else 0
    return datetime.fromtimestamp(seconds, UTC)


def _to_stripe(request: HttpRequest, make: Callable[[], str]) -> HttpResponse:
    try:
        return redirect(make())
    except Refused as refusal:
        messages.error(request, refusal.detail)
        return redirect("money-plan")


def _done(request: HttpRequest, act: Callable[[], None], said: str = "") -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        if said:
            messages.success(request, said)
    return redirect("money-plan")


def _invoices(request: HttpRequest, tenant: Tenant) -> list[Invoice]:
    try:
        return choosing.invoices(tenant)
    except Broken as trouble:
        messages.error(request, trouble.detail)
        return []
