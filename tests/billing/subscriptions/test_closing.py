"""The plan of a business that its owner closes: not renewed at once, ended with everything else."""

from datetime import timedelta

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from billing.subscriptions.tasks import end_plan_of_closing
from schemas.clock import database_now
from tenants import closing
from tenants.models import Closing, DueWork, Tenant
from tests.billing.subscriptions.subscriber import Subscriber
from tests.till import Till


@pytest.fixture
def owner(stripe: Till) -> Subscriber:
    """Alpha with a paid plan."""
    made = Subscriber.of(stripe)
    made.subscribe("pro")
    made.look()
    return made


def close(owner: Subscriber) -> None:
    with tenant_context(owner.tenant):
        closing.close(owner.tenant)


def act(owner: Subscriber) -> None:
    with tenant_context(owner.tenant):
        end_plan_of_closing(str(owner.tenant.pk))


def test_plan_is_not_renewed_and_nothing_ends_before_its_time(owner: Subscriber) -> None:
    assert owner.look().ends_at is None
    close(owner)
    assert DueWork.objects.filter(kind=closing.PLAN, schema_name=owner.tenant.schema_name).count() == 1
    act(owner)
    act(owner)
    row = owner.look()
    assert (row.status, row.ends_at) == ("active", row.period_ends_at)


def test_plan_that_was_not_closed_any_more_is_left_alone(owner: Subscriber) -> None:
    close(owner)
    with tenant_context(owner.tenant):
        closing.take_back(owner.tenant)
    act(owner)
    assert owner.look().ends_at is None


def test_free_plan_has_nothing_to_end(stripe: Till) -> None:
    owner = Subscriber.of(stripe)
    close(owner)
    act(owner)
    assert owner.look().status == "trialing"


def test_deletion_waits_until_the_subscription_is_ended(owner: Subscriber, settings: object) -> None:
    with connection.cursor() as cursor:  # what the world's tokens still wait for, in this test's one transaction
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    close(owner)
    now = database_now()
    past = {"asked_at": now - timedelta(days=31), "final_at": now - timedelta(minutes=9)}
    Closing.objects.update(sealed_at=now - timedelta(minutes=6), **past)
    Tenant.objects.filter(pk=owner.tenant.pk).update(state="leaving")
    key, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, ""  # type: ignore[attr-defined]
    assert closing.pass_time() == 0
    assert Tenant.objects.get(pk=owner.tenant.pk).state == "leaving"
    settings.STRIPE_SECRET_KEY = key  # type: ignore[attr-defined]
    (subscription,) = owner.till.client.v1.subscriptions.list({"customer": owner.customer}).data
    assert closing.pass_time() == 1
    assert owner.till.client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    assert not Tenant.objects.filter(pk=owner.tenant.pk).exists()
