"""A new tenant tries the best plan for a fortnight without a card, and then has the free one."""

from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context
from djstripe.models import Customer

from billing.subscriptions import acts
from billing.subscriptions.models import PlatformFee, Subscription
from schemas.clock import database_now
from tenants import due, provisioning
from tenants.models import DueWork, OutgoingMail, Tenant
from tests.tenants.applications import application

LIMITS = ("most_venues", "most_resources", "most_staff", "most_bookings", "takes_public_bookings")


@pytest.fixture
def newcomer(sold) -> Tenant:
    """Somebody who has just applied."""
    return provisioning.create(application())


def limits_of(tenant: Tenant) -> tuple[object, ...]:
    """What the tenant's row says."""
    return Tenant.objects.values_list(*LIMITS).get(pk=tenant.pk)


def clock_of(tenant: Tenant) -> DueWork:
    """When its plan is looked at next."""
    return DueWork.objects.get(schema_name=tenant.schema_name, kind=acts.CLOCK)


def let(tenant: Tenant, **past: timedelta) -> None:
    """Move moments of the trial so far from now, and let the clock do its work."""
    now = database_now()
    Subscription.objects.filter(tenant=tenant).update(**{name: now + delta for name, delta in past.items()})
    work = clock_of(tenant)
    DueWork.objects.filter(pk=work.pk).update(due_at=now)
    with tenant_context(tenant):
        due.perform(work.pk, work.attempts)


def told(tenant: Tenant) -> list[str]:
    """Subjects of mails to the owner, without the tenant's name."""
    rows = OutgoingMail.objects.filter(schema_name=tenant.schema_name).order_by("pk")
    return [subject.partition(": ")[2] for subject in rows.values_list("subject", flat=True)]


def test_new_tenant_begins_with_a_trial_of_pro(newcomer):
    row = Subscription.objects.get(tenant=newcomer)
    assert (row.status, row.plan.code) == ("trialing", "pro")
    assert row.trial_ends_at - row.updated_at == timedelta(days=14)
    assert limits_of(newcomer) == (5, 60, 30, 10_000, True)
    assert clock_of(newcomer).due_at == row.trial_ends_at - timedelta(days=3)
    assert (newcomer.most_venues, newcomer.state) == (5, "ready")


def test_house_without_plans_limits_nobody(db):
    tenant = provisioning.create(application())
    assert not Subscription.objects.exists()
    assert limits_of(tenant) == (None, None, None, None, True)


def test_owner_is_told_once_before_the_trial_ends_and_again_when_it_ends_on_another_day(newcomer):
    let(newcomer, trial_ends_at=timedelta(days=2))
    let(newcomer)
    assert told(newcomer) == ["Your trial ends soon"]
    let(newcomer, trial_ends_at=timedelta(days=1))
    assert told(newcomer) == ["Your trial ends soon"] * 2


def test_trial_that_is_over_becomes_the_free_plan_and_nothing_is_deleted(newcomer):
    let(newcomer, trial_ends_at=timedelta(seconds=-1))
    row = Subscription.objects.get(tenant=newcomer)
    assert (row.status, row.plan.code) == ("free", "free")
    assert limits_of(newcomer) == (1, 3, 2, 100, True)
    assert told(newcomer) == ["Your trial is over"]
    acts.refresh(newcomer.pk)
    assert told(newcomer) == ["Your trial is over"]


def test_tenant_that_goes_takes_its_plan_along(newcomer):
    """T32; what the platform earned stays in its books, without a name."""
    taken = {"account_id": "acct_1", "charge_id": "ch_1", "amount_minor": 5, "currency": "JPY", "at": database_now()}
    PlatformFee.objects.create(fee_id="fee_1", tenant=newcomer, **taken)
    customer = Customer.objects.create(id="cus_1", subscriber=newcomer)
    provisioning.delete(newcomer)
    assert not Subscription.objects.exists()
    assert PlatformFee.objects.get().tenant is None
    customer.refresh_from_db()
    assert customer.subscriber is None
    assert not DueWork.objects.filter(kind=acts.CLOCK).exists()
