"""Closing the account: what happens when, with the figures of this business, and the way back for thirty days."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from accounts.forms import DressedForm
from accounts.models import STAFF_ROLES, User
from accounts.recent import is_recent
from billing.gateway.subscriptions import OVER
from billing.subscriptions.acts import subscription_of
from billing.subscriptions.models import StripeAccount, Subscription
from bookings import parting
from bookings.models import Connection
from bookings.parting import DISPUTES, OWED, PAID_AHEAD, PAYMENTS, REFUNDS, RETURNED, STUCK, TOO_LATE
from bookings.views.account import ways
from kernel.errors import Refused
from schemas.clock import database_now
from tenants import closing
from tenants.closings import NAME_RESTS
from tenants.domains import claims_of
from tenants.models import Tenant
from venues.access import check_owner

WHERE = {
    REFUNDS: ("money-refunds", {"show": "coming"}),
    OWED: ("desk-bookings", {"when": "all", "money": "back"}),
    RETURNED: ("desk-packs", {}),
    STUCK: ("money-refunds", {"show": "failed"}),
    DISPUTES: ("money-disputes", {}),
    PAYMENTS: ("desk-bookings", {"when": "all", "state": "payment"}),
    PAID_AHEAD: ("desk-bookings", {"money": "paid"}),
    TOO_LATE: ("desk-bookings", {}),
}
"""Where what stands in the way is listed, by the kind of obstacle."""


class CloseForm(DressedForm):
    """What the business is called, typed out, so that nobody closes it by a slip."""

    name = forms.CharField(
        label=gettext_lazy("Type the name of your business"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant

    def clean_name(self) -> str:
        """The name, or the short one of its address; upper and lower case are one."""
        typed = str(self.cleaned_data["name"]).strip()
        if typed.casefold() not in {self.tenant.name.strip().casefold(), self.tenant.slug}:
            raise forms.ValidationError(_("That is not what your business is called. Nothing has changed."))
        return typed


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """What closing means here; done after a sign-in of the last quarter of an hour and the typed name."""
    check_owner(ways.member(request))
    tenant = _tenant(request)
    if tenant.final_at is not None:
        return render(request, "desk/settings/closed.html", _of_closed(tenant))
    if request.method == "POST" and not is_recent(request):
        return ways.sign_in_again(request, "settings-close")
    form = CloseForm(tenant, request.POST if request.method == "POST" else None)
    status = HTTPStatus.OK
    if form.is_bound and form.is_valid():
        try:
            closing.close(tenant)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
            status = HTTPStatus.CONFLICT
        else:
            messages.success(request, _("Your business is closed. All owners are told by mail."))
            return redirect("settings-close")
    elif form.errors:
        status = HTTPStatus.BAD_REQUEST
    context = {**_figures(tenant), "form": form, "is_recent": is_recent(request), "obstacles": _obstacles()}
    return render(request, "desk/settings/close.html", context, status=status)


@staff_only
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Go on as before, with one press: nothing is lost by it, so nobody is asked twice."""
    check_owner(ways.member(request))
    tenant = _tenant(request)
    try:
        closing.take_back(tenant)
    except Refused as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(
            request, _("Your business goes on, and customers can book again. All owners are told by mail.")
        )
        _say_of_plan(request, tenant)
    return redirect("settings-close")


def _say_of_plan(request: HttpRequest, tenant: Tenant) -> None:
    plan = subscription_of(tenant)
    if plan is None or not plan.ends_by_closing:
        return
    if _is_paid(plan):
        messages.info(request, _("Your plan is renewed again as before."))
    else:
        messages.warning(request, _("Your plan has ended meanwhile. Choose one again, under Money."))


def _tenant(request: HttpRequest) -> Tenant:
    """As it is, and not as hosts have kept it for some seconds."""
    found: Tenant = Tenant.objects.select_related("closing").get(pk=request.tenant.pk)  # type: ignore[attr-defined]
    return found


def _of_closed(tenant: Tenant) -> dict[str, Any]:
    now = database_now()
    return {"final_at": tenant.final_at, "obstacles": _obstacles(), "visits": parting.visits(now)}


def _figures(tenant: Tenant) -> dict[str, Any]:
    """What the page says of this business. A fixed number of queries."""
    now = database_now()
    left = parting.unused(now)
    plan = subscription_of(tenant)
    return {
        "final_at": now + closing.GRACE,
        "days": closing.GRACE.days,
        "name_rests": NAME_RESTS.days,
        "visits": parting.visits(now),
        "unused": left,
        "credit": parting.in_words(left.sums),
        "plan": plan if _is_paid(plan) else None,
        "account": StripeAccount.objects.filter(tenant=tenant, disconnected_at=None).exclude(account_id="").first(),
        "domains": [claim.domain for claim in claims_of(tenant) if claim.proven_at],
        "sites": tenant.embedding_sites,
        "calendars": Connection.objects.exclude(state=Connection.State.LEAVING).count(),
        "team": User.objects.filter(role__in=STAFF_ROLES, is_active=True).count(),
    }


def _is_paid(plan: Subscription | None) -> bool:
    return plan is not None and bool(plan.stripe_subscription) and plan.status not in OVER


def _obstacles() -> list[tuple[str, str]]:
    """What stands in the way, with the address of its list."""
    return [(obstacle.text, _address(obstacle.code)) for obstacle in closing.obstacles()]


def _address(code: str) -> str:
    route, query = WHERE[code]
    return reverse(route) + (f"?{urlencode(query)}" if query else "")
