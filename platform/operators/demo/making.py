"""Making a demo tenant, and knowing whether it is there."""

import secrets
from collections.abc import Callable
from datetime import datetime
from random import Random

from django.db import transaction
from django_tenants.utils import tenant_context

from accounts.models import Role, User
from billing.payments.models import BusinessDetails
from billing.subscriptions import acts
from bookings.models import Booking
from kernel.errors import Refused
from operators.demo.dressing import dress
from operators.demo.filling import fill
from operators.demo.furnishing import close, furnish
from operators.demo.munich import MUNICH
from operators.demo.newyork import NEW_YORK
from operators.demo.offering import price, sell
from operators.demo.plans import TenantPlan
from operators.demo.tokyo import TOKYO
from tenants import hosts, provisioning
from tenants.models import Domain, OutboxMessage, Tenant
from tenants.zones import zone

PLANS = (MUNICH, TOKYO, NEW_YORK)
LOOPBACK = ("127.0.0.1", "::1")
"""Addresses at which the first tenant answers too, so that API.md's calls work as printed."""

Report = Callable[[float, str], None]


def tenant_of(plan: TenantPlan) -> Tenant | None:
    """The demo tenant, finished or not; `Refused("not_ours")` where a real business has the name."""
    tenant: Tenant | None = Tenant.objects.filter(slug=plan.slug).first()
    if tenant is None or tenant.state == Tenant.State.CREATING:
        return tenant
    with tenant_context(tenant):
        if not User.objects.filter(role=Role.OWNER, email=plan.staff_email("owner")).exists():
            raise Refused("not_ours", f"The tenant {plan.slug} belongs to somebody: the demo data leave it alone.")
    return tenant


def is_made(plan: TenantPlan) -> bool:
    """Whether the tenant is there with its bookings, which come last."""
    tenant = tenant_of(plan)
    if tenant is None or tenant.state not in {Tenant.State.READY, Tenant.State.SUSPENDED}:
        return False
    with tenant_context(tenant):
        return Booking.objects.exists()


def make(plan: TenantPlan, seed: int, now: datetime, report: Report) -> Tenant:
    """The tenant, made afresh from the seed and the day of `now`; one that is there is removed first."""
    report(0, "schema")
    old = tenant_of(plan)
    if old is not None and old.state != Tenant.State.CREATING:
        provisioning.delete(old)
    tenant = provisioning.create(
        provisioning.Application(
            name=plan.name,
            slug=plan.slug,
            time_zone=plan.time_zone,
            currency=plan.currency,
            brand_color=plan.brand_color,
            owner_email=plan.staff_email("owner"),
            owner_name=plan.staff["owner"],
            owner_password=secrets.token_urlsafe(),  # `logins` sets the one to be used
        )
    )
    if not plan.tries:
        acts.exempt(tenant)
    today = now.astimezone(zone(plan.time_zone)).date()
    rng = Random(f"{seed} {plan.slug}")  # noqa: S311 - repeatable on purpose, and nothing secret
    report(0.1, "venues and people")
    with tenant_context(tenant):
        with transaction.atomic():
            furnish(plan, today, rng)
            price(plan)
            if plan.business:
                BusinessDetails.objects.create(id=1, **plan.business)
        report(0.2, "pictures")
        dress(plan, tenant)
        close(plan, today)
        fill(plan, now, rng, lambda part: report(0.3 + 0.7 * part, "bookings"))
        with transaction.atomic():
            sell(plan, today, rng)
    Tenant.objects.filter(pk=tenant.pk).update(set_up_at=now)
    # Made-up pasts: nobody is told of them.
    OutboxMessage.objects.filter(schema_name=tenant.schema_name).delete()
    report(1, "ready")
    return tenant


def answer_at_loopback(tenant: Tenant) -> None:
    """Let a tenant answer at 127.0.0.1 and ::1; a host that somebody has already stays theirs."""
    for host in LOOPBACK:
        Domain.objects.get_or_create(domain=host, defaults={"tenant": tenant, "is_primary": False})
    hosts.forget()
