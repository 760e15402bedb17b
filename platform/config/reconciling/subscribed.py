"""The platform's own business: tenants' subscriptions and what they entitle to, and the fees of their payments."""

from datetime import datetime

from billing.gateway import records
from billing.subscriptions import acts, fees
from billing.subscriptions.models import PlatformFee, Subscription
from config.reconciling.findings import PLATFORM, Difference

SNAPSHOT = ("plan_id", "status", "trial_ends_at", "period_ends_at", "ends_at", "past_due_since", "blocked_at")
ALLOWED = ("most_venues", "most_resources", "most_staff", "most_bookings", "takes_public_bookings")


def entitlements() -> list[Difference]:
    """Every tenant with a customer at Stripe has the plan, and is allowed, what its subscription says."""
    found = []
    rows = Subscription.objects.select_related("tenant").exclude(stripe_customer="").order_by("pk")
    for row in rows:
        before = _snapshot(row)
        acts.refresh(row.tenant_id)
        after = _snapshot(Subscription.objects.select_related("tenant").get(pk=row.pk))
        changed = [name for name in before if before[name] != after[name]]
        if changed:
            what = f"other at Stripe: {', '.join(changed)}"
            found.append(Difference(row.tenant.slug, "subscription", row.stripe_subscription, what, is_healed=True))
    return found


def platform_fees(since: datetime) -> list[Difference]:
    """Every fee that the platform took since then has a row, with what went back of it."""
    found = []
    known = dict(PlatformFee.objects.filter(at__gte=since).values_list("fee_id", "refunded_minor"))
    for fee_id, account_id, refunded in records.fees(since):
        if known.get(fee_id) != refunded:
            fees.refresh(fee_id, account_id)
            found.append(Difference(PLATFORM, "fee", fee_id, "other at Stripe", is_healed=True))
    return found


def _snapshot(row: Subscription) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(row, name) for name in SNAPSHOT}
    return values | {name: getattr(row.tenant, name) for name in ALLOWED}
