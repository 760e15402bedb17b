"""A tenant without a plan has no limits."""

import pytest

from billing.subscriptions import acts, catalogue
from billing.subscriptions.models import Subscription
from kernel.errors import Conflict
from tenants.models import Tenant


@pytest.fixture
def trying(db, alpha):
    """Alpha on a trial with limits."""
    catalogue.write()
    acts.begin(alpha.tenant)
    return Tenant.objects.get(pk=alpha.tenant.pk)


def test_a_tenant_that_the_platform_keeps_has_no_plan_and_no_limits(trying):
    assert trying.most_resources is not None
    acts.exempt(trying)
    now = Tenant.objects.get(pk=trying.pk)
    assert (now.most_venues, now.most_resources, now.most_staff, now.most_bookings) == (None,) * 4
    assert now.takes_public_bookings
    assert not Subscription.objects.filter(tenant=trying).exists()
    acts.refresh(trying.pk)  # its clock still comes by
    acts.exempt(trying)


def test_who_pays_for_a_plan_keeps_it(trying):
    Subscription.objects.filter(tenant=trying).update(stripe_subscription="sub_1")
    with pytest.raises(Conflict) as refused:
        acts.exempt(trying)
    assert refused.value.code == "subscribed"
    assert Subscription.objects.filter(tenant=trying).exists()
    assert Tenant.objects.get(pk=trying.pk).most_resources == trying.most_resources
