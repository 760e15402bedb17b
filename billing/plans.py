"""What a tenant's plan means to those who take its customers' money."""

from typing import Any

from billing.subscriptions.models import Subscription


def fee_of(tenant: Any) -> int:
    """The platform's application fee in basis points of what customers pay online; 0 without a subscription."""
    fee = Subscription.objects.filter(tenant__schema_name=tenant.schema_name).values_list("plan__fee", flat=True)
    return int(fee.first() or 0)
