"""What an operator sees first: how many tenants there are and how they stand, and whether anything needs somebody."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name

from billing.subscriptions.models import Subscription
from billing.subscriptions.standing import TRIALING
from operators import earnings
from operators.models import OperatorAct
from schemas.clock import database_now
from tenants import backlog, speech
from tenants.models import AbuseReport, Tenant

MONTH, WEEK = timedelta(days=30), timedelta(days=7)
ACTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name and where it leads; `tone` is error where somebody should look."""

    name: str
    value: str
    href: str = ""
    tone: str = "neutral"


def context(_request: HttpRequest, found: dict[str, object]) -> dict[str, object]:
    """What the index shows besides the frame."""
    done = OperatorAct.objects.all()[:ACTS_SHOWN]
    return {**found, "title": _("Overview"), "groups": [_tenants(), _money(), _work()], "done": done}


def _tenants() -> tuple[str, list[Figure]]:
    where = reverse("admin:tenants_tenant_changelist")
    rows = Tenant.objects.exclude(schema_name=get_public_schema_name())
    new = Count("pk", filter=Q(created_at__gte=database_now() - MONTH))
    by_state = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    paying = dict(Subscription.objects.order_by().values_list("status").annotate(Count("pk")))
    owing = Subscription.objects.filter(status__in=["past_due", "unpaid"]).count()
    return _("Tenants"), [
        Figure(_("Ready"), speech.count(by_state.get("ready", 0)), f"{where}?state__exact=ready"),
        Figure(_("New in 30 days"), speech.count(rows.aggregate(new=new)["new"]), where),
        Figure(_("On trial"), speech.count(paying.get("trialing", 0)), f"{where}?subscription__status=trialing"),
        Figure(_("Paying"), speech.count(paying.get("active", 0)), f"{where}?subscription__status=active"),
        Figure(_("Behind with paying"), speech.count(owing), f"{where}?subscription__status=past_due", _bad(owing)),
        Figure(_("Suspended"), speech.count(by_state.get("suspended", 0)), f"{where}?state__exact=suspended"),
    ]


def _money() -> tuple[str, list[Figure]]:
    now = database_now()
    figures, subscriptions = reverse("admin:figures"), reverse("admin:subscriptions_subscription_changelist")
    ending = Subscription.objects.filter(status=TRIALING, trial_ends_at__gte=now, trial_ends_at__lt=now + WEEK).count()
    paid = earnings.volume((now - MONTH).date())
    return _("Money"), [
        *(
            Figure(f"MRR, {currency}", speech.money(minor, currency), figures)
            for currency, minor in earnings.mrr().items()
        ),
        Figure(_("Trials that end in 7 days"), speech.count(ending), f"{subscriptions}?concern=trial"),
        *(
            Figure(_("Paid in 30 days, %(currency)s") % {"currency": currency}, speech.money(minor, currency), figures)
            for currency, minor in paid.items()
        ),
    ]


def _work() -> tuple[str, list[Figure]]:
    clock = reverse("admin:clock")
    dead = sum(backlog.count_dead().values())
    late = max(backlog.overdue().values(), default=0.0)
    now = database_now()
    ages = [(now - at).total_seconds() if at else float("inf") for at in backlog.heartbeats().values()]
    reported = AbuseReport.objects.filter(judged_at=None).count()
    is_still = any(age > backlog.LATE_BEAT for age in ages)
    return _("Work"), [
        Figure(_("Given up"), speech.count(dead), f"{clock}#dead", _bad(dead)),
        Figure(_("Latest piece is late by"), f"{late:.0f} s", clock, _bad(late > backlog.LATE_BEAT)),
        Figure(_("Messages wait since"), f"{backlog.outbox_oldest():.0f} s", clock),
        Figure(_("Events that wait"), speech.count(backlog.unprocessed()), clock),
        Figure(_("Reports to judge"), speech.count(reported), _judging(), _bad(reported)),
        Figure(_("Beat"), _("does not run") if is_still else _("runs"), clock, _bad(is_still)),
    ]


def _judging() -> str:
    return reverse("admin:tenants_abusereport_changelist") + "?judged_at__isempty=1"


def _bad(is_bad: float | bool) -> str:
    return "error" if is_bad else "neutral"
