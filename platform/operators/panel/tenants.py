"""The list of tenants, and the page of one: how it stands, what it uses, what is wrong, and what was done about it."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name
from unfold.decorators import display

from operators import standing
from operators.access import Right, may
from operators.models import OperatorAct
from operators.panel import facts, money
from operators.panel.acts import offered
from operators.panel.site import PanelAdmin, panel
from tenants.models import DueWork, OutboxMessage, Tenant

ACTS_SHOWN = 20
TONES = {"success": "success", "warning": "warning", "error": "danger", "info": "info", "neutral": "info"}


@admin.register(Tenant, site=panel)
class TenantAdmin(PanelAdmin[Tenant]):
    """Every tenant, newest first; searched by name, slug and host."""

    list_display = ["named", "condition", "plan", "paying", "money", "wrong", "since"]
    search_fields = ["name", "slug", "domains__domain", "schema_name"]
    search_help_text = _("Name or host")
    list_filter = ["state", "subscription__plan", "subscription__status", "takes_public_bookings"]
    ordering = ["-created_at", "-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        """With what the columns say of plan, account and errors: a few queries, however many rows."""
        rows: QuerySet[Tenant] = super().get_queryset(request).exclude(schema_name=get_public_schema_name())
        found: QuerySet[Tenant] = standing.with_money(rows).prefetch_related("domains")
        found = found.annotate(now=Now(), dead=_dead(DueWork) + _dead(OutboxMessage))
        return found

    def _row_view(self, request: HttpRequest, object_id: int, **_more: Any) -> HttpResponse:
        tenant = get_object_or_404(self.get_queryset(request), pk=object_id)
        days = money.SPANS[1] if request.GET.get("days") == str(money.SPANS[1]) else money.SPANS[0]
        done = OperatorAct.objects.filter(schema_name=tenant.schema_name)[:ACTS_SHOWN]
        return panel.show(
            request,
            "operators/tenant.html",
            tenant.name,
            tenant=tenant,
            address=facts.address(tenant),
            sections=facts.sections(tenant),
            offered=offered(tenant, request.user),
            may_look_in=tenant.is_ready and may(request.user, Right.LOOK_IN),
            done=done,
            tables=money.of_tenant(tenant, days, tenant.now.date()),
            days=days,
            spans=money.SPANS,
            options=money.OPTIONS,
            traffic=_traffic(tenant),
        )

    @display(description=_("Tenant"), ordering="name", header=True)
    def named(self, tenant: Tenant) -> list[str]:
        """Name and hosts."""
        hosts = sorted(tenant.domains.all(), key=lambda each: (not each.is_primary, each.domain))
        return [tenant.name, ", ".join(each.domain for each in hosts)]

    @display(
        description=_("State"),
        ordering="state",
        label={"ready": "success", "suspended": "danger", "creating": "warning", "leaving": "warning"},
    )
    def condition(self, tenant: Tenant) -> tuple[str, str]:
        """Its state, in a colour."""
        return tenant.state, tenant.get_state_display()

    @display(description=_("Plan"), ordering="subscription__plan__position")
    def plan(self, tenant: Tenant) -> str:
        """Its plan and the fee."""
        row = _row(tenant)
        return f"{row.plan} · {row.fee}"

    @display(description=_("Subscription"), label=TONES)
    def paying(self, tenant: Tenant) -> tuple[str, str]:
        """How it stands with paying."""
        fact = _row(tenant).subscription
        return fact.tone, fact.text

    @display(description="Stripe", label=TONES)
    def money(self, tenant: Tenant) -> tuple[str, str]:
        """Whether it takes money."""
        fact = _row(tenant).account
        return fact.tone, fact.text

    @display(description=_("Given up"))
    def wrong(self, tenant: Tenant) -> str:
        """How much of its work was given up, with a way there."""
        if not tenant.dead:
            return "–"
        where = reverse("admin:clock") + f"?schema={tenant.schema_name}"
        return format_html('<a class="text-red-600 font-semibold" href="{}">{}</a>', where, tenant.dead)

    @display(description=_("Since"), ordering="created_at")
    def since(self, tenant: Tenant) -> str:
        """The day it came."""
        return f"{tenant.created_at:%Y-%m-%d}"


def _traffic(tenant: Tenant) -> list[tuple[str, str]]:
    """Where its events, its messages and its work are listed."""
    account = next(iter(tenant.stripe_accounts.all()), None)
    schema = f"?schema_name__exact={tenant.schema_name}"
    found = [
        (_("Due work"), reverse("admin:tenants_duework_changelist") + schema),
        (_("Outbox"), reverse("admin:tenants_outboxmessage_changelist") + schema),
    ]
    if account and account.account_id:
        where = reverse("admin:tenants_inboxevent_changelist")
        found.append((_("Stripe events"), f"{where}?account_id__exact={account.account_id}"))
    return [(str(name), where) for name, where in found]


def _row(tenant: Tenant) -> standing.Row:
    return next(iter(standing.rows([tenant], tenant.now)))


def _dead(model: Any) -> Any:
    rows = model.objects.filter(schema_name=OuterRef("schema_name"), is_dead=True).order_by().values("schema_name")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)
