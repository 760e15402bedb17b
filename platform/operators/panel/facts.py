"""What is known of one tenant, in sections: each a title and lines of a name, words and a tone."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Min, Sum
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from accounts.models import STAFF_ROLES, Role, User
from billing.payments.models import Payment
from bookings.models import Booking
from operators import standing
from operators.standing import Fact
from schemas.clock import database_now
from tenants import drift, speech
from tenants.addresses import address as address_of
from tenants.models import DueWork, OutboxMessage, OutgoingMail, Tenant
from tenants.template import TEMPLATE
from venues.models import Resource, Venue
from website import agreeing, legal

MONTH = timedelta(days=30)
MEBIBYTE = 1 << 20
MOST_LATE = 300
"""Seconds."""
SIZE = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relkind = 'r'
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A title, and what stands under it."""

    title: str
    lines: list[tuple[str, Fact]] = field(default_factory=list)

    def say(self, name: str, text: object, tone: str = "neutral") -> None:
        """Add a line."""
        self.lines.append((name, Fact(str(text), tone)))


def address(tenant: Tenant) -> str:
    """Where its pages are."""
    return address_of(tenant, "/")


def sections(tenant: Tenant) -> list[Section]:
    """Everything, in the order in which somebody looks: a bounded number of queries."""
    with tenant_context(tenant):
        inside = [_usage(), _money()]
    return [_plan(tenant), *inside, _health(tenant), _domains(tenant)]


def _plan(tenant: Tenant) -> Section:
    row = next(iter(standing.rows([tenant], tenant.now)))
    found = Section(_("Plan"))
    found.say(_("Plan"), f"{row.plan} · {row.fee}")
    found.lines.append((_("Subscription"), row.subscription))
    found.lines.append(("Stripe", row.account))
    if row.account_id:
        found.say(_("Account"), row.account_id)
    if row.wanted:
        until = f" · {speech.day(row.due_by.date(), form='medium')}" if row.due_by else ""
        found.say(_("Stripe asks for"), ", ".join(row.wanted) + until, "warning")
    limits = {_("Venues"): tenant.most_venues, _("Resources"): tenant.most_resources}
    limits |= {_("Staff"): tenant.most_staff, _("Bookings in a month"): tenant.most_bookings}
    told = ", ".join(f"{name} {'∞' if most is None else most}" for name, most in limits.items())
    found.say(_("Limits"), told)
    agreed = agreeing.of(tenant).first()
    words = f"{agreed.version} · {agreed.agreed_at:%Y-%m-%d} · {agreed.email}" if agreed else _("never")
    found.say(_("Agreement"), words, "warning" if agreed and agreed.version != legal.VERSION else "neutral")
    return found


def _usage() -> Section:
    """Call it in the tenant's schema."""
    found, now = Section(_("Usage")), database_now()
    with connection.cursor() as cursor:
        cursor.execute(SIZE, [connection.schema_name])  # type: ignore[attr-defined]
        (size,) = cursor.fetchone()
    people = dict(User.objects.filter(is_active=True).values_list("role").annotate(Count("pk")))
    found.say(_("Venues"), Venue.objects.count())
    found.say(_("Resources"), Resource.objects.filter(is_active=True).count())
    found.say(_("Staff"), sum(people.get(role, 0) for role in STAFF_ROLES))
    found.say(_("Customers"), people.get(Role.CUSTOMER, 0))
    told = Booking.objects.filter(created_at__gte=now - MONTH).aggregate(made=Count("pk"), last=Max("created_at"))
    found.say(_("Bookings made in 30 days"), told["made"])
    found.say(_("Last booking"), _instant(told["last"]))
    signed_in = User.objects.filter(role__in=STAFF_ROLES).aggregate(last=Max("last_login"))["last"]
    found.say(_("Staff signed in last"), _instant(signed_in))
    found.say(_("Data"), f"{size / MEBIBYTE:.1f} MiB")
    return found


def _money() -> Section:
    """Call it in the tenant's schema."""
    found, now = Section(_("Money online, 30 days")), database_now()
    paid = Payment.objects.filter(state=Payment.State.SUCCEEDED, created_at__gte=now - MONTH)
    sums = paid.values("currency").annotate(n=Count("pk"), total=Sum("amount_minor"), fees=Sum("fee_minor"))
    for row in sums.order_by("currency"):
        text = _("%(total)s in %(count)s payments, fees %(fees)s") % {
            "total": speech.money(row["total"], row["currency"]),
            "count": row["n"],
            "fees": speech.money(row["fees"] or 0, row["currency"]),
        }
        found.say(row["currency"], text)
    if not found.lines:
        found.say(_("Payments"), _("none"))
    return found


def _health(tenant: Tenant) -> Section:
    found, now = Section(_("Health")), database_now()
    digests = drift.digests([TEMPLATE, tenant.schema_name])
    is_whole = digests.get(tenant.schema_name) == digests.get(TEMPLATE)
    words = _("as they should be") if is_whole else _("differ from the template")
    found.say(_("Tables"), words, "success" if is_whole else "error")
    waiting = DueWork.objects.filter(schema_name=tenant.schema_name, is_dead=False, due_at__lt=now)
    late = waiting.aggregate(n=Count("pk"), oldest=Min("due_at"))
    seconds = (now - late["oldest"]).total_seconds() if late["oldest"] else 0
    found.say(_("Work that is due"), f"{late['n']} · {seconds:.0f} s", "warning" if seconds > MOST_LATE else "neutral")
    for name, model in ((_("Work given up"), DueWork), (_("Messages given up"), OutboxMessage)):
        count = model.objects.filter(schema_name=tenant.schema_name, is_dead=True).count()
        found.say(name, count, "error" if count else "success")
    letters = dict(
        OutgoingMail.objects.filter(schema_name=tenant.schema_name, created_at__gte=now - MONTH)
        .values_list("state")
        .annotate(Count("pk"))
    )
    bad = sum(letters.get(state, 0) for state in (OutgoingMail.State.BOUNCED, OutgoingMail.State.COMPLAINED))
    text = _("%(sent)s sent, %(bad)s came back or were reported") % {"sent": sum(letters.values()), "bad": bad}
    found.say(_("Letters, 30 days"), text, "warning" if bad else "neutral")
    return found


def _domains(tenant: Tenant) -> Section:
    found = Section(_("Domains"))
    for domain in tenant.domains.all():
        found.say(domain.domain, _("main") if domain.is_primary else _("leads to the main one"))
    for claim in tenant.claims.all():
        tone = "success" if claim.proven_at and not claim.lost_since else "warning"
        found.say(claim.domain, claim.get_trouble_display() if claim.trouble else _("proven"), tone)
    return found


def _instant(instant: Any) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else _("never")
