"""A subscription's life at the sandbox, by test clocks: paid, not paid, paid again, exhausted, blocked, ended."""

from datetime import timedelta

import pytest
from django.db import connection

from billing.gateway.trouble import Unavailable
from billing.subscriptions import acts, choosing
from billing.subscriptions.choosing import Wanted
from billing.subscriptions.models import Subscription
from kernel.errors import Conflict, NotFound
from schemas.clock import database_now
from tenants import provisioning
from tenants.models import Tenant
from tests.billing.subscriptions.subscriber import DAY, Subscriber

FAILS = "pm_card_chargeCustomerFail"


@pytest.fixture
def owner(stripe) -> Subscriber:
    """Alpha on trial, with a card at Stripe."""
    return Subscriber.of(stripe)


def grace_over(owner: Subscriber) -> None:
    """Ten days went by here since the first attempt failed."""
    since = database_now() - timedelta(days=10)
    Subscription.objects.filter(tenant=owner.tenant).update(past_due_since=since)


def test_trial_becomes_paid(owner):
    """Alpha gives a card within the trial: free until its end, charged then."""
    owner.subscribe("pro", trial_end=owner.began + 14 * DAY)
    assert owner.meaning() == ("trialing", "pro", True)
    owner.advance(14.1)
    row = owner.look()
    assert (row.status, row.plan.code, row.trial_ends_at) == ("active", "pro", None)
    assert owner.told() == []


def test_payment_that_fails_is_told_once_an_attempt_and_everything_works_for_ten_days(owner):
    owner.subscribe("pro")
    owner.card(FAILS)
    owner.advance(32)
    row = owner.look()
    assert (row.status, row.plan.code) == ("past_due", "pro")
    assert row.grace_until - row.past_due_since == timedelta(days=10)
    assert row.next_attempt_at is not None
    owner.look()
    assert owner.told() == ["Your plan could not be paid"]
    assert Tenant.objects.get(pk=owner.tenant.pk).takes_public_bookings
    owner.advance(36)
    owner.look()
    assert owner.told() == ["Your plan could not be paid"] * 2


def test_past_due_recovers_when_the_card_is_good_again(owner):
    owner.subscribe("pro")
    owner.card(FAILS)
    owner.advance(32)
    assert owner.meaning() == ("past_due", "pro", True)
    grace_over(owner)
    assert owner.meaning() == ("past_due", "pro", False)
    owner.card("pm_card_visa")
    owner.advance(36)
    assert owner.meaning() == ("active", "pro", True)
    assert owner.told()[-2:] == ["Customers cannot book with you at the moment", "Your plan is paid again"]


def test_exhausted_attempts_end_it_and_the_public_stays_out_until_it_is_paid(owner):
    owner.subscribe("pro")
    owner.card(FAILS)
    for day in (32, 36, 42, 50):
        owner.advance(day)
    assert owner.meaning() == ("canceled", "free", False)
    assert Tenant.objects.get(pk=owner.tenant.pk).most_resources == 3
    owner.card("pm_card_visa")
    invoice = choosing.invoices(owner.tenant)[0]
    assert invoice.status == "open"
    owner.till.client.v1.invoices.pay(invoice.id)
    assert owner.meaning() == ("canceled", "free", True)


def test_unpaid_keeps_the_plan_and_the_public_out(owner):
    owner.till.server.control("settings", after_retries="unpaid")
    owner.subscribe("pro")
    owner.card(FAILS)
    for day in (32, 36, 42, 50):
        owner.advance(day)
    assert owner.meaning() == ("unpaid", "pro", False)


def test_new_subscription_brings_everything_back(owner):
    owner.subscribe("starter")
    owner.card(FAILS)
    for day in (32, 36, 42, 50):
        owner.advance(day)
    assert owner.meaning() == ("canceled", "free", False)
    owner.card("pm_card_visa")
    owner.subscribe("pro")
    assert owner.meaning() == ("active", "pro", True)


def test_cancelled_plan_works_until_it_was_paid_for_and_is_free_then(owner):
    owner.subscribe("pro")
    owner.look()
    choosing.cancel(owner.tenant)
    row = Subscription.objects.get(tenant=owner.tenant)
    assert (row.status, row.ends_at) == ("active", row.period_ends_at)
    choosing.resume(owner.tenant)
    assert Subscription.objects.get(tenant=owner.tenant).ends_at is None
    choosing.cancel(owner.tenant)
    owner.advance(32)
    assert owner.meaning() == ("canceled", "free", True)
    assert owner.told() == ["Your plan has ended"]


def test_upgrade_charges_what_the_preview_said_and_a_second_time_nothing(owner):
    """Just begun, so the whole difference: 79 less 29."""
    owner.subscribe("starter")
    owner.look()
    said = choosing.preview(owner.tenant, Wanted("pro"))
    assert (said.amount_minor, said.currency) == (5000, "EUR")
    choosing.change(owner.tenant, Wanted("pro"), said.at)
    choosing.change(owner.tenant, Wanted("pro"), said.at)
    assert owner.meaning() == ("active", "pro", True)
    assert [(each.total_minor, each.status) for each in choosing.invoices(owner.tenant)] == [
        (5000, "paid"),
        (2900, "paid"),
    ]


def test_downgrade_is_credited_and_takes_nothing_away(owner):
    owner.subscribe("pro")
    owner.look()
    said = choosing.preview(owner.tenant, Wanted("starter"))
    assert said.amount_minor == -5000
    choosing.change(owner.tenant, Wanted("starter"), said.at)
    assert owner.meaning() == ("active", "starter", True)
    assert Tenant.objects.get(pk=owner.tenant.pk).most_resources == 10
    owner.advance(32)
    newest = choosing.invoices(owner.tenant)[0]
    assert (newest.total_minor, newest.due_minor, newest.status) == (2900, 0, "paid")


def test_upgrade_that_the_card_refuses_changes_nothing(owner):
    owner.subscribe("starter")
    owner.card(FAILS)
    owner.look()
    said = choosing.preview(owner.tenant, Wanted("pro"))
    with pytest.raises(Exception, match="card_declined"):
        choosing.change(owner.tenant, Wanted("pro"), said.at)
    assert owner.meaning() == ("active", "starter", True)
    assert [each.total_minor for each in choosing.invoices(owner.tenant) if each.status == "paid"] == [2900]


@pytest.mark.parametrize(
    ("wanted", "refusal", "code"),
    [
        (Wanted("starter"), Conflict, "same_plan"),
        (Wanted("free"), NotFound, "plan_unknown"),
        (Wanted("gold"), NotFound, "plan_unknown"),
    ],
)
def test_plan_that_cannot_be_changed_to_is_refused(owner, wanted, refusal, code):
    owner.subscribe("starter")
    owner.look()
    with pytest.raises(refusal) as caught:
        choosing.preview(owner.tenant, wanted)
    assert caught.value.code == code


def test_price_that_was_looked_at_too_long_ago_is_not_charged(owner):
    owner.subscribe("starter")
    owner.look()
    with pytest.raises(Conflict) as caught:
        choosing.change(owner.tenant, Wanted("pro"), database_now() - timedelta(hours=2))
    assert caught.value.code == "preview_over"
    assert owner.meaning() == ("active", "starter", True)


def test_tenant_that_goes_is_not_charged_any_more(owner):
    identity = owner.subscribe("pro")
    owner.look()
    with connection.cursor() as cursor:  # what the world's tokens still wait for, in this test's one transaction
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    provisioning.delete(owner.tenant)
    assert owner.till.client.v1.subscriptions.retrieve(identity).status == "canceled"


def test_tenant_stays_while_its_subscription_cannot_be_ended(owner, settings):
    owner.subscribe("pro")
    owner.look()
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(Unavailable):
        provisioning.delete(owner.tenant)
    assert Tenant.objects.get(pk=owner.tenant.pk).state == "ready"


def test_customer_of_nobody_is_nobody_s_business(db):
    assert acts.refresh_customer("cus_of_nobody") is False
    assert acts.refresh_customer("") is False
