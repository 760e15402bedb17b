"""What the clock calls about plans."""

from billing.gateway import originals
from billing.mirror import rows
from billing.subscriptions import acts
from billing.subscriptions.models import Subscription
from tenants import due


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
