"""The plan of a business that its owner closes: not renewed, ended with everything else, and renewed by undoing."""

from datetime import timedelta

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from billing.gateway import subscriptions
from billing.subscriptions import choosing
from billing.subscriptions.tasks import plan_of_closing
from kernel import failpoints
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
        plan_of_closing(str(owner.tenant.pk))


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


def take_back(owner: Subscriber) -> None:
    with tenant_context(owner.tenant):
        closing.take_back(owner.tenant)


def test_undoing_renews_the_plan_again(owner: Subscriber) -> None:
    close(owner)
    act(owner)
    assert (owner.look().ends_by_closing, owner.look().ends_at is None) == (True, False)
    DueWork.objects.all().delete()
    take_back(owner)
    assert DueWork.objects.filter(kind=closing.PLAN, schema_name=owner.tenant.schema_name).count() == 1
    for _twice in range(2):
        act(owner)
        row = owner.look()
        assert (row.status, row.plan.code, row.ends_at, row.ends_by_closing) == ("active", "pro", None, False)
    (subscription,) = owner.till.client.v1.subscriptions.list({"customer": owner.customer}).data
    assert (subscription.status, subscription.cancel_at_period_end) == ("active", False)


def test_plan_that_its_owner_had_cancelled_stays_cancelled(owner: Subscriber) -> None:
    with tenant_context(owner.tenant):
        choosing.cancel(owner.tenant)
    close(owner)
    act(owner)
    take_back(owner)
    act(owner)
    row = owner.look()
    assert (row.ends_at, row.ends_by_closing) == (row.period_ends_at, False)


def test_plan_that_its_owner_cancels_after_closing_stays_cancelled(owner: Subscriber) -> None:
    close(owner)
    act(owner)
    with tenant_context(owner.tenant):
        choosing.cancel(owner.tenant)
    take_back(owner)
    act(owner)
    row = owner.look()
    assert (row.ends_at, row.ends_by_closing) == (row.period_ends_at, False)


def test_undone_while_stripe_is_asked_the_plan_goes_on(owner: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    close(owner)

    def hit(name: str) -> bool:
        if name == "closing.plan" and Closing.objects.exists():
            take_back(owner)
        return False

    monkeypatch.setattr(failpoints, "hit", hit)
    act(owner)
    row = owner.look()
    assert (row.status, row.ends_at, row.ends_by_closing) == ("active", None, False)


def test_undone_by_another_worker_before_stripe_is_asked_the_plan_goes_on(
    owner: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work of the undoing comes first, and the older request to cancel arrives at Stripe after it."""
    close(owner)
    cancel = subscriptions.cancel

    def late(subscription_id: str) -> None:
        monkeypatch.setattr(subscriptions, "cancel", cancel)
        take_back(owner)
        act(owner)
        cancel(subscription_id)

    monkeypatch.setattr(subscriptions, "cancel", late)
    act(owner)
    row = owner.look()
    assert (row.status, row.ends_at, row.ends_by_closing) == ("active", None, False)


def test_plan_that_is_over_when_it_is_undone_stays_over(owner: Subscriber) -> None:
    close(owner)
    act(owner)
    owner.advance(40)
    take_back(owner)
    act(owner)
    row = owner.look()
    assert (row.status, row.ends_by_closing) == ("canceled", False)


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
