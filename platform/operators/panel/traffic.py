"""What Stripe told us, what is to be told, and what is due: three lists that never count all of their rows."""

from typing import Any, ClassVar, Generic, TypeVar

from django.contrib import admin
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from billing.subscriptions.models import StripeAccount
from operators import access
from operators.access import Right
from operators.panel.filters import Bounded, EventKind, PieceState, Topic, WorkKind
from operators.panel.site import PanelAdmin, panel
from tenants import due
from tenants.backlog import Table
from tenants.models import DueWork, InboxEvent, OutboxMessage, Tenant

Row = TypeVar("Row", bound=Model)
LONGEST = 255
STRIPE = "stripe"
MINUTE, HOUR, DAY = 60, 3600, 86400


class _Traffic(PanelAdmin[Row], Generic[Row]):
    """A list in the order of its rows' coming, the newest first, and a page for each row."""

    paginator = Bounded
    ordering = ["-pk"]
    sortable_by: tuple[str, ...] = ()
    table: ClassVar[Table]
    list_per_page = 50

    def facts(self, row: Any) -> list[tuple[Any, Any]]:
        """Names and values of the row's page."""
        raise NotImplementedError

    def links(self, row: Any) -> list[tuple[Any, str]]:
        """Where more is known: names and addresses."""
        return []

    def can_be_done_again(self, row: Any) -> bool:
        """What was given up; nothing else is nobody's any more."""
        return bool(row.is_dead)

    def _row_view(self, request: HttpRequest, object_id: int, **_more: Any) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request), pk=object_id)
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return panel.show(
            request,
            "operators/piece.html",
            str(row),
            row=row,
            ref=f"{self.table}:{row.pk}",
            facts=self.facts(row),
            links=self.links(row),
            back=back,
            is_event=self.table == Table.INBOX,
            may_replay=self.can_be_done_again(row) and access.may(request.user, Right.REPLAY),
        )


@admin.register(InboxEvent, site=panel)
class InboxEventAdmin(_Traffic[InboxEvent]):
    """What Stripe, and who else tells us things, told us."""

    table = Table.INBOX
    list_display = ["came", "kind", "condition", "whose", "tried", "note"]
    list_filter = ["state", EventKind]
    search_fields = ["event_id"]
    search_help_text = _("The whole id of an event, an account or an object at Stripe")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxEvent]:
        """With the tenant whose account it is."""
        owner = StripeAccount.objects.filter(account_id=OuterRef("account_id")).exclude(account_id="")
        found: QuerySet[InboxEvent] = super().get_queryset(request)
        return found.annotate(
            tenant_pk=Subquery(owner.values("tenant_id")[:1]), tenant_name=Subquery(owner.values("tenant__name")[:1])
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[InboxEvent], search_term: str
    ) -> tuple[QuerySet[InboxEvent], bool]:
        """By equality, which indexes serve."""
        words = search_term.strip()[:LONGEST].replace("\0", "")
        if not words:
            return queryset, False
        return queryset.filter(Q(event_id=words) | Q(account_id=words) | Q(object_id=words)), False

    def can_be_done_again(self, row: Any) -> bool:
        """Whatever became of it: doing it again is harmless."""
        return bool(row.state != InboxEvent.State.WAITING)

    @display(description=_("Came (UTC)"))
    def came(self, row: InboxEvent) -> str:
        """To the second."""
        return f"{row.received_at:%Y-%m-%d %H:%M:%S}"

    @display(
        description=_("State"),
        label={"waiting": "info", "done": "success", "rejected": "warning", "dead": "danger"},
    )
    def condition(self, row: InboxEvent) -> tuple[str, str]:
        """In a colour."""
        return row.state, row.get_state_display()

    @display(description=_("Tenant"))
    def whose(self, row: Any) -> str:
        """By its account."""
        return _named(row.tenant_pk, row.tenant_name) if row.tenant_pk else row.account_id or "–"

    @display(description=_("Tries"))
    def tried(self, row: InboxEvent) -> int:
        """How often somebody began."""
        return row.attempts

    def facts(self, row: Any) -> list[tuple[Any, Any]]:
        """All that is kept of it: the body is not."""
        return [
            (_("State"), row.get_state_display()),
            (_("Kind"), row.kind),
            (_("Event"), row.event_id),
            (_("Object"), row.object_id or "–"),
            (_("Account"), row.account_id or _("the platform's own")),
            (_("Tenant"), _named(row.tenant_pk, row.tenant_name) if row.tenant_pk else "–"),
            (_("Endpoint"), row.endpoint),
            (_("Mode"), _("live") if row.is_live else _("test")),
            (_("Made there (UTC)"), _moment(row.made_at)),
            (_("Came (UTC)"), _moment(row.received_at)),
            (_("Due (UTC)"), _moment(row.due_at) if row.state == InboxEvent.State.WAITING else "–"),
            (_("Ended (UTC)"), _moment(row.ended_at)),
            (_("Tries"), row.attempts),
            (_("Note"), row.note or "–"),
        ]

    def links(self, row: Any) -> list[tuple[Any, str]]:
        """Its body is at Stripe, for thirty days."""
        if row.provider != STRIPE:
            return []
        return [(_("At Stripe"), at_stripe(f"events/{row.event_id}", row.account_id, is_live=row.is_live))]


class _Pieces(_Traffic[Row], Generic[Row]):
    """What the outbox and due work have in common."""

    search_fields = ["schema_name"]
    search_help_text = _("The schema of a tenant, whole")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Row]:
        """With the tenant."""
        owner = Tenant.objects.filter(schema_name=OuterRef("schema_name"))
        found: Any = super().get_queryset(request)
        pk, name = Subquery(owner.values("pk")[:1]), Subquery(owner.values("name")[:1])
        named: QuerySet[Row] = found.annotate(tenant_pk=pk, tenant_name=name, now=Now())
        return named

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Row], search_term: str
    ) -> tuple[QuerySet[Row], bool]:
        """By equality, which indexes serve."""
        words = search_term.strip()[:LONGEST].replace("\0", "")
        return (queryset.filter(schema_name=words), False) if words else (queryset, False)

    @display(description=_("Tenant"))
    def whose(self, row: Any) -> str:
        """Its name."""
        return _named(row.tenant_pk, row.tenant_name) if row.tenant_pk else row.schema_name

    @display(description=_("State"), label={"dead": "danger", "failed": "warning", "due": "info", "later": "neutral"})
    def condition(self, row: Any) -> tuple[str, Any]:
        """In a colour."""
        if row.is_dead:
            return "dead", _("given up")
        if row.last_error:
            return "failed", _("failed before")
        return ("due", _("due now")) if row.due_at <= row.now else ("later", _("later"))

    @display(description=_("Due"))
    def when(self, row: Any) -> str:
        """Late by so much, or in so much time."""
        return _apart((row.due_at - row.now).total_seconds())


@admin.register(OutboxMessage, site=panel)
class OutboxMessageAdmin(_Pieces[OutboxMessage]):
    """What happened at tenants and was not handed on yet."""

    table = Table.OUTBOX
    list_display = ["topic", "whose", "condition", "age", "attempts", "last_error"]
    list_filter = [PieceState, Topic]

    @display(description=_("Age"))
    def age(self, row: Any) -> str:
        """Since it happened."""
        return _apart((row.now - row.created_at).total_seconds())

    def facts(self, row: Any) -> list[tuple[Any, Any]]:
        """All of it."""
        return [
            (_("Topic"), row.topic),
            (_("Tenant"), self.whose(row)),
            (_("Thing"), row.order_key),
            (_("Reference"), row.reference),
            (_("Written (UTC)"), _moment(row.created_at)),
            (_("Due (UTC)"), _moment(row.due_at)),
            (_("Tries"), row.attempts),
            (_("Error"), row.last_error or "–"),
            (_("Given up"), _("yes") if row.is_dead else _("no")),
        ]


@admin.register(DueWork, site=panel)
class DueWorkAdmin(_Pieces[DueWork]):
    """What is planned for tenants, and what failed of it."""

    table = Table.DUE
    list_display = ["kind", "whose", "condition", "when", "tries", "last_error"]
    list_filter = [PieceState, WorkKind]

    def facts(self, row: Any) -> list[tuple[Any, Any]]:
        """All of it."""
        return [
            (_("Kind"), row.kind),
            (_("Queue"), due.queue_of(row.kind)),
            (_("Tenant"), self.whose(row)),
            (_("Object"), row.object_id),
            (_("Due (UTC)"), _moment(row.due_at)),
            (_("Claims"), row.attempts),
            (_("Tries"), row.tries),
            (_("Error"), row.last_error or "–"),
            (_("Given up"), _("yes") if row.is_dead else _("no")),
        ]


def at_stripe(what: str, account_id: str = "", *, is_live: bool) -> str:
    """A page of Stripe's dashboard, of the platform or of a connected account."""
    account = f"{account_id}/" if account_id else ""
    return f"https://dashboard.stripe.com/{account}{'' if is_live else 'test/'}{what}"


def _named(pk: int, name: str) -> str:
    return format_html('<a class="underline" href="{}">{}</a>', reverse("admin:tenants_tenant_change", args=[pk]), name)


def _moment(instant: Any) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}" if instant else "–"


def _apart(seconds: float) -> str:
    size = abs(seconds)
    sign = "-" if seconds < 0 else ""
    for length, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if size >= length:
            return f"{sign}{size / length:.0f} {unit}"
    return f"{sign}{size:.0f} s"
