"""Who has which plan, who is late, whose trial ends; each leads to the tenant and to Stripe."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from billing.subscriptions.models import Subscription
from billing.subscriptions.standing import GRANTED, OWING, TRIALING
from operators import figures
from operators.panel.site import PanelAdmin, panel
from operators.panel.traffic import at_stripe
from schemas.clock import database_now
from tenants import speech

SOON = timedelta(days=7)
LIVE_KEYS = ("sk_live_", "rk_live_")
TONES = {
    "active": "success", TRIALING: "info", "past_due": "warning", "unpaid": "danger", GRANTED: "info",
}  # fmt: skip


class Concern(admin.SimpleListFilter):
    """What somebody may have to look after."""

    title = _("concern")
    parameter_name = "concern"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Late, ending, blocked."""
        return [
            ("late", _("late with paying")),
            ("blocked", _("customers cannot book")),
            ("trial", _("trial ends within 7 days")),
            ("cancelled", _("cancelled, still works")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> QuerySet[Subscription]:
        """By what the row says."""
        now = database_now()
        found: dict[str, dict[str, Any]] = {
            "late": {"status__in": OWING},
            "blocked": {"blocked_at__isnull": False},
            "trial": {"status": TRIALING, "trial_ends_at__gte": now, "trial_ends_at__lt": now + SOON},
            "cancelled": {"ends_at__gt": now},
        }
        return queryset.filter(**found.get(self.value() or "", {}))


@admin.register(Subscription, site=panel)
class SubscriptionAdmin(PanelAdmin[Subscription]):
    """A row for each tenant with a plan, the newest first; its page is the tenant's."""

    list_display = ["whose", "plan", "condition", "interval", "brings", "until", "stripe"]
    list_display_links = None
    list_filter = [Concern, "plan", "status", "is_yearly"]
    list_select_related = ["tenant", "plan", "tenant__concession"]
    search_fields = ["tenant__name", "tenant__slug", "=stripe_customer", "=stripe_subscription"]
    search_help_text = _("Name, host, or the id of a customer or a subscription at Stripe")
    ordering = ["-pk"]

    def _row_view(self, request: HttpRequest, object_id: int, **_more: Any) -> HttpResponse:
        row = get_object_or_404(Subscription, pk=object_id)
        return redirect("admin:tenants_tenant_change", row.tenant_id)

    @display(description=_("Tenant"), ordering="tenant__name")
    def whose(self, row: Subscription) -> str:
        """With a way to its page."""
        where = reverse("admin:tenants_tenant_change", args=[row.tenant_id])
        return format_html('<a class="font-semibold underline" href="{}">{}</a>', where, row.tenant.name)

    @display(description=_("Status"), ordering="status", label=TONES)
    def condition(self, row: Subscription) -> tuple[str, str]:
        """In a colour."""
        return row.status, row.status.replace("_", " ")

    @display(description=_("Paid by"))
    def interval(self, row: Subscription) -> Any:
        """The month or the year."""
        if not row.stripe_subscription:
            return "–"
        return _("the year") if row.is_yearly else _("the month")

    @display(description="MRR")
    def brings(self, row: Subscription) -> str:
        """What it brings in a month."""
        minor = figures.mrr_of(row)
        return speech.money(minor, row.plan.currency) if minor else "–"

    @display(description=_("Next"))
    def until(self, row: Subscription) -> str:
        """The day that counts: of the grace, the trial, the end, what was granted, or the renewal."""
        agreed = getattr(row.tenant, "concession", None)
        granted = agreed.until if agreed and row.status == GRANTED else None
        trial = row.trial_ends_at if row.status == TRIALING else None
        ends = next((each for each in (row.grace_until, trial, granted, row.ends_at, row.period_ends_at) if each), None)
        return f"{ends:%Y-%m-%d}" if ends else "–"

    @display(description="Stripe")
    def stripe(self, row: Subscription) -> str:
        """Its page in the dashboard."""
        if not row.stripe_customer:
            return "–"
        is_live = settings.STRIPE_SECRET_KEY.startswith(LIVE_KEYS)
        what = (
            f"subscriptions/{row.stripe_subscription}"
            if row.stripe_subscription
            else f"customers/{row.stripe_customer}"
        )
        return format_html(
            '<a class="underline" href="{}" rel="noreferrer">{}</a>', at_stripe(what, is_live=is_live), _("open")
        )
