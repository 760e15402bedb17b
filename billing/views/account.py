"""The tenant's Stripe account: how it stands, and the way to Stripe's pages and back."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from billing import accounts
from billing.access import check_runs_money, check_sees_money, runs_money
from billing.gateway.connect import DASHBOARD
from billing.views.forms import ConnectForm
from billing.views.words import words_of
from kernel.errors import NotFound, Refused
from schemas.clock import database_now
from tenants.models import Tenant
from tenants.speech import locale

BAD_REQUEST = 400


@staff_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """How the tenant stands with Stripe; Stripe is not asked."""
    check_sees_money(request.user)
    return _page(request, ConnectForm())


@staff_only
@require_POST
def connect(request: HttpRequest) -> HttpResponse:
    """Make an account, or take a former one back, and lead to Stripe's pages.

    By a page in between: a form's answer must not redirect to another site (our policy says `form-action 'self'`).
    """
    check_runs_money(request.user)
    form = ConnectForm(request.POST)
    if not form.is_valid():
        return _page(request, form, BAD_REQUEST)
    try:
        if form.cleaned_data["account"]:
            accounts.reconnect(_tenant(request), form.cleaned_data["account"])
        else:
            accounts.connect(_tenant(request), form.cleaned_data["country"])
    except Refused as refusal:
        messages.error(request, refusal.detail)
        return redirect("money")
    return render(request, "money/leaving.html")


@staff_only
@require_safe
def onboarding(request: HttpRequest) -> HttpResponse:
    """A fresh link to Stripe's pages; also where Stripe sends people whose link is over."""
    check_runs_money(request.user)
    account = accounts.account_of(_tenant(request))
    try:
        if account is None:
            raise NotFound("not_found", _("No Stripe account is connected."))
        return redirect(accounts.onboarding(account))
    except Refused as refusal:
        messages.error(request, refusal.detail)
        return redirect("money")


@staff_only
@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """From Stripe's pages. That somebody comes back says nothing: Stripe is asked."""
    check_runs_money(request.user)
    return _look(request)


@staff_only
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Ask Stripe again."""
    check_runs_money(request.user)
    return _look(request)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: HttpRequest) -> HttpResponse:
    """Ask whether it is meant, then stop using the account."""
    check_runs_money(request.user)
    account = accounts.account_of(_tenant(request))
    if account is None or account.disconnected_at:
        return redirect("money")
    if request.method != "POST":
        return render(request, "money/disconnect.html", {"account": account})
    accounts.disconnect(_tenant(request))
    messages.success(request, _("The Stripe account is disconnected."))
    return redirect("money")


def _tenant(request: HttpRequest) -> Tenant:
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    return tenant


def _look(request: HttpRequest) -> HttpResponse:
    try:
        accounts.look_again(_tenant(request))
    except Refused as refusal:
        messages.error(request, refusal.detail)
    return redirect("money")


def _page(request: HttpRequest, form: ConnectForm, status: int = 200) -> HttpResponse:
    tenant = _tenant(request)
    account = accounts.account_of(tenant)
    context = {
        "account": account,
        "words": words_of(account),
        "form": form,
        "former": accounts.former_of(tenant),
        "runs": runs_money(request.user),
        "is_possible": bool(settings.STRIPE_SECRET_KEY),
        "dashboard": DASHBOARD,
        "country": locale().territories.get(account.country, account.country) if account else "",
        "now": database_now(),
    }
    return render(request, "money/overview.html", context, status=status)
