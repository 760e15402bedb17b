"""Both ways to charge: every test that asks for `till` runs with each. What is on sale, and who buys it."""

import pytest

from accounts.models import User
from billing.subscriptions.models import Plan, Subscription
from schemas.clock import database_now
from tests.till import Till
from venues.models import CustomerGroup, MembershipPlan, Pack, Venue


@pytest.fixture(params=["direct", "destination"])
def till(request, stripe: Till, in_alpha) -> Till:
    """Alpha at the Stripe sandbox, charging on its own account, or the platform for it; the platform takes a tenth."""
    if request.param == "destination":
        stripe.reconnect("destination")
    plan = Plan.objects.create(code="buying", name="Buying", fee=1000)
    Subscription.objects.create(tenant=in_alpha.tenant, plan=plan, updated_at=database_now())
    return stripe


@pytest.fixture
def pack(in_alpha) -> Pack:
    """Ten hours for 200.00, good for a year, at 19 % VAT."""
    Venue.objects.update(vat=1900)
    return Pack.objects.create(name="Ten hours", minutes=600, price_minor=20_000, currency="EUR", valid_days=365)


@pytest.fixture
def club(in_alpha) -> MembershipPlan:
    """Thirty days in the club, which has ten per cent off, for 30.00."""
    group = CustomerGroup.objects.create(name="Club", percent_off=1000)
    return MembershipPlan.objects.create(
        name="A month in the club", group=group, days=30, price_minor=3000, currency="EUR"
    )


@pytest.fixture
def desk(in_alpha) -> User:
    """Alpha's front desk."""
    return User.objects.get(pk=in_alpha.users["front_desk"])
