"""Plans as rows, without Stripe."""

import pytest

from billing.subscriptions import catalogue
from billing.subscriptions.models import Plan


@pytest.fixture
def sold(db: None) -> dict[str, Plan]:
    """All plans, by code; products are named as at Stripe."""
    catalogue.write()
    for plan in Plan.objects.filter(monthly_minor__gt=0):
        Plan.objects.filter(pk=plan.pk).update(stripe_product=f"forecourt_{plan.code}")
    return {plan.code: plan for plan in Plan.objects.all()}
