"""Closing the account: what happens when, with the figures of this business, and the way back for thirty days."""

from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts import seen
from accounts.doors import staff_only
from accounts.forms import DressedForm
from accounts.models import STAFF_ROLES, User
from accounts.recent import is_recent
from billing.gateway.subscriptions import OVER
from billing.subscriptions.acts import subscription_of
from billing.subscriptions.models import StripeAccount, Subscription
from bookings import parting
from bookings.models import Connection
from bookings.parting import (
    DISPUTES,
    OWED,
    PAID_AHEAD,
    PAYMENTS,
    REFUNDS,
    RETURNED,
    STUCK,
    TOO_LATE,
    UNUSED,
    Left,
)
from bookings.views.account import ways
from kernel.errors import Refused
from schemas.clock import database_now
from tenants import closing, speech
from tenants.closings import NAME_RESTS
from tenants.domains import claims_of
from tenants.models import Tenant
from venues.access import check_owner

MOST_LISTED, LONGEST_MARK = 20, 40
WHERE = {
    REFUNDS: ("money-refunds", {"show": "coming"}),
    OWED: ("desk-bookings", {"when": "all", "money": "back"}),
    RETURNED: ("desk-packs", {}),
    UNUSED: ("desk-packs", {"show": "unused"}),
    STUCK: ("money-refunds", {"show": "failed"}),
    DISPUTES: ("money-disputes", {}),
    PAYMENTS: ("desk-bookings", {"when": "all", "state": "payment"}),
    PAID_AHEAD: ("desk-bookings", {"money": "paid"}),
    TOO_LATE: ("desk-bookings", {}),
}
"""Where what stands in the way is listed, by the kind of obstacle."""


class CloseForm(DressedForm):
    """What the business is called, typed out, so that nobody closes it by a slip.

    Where customers have something left that nobody can take back here, a yes to just that: `seen` marks what it was.
    """

    settles = forms.BooleanField(widget=forms.CheckboxInput(attrs={"class": "checkbox"}))
    seen = forms.CharField(max_length=LONGEST_MARK, required=False, widget=forms.HiddenInput)

    name = forms.CharField(
        label=gettext_lazy("Type the name of your business"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )

    field_order = ("settles", "seen", "name")

    def __init__(self, tenant: Tenant, left: Left, *args: Any, **kwargs: Any) -> None:
        self.tenant, self.mark = tenant, seen.marked({"left": asdict(left)})
        super().__init__(*args, initial={"seen": self.mark}, **kwargs)
        if left:
            what = {"what": get_text_list(_in_words(left), _("and"))}
            self.fields["settles"].label = _("I settle this with these customers myself: %(what)s.") % what
        else:
            del self.fields["settles"], self.fields["seen"]

    def clean_name(self) -> str:
        """The name, or the short one of its address; upper and lower case are one."""
        typed = str(self.cleaned_data["name"]).strip()
        if typed.casefold() not in {self.tenant.name.strip().casefold(), self.tenant.slug}:
            raise forms.ValidationError(_("That is not what your business is called. Nothing has changed."))
        return typed

    def clean(self) -> dict[str, Any]:
        """Yes is said to what is left now."""
        given: dict[str, Any] = super().clean() or {}
        if "seen" in self.fields and given.get("settles") and given.get("seen") != self.mark:
            self.add_error("settles", _("This has changed meanwhile. Please look at it again, and tick it then."))
            sent: Any = self.data
            self.data = sent.copy()
            self.data.pop(self.add_prefix("settles"), None)  # type: ignore[attr-defined]
            self.data[self.add_prefix("seen")] = self.mark  # type: ignore[index]
        return given


def _in_words(left: Left) -> list[str]:
    credit, packs = parting.in_words(left.sums), parting.in_words(left.worth)
    found = [_("gift credit of %(sum)s") % {"sum": credit}] if left.credits else []
    if left.packs:
        hours = {"count": left.packs, "hours": speech.hours(left.minutes), "sum": packs}
        if left.worth:
            text = ngettext(
                "%(count)d pack with %(hours)s left, for which %(sum)s was paid",
                "%(count)d packs with %(hours)s left, for which %(sum)s was paid",
                left.packs,
            )
        else:
            text = ngettext("%(count)d pack with %(hours)s left", "%(count)d packs with %(hours)s left", left.packs)
        found.append(text % hours)
    return found


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
    now = database_now()
    left = parting.left(now)
    form = CloseForm(tenant, left, request.POST if request.method == "POST" else None)
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
    context = {
        **_figures(tenant, now),
        **_what_is_left(left, now),
        **_standing(now),
        "form": form,
        "is_recent": is_recent(request),
    }
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
    return {"final_at": tenant.final_at, **_standing(database_now())}


def _what_is_left(left: Left, now: datetime) -> dict[str, Any]:
    """What customers have left, the most of it first, and of how many more."""
    if not left:
        return {"left": left}
    credit = parting.credit_left(now).select_related("customer").order_by("-balance_minor", "pk")
    packs = parting.packs_left(now).select_related("customer", "pack", "purchase").order_by("-minutes_left", "pk")
    return {
        "left": left,
        "credits": credit[:MOST_LISTED],
        "more_credits": max(0, left.credits - MOST_LISTED),
        "packs": packs[:MOST_LISTED],
        "more_packs": max(0, left.packs - MOST_LISTED),
        "credit": parting.in_words(left.sums),
        "worth": parting.in_words(left.worth),
        "left_in_words": get_text_list(_in_words(left), _("and")),
    }


def _figures(tenant: Tenant, now: datetime) -> dict[str, Any]:
    """What the page says of this business. A fixed number of queries."""
    plan = subscription_of(tenant)
    return {
        "final_at": now + closing.GRACE,
        "days": closing.GRACE.days,
        "name_rests": NAME_RESTS.days,
        "plan": plan if _is_paid(plan) else None,
        "account": StripeAccount.objects.filter(tenant=tenant, disconnected_at=None).exclude(account_id="").first(),
        "domains": [claim.domain for claim in claims_of(tenant) if claim.proven_at],
        "sites": tenant.embedding_sites,
        "calendars": Connection.objects.exclude(state=Connection.State.LEAVING).count(),
        "team": User.objects.filter(role__in=STAFF_ROLES, is_active=True).count(),
    }


def _is_paid(plan: Subscription | None) -> bool:
    return plan is not None and bool(plan.stripe_subscription) and plan.status not in OVER


def _standing(now: datetime) -> dict[str, Any]:
    """What stands in the way, with the address of its list, and the visits ahead: looked at once."""
    found = parting.standing(now)
    everything = [*found.obstacles, *closing.obstacles(but=parting.obstacles)]
    return {
        "obstacles": [(obstacle.text, _address(obstacle.code)) for obstacle in everything],
        "visits": found.visits,
    }


def _address(code: str) -> str:
    route, query = WHERE[code]
    return reverse(route) + (f"?{urlencode(query)}" if query else "")
