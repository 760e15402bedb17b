"""What an operator agreed with a tenant, read: which plan it has without paying, and what it may."""

from datetime import datetime

from billing.subscriptions.models import Concession, Plan
from tenants.limits import Thing
from tenants.models import Tenant


def of(tenant: Tenant) -> Concession:
    """What stands now, asked anew; an empty one where nothing was agreed."""
    found: Concession | None = Concession.objects.select_related("plan").filter(tenant_id=tenant.pk).first()
    return found or Concession(tenant_id=tenant.pk)


def known(tenant: Tenant) -> Concession:
    """As `of`, without a query where the tenant was read with it."""
    found: Concession | None = getattr(tenant, "concession", None)
    return found or Concession(tenant_id=tenant.pk)


def granted(found: Concession, now: datetime) -> Plan | None:
    """The plan that it has without paying."""
    return found.plan if found.until is None or found.until > now else None


def limits_of(plan: Plan | None, found: Concession) -> dict[str, int | None]:
    """The columns of the tenant that say what it may; without a plan everything that was not agreed is unlimited."""
    return {f"most_{thing}": limit_of(plan, found, thing) for thing in Thing}


def limit_of(plan: Plan | None, found: Concession, thing: Thing) -> int | None:
    """How many of a thing; None is without limit."""
    of_plan: int | None = getattr(plan, f"most_{thing}") if plan else None
    most: int | None = found.limits.get(thing, of_plan)
    return most
