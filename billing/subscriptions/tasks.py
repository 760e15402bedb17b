"""What the clock calls about plans."""

from contextlib import suppress

from billing.gateway import originals
from billing.mirror import rows
from billing.subscriptions import acts, choosing
from billing.subscriptions.models import Subscription
from kernel import failpoints
from kernel.errors import Busy, Conflict, NotFound
from tenants import closing, due
from tenants.models import Closing, Tenant


@due.handles(acts.CLOCK, queue=due.Queue.MONEY)
def look_at_plan(tenant_id: str) -> None:
    """A trial, a grace period or what was paid for comes to an end: see what is true now, as often as called."""
    acts.refresh(int(tenant_id))


@due.handles(acts.MIRROR, queue=due.Queue.BULK)
def copy_to_mirror(tenant_id: str) -> None:
    """Copy what Stripe has about the tenant into dj-stripe's tables, as often as called."""
    row = Subscription.objects.select_related("tenant").filter(tenant_id=int(tenant_id)).first()
    if row is not None and row.stripe_customer:
        rows.copy(row.tenant, originals.account(), originals.of_customer(row.stripe_customer))


@due.handles(closing.PLAN, queue=due.Queue.MONEY)
def plan_of_closing(tenant_id: str) -> None:
    """Let the plan of a business that closes end with what was paid for, and go on where that is taken back.

    As often as called, also by two at once: what was asked of Stripe while an owner changed their mind is undone.
    """
    tenant = Tenant.objects.get(pk=int(tenant_id))
    for _try in range(acts.MOST_TRIES):
        is_closing = _is_closing(tenant)
        with suppress(Conflict, NotFound):  # it has no plan, or none that is paid
            (choosing.end_with_closing if is_closing else choosing.go_on_after_closing)(tenant)
        failpoints.hit("closing.plan")
        if _is_closing(tenant) == is_closing:
            return
    raise Busy


def _is_closing(tenant: Tenant) -> bool:
    return Closing.objects.filter(tenant=tenant).exists()
