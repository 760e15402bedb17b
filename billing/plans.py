"""What a tenant's plan means to those who take its customers' money."""

from typing import Any

from django.db.models.functions import Coalesce

from tenants.models import Tenant


def fee_of(tenant: Any) -> int:
    """The platform's application fee in basis points of what customers pay online; 0 without a subscription.

    What an operator agreed with the tenant counts before its plan's.
    """
    fee = Coalesce("concession__fee", "subscription__plan__fee", 0)
    return int(Tenant.objects.filter(schema_name=tenant.schema_name).values_list(fee, flat=True).first() or 0)
