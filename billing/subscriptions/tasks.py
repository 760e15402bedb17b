"""What the clock calls about plans."""

from contextlib import suppress

from billing.gateway import originals
from billing.mirror import rows
from billing.subscriptions import acts, choosing
from billing.subscriptions.models import Subscription
from kernel.errors import Conflict, NotFound
from tenants import closing, due
from tenants.closings import Closing


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
def end_plan_of_closing(tenant_id: str) -> None:
    """Let the plan of a business that closes end with what was paid for, as often as called."""
    found = Closing.objects.select_related("tenant").filter(tenant_id=int(tenant_id), sealed_at=None).first()
    if found is not None:
        with suppress(Conflict, NotFound):  # it has no plan, or none that is paid
            choosing.cancel(found.tenant)
