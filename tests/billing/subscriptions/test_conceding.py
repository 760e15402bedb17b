"""What an operator agrees with a tenant stays through every look at Stripe, and ends when it was to end."""

from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from billing.plans import fee_of
from billing.subscriptions import acts, agreed, conceding
from billing.subscriptions.models import Concession, Subscription
from billing.subscriptions.words import agreements, words_of
from kernel.errors import Conflict, Invalid, NotFound
from schemas.clock import database_now
from tenants import due, provisioning
from tenants.limits import Thing
from tenants.models import DueWork, OutgoingMail, Tenant
from tests.billing.subscriptions.subscriber import Subscriber
from tests.tenants.applications import application

LIMITS = ("most_venues", "most_resources", "most_staff", "most_bookings", "takes_public_bookings")
PRO, FREE, NONE = (5, 60, 30, 10_000, True), (1, 3, 2, 100, True), (None, None, None, None, True)
WEEK = timedelta(days=7)


@pytest.fixture
def newcomer(sold) -> Tenant:
    """Somebody on a trial of Pro."""
    return provisioning.create(application())


@pytest.fixture
def free(newcomer) -> Tenant:
    """Somebody whose trial is over."""
    Subscription.objects.filter(tenant=newcomer).update(trial_ends_at=database_now() - timedelta(days=1))
    acts.refresh(newcomer.pk)
    return newcomer


def limits_of(tenant: Tenant) -> tuple[object, ...]:
    """What the tenant's row says."""
    return Tenant.objects.values_list(*LIMITS).get(pk=tenant.pk)


def standing_of(tenant: Tenant) -> tuple[str, str]:
    """Status and plan."""
    return Subscription.objects.values_list("status", "plan__code").get(tenant=tenant)


def told(tenant: Tenant) -> list[str]:
    """Subjects of mails to the owner, without the tenant's name."""
    rows = OutgoingMail.objects.filter(schema_name=tenant.schema_name).order_by("pk")
    return [subject.partition(": ")[2] for subject in rows.values_list("subject", flat=True)]


def let_end(tenant: Tenant, left: timedelta) -> None:
    """Move the end of what was granted so far from now, and let the clock do its work."""
    Concession.objects.filter(tenant=tenant).update(until=database_now() + left)
    work = DueWork.objects.get(schema_name=tenant.schema_name, kind=acts.CLOCK)
    DueWork.objects.filter(pk=work.pk).update(due_at=database_now())
    with tenant_context(tenant):
        due.perform(work.pk, work.attempts)


def test_a_granted_plan_counts_at_once_and_through_every_look(free):
    conceding.grant(free, "enterprise", None)
    assert (standing_of(free), limits_of(free)) == (("granted", "enterprise"), NONE)
    acts.refresh(free.pk)
    assert (standing_of(free), limits_of(free), fee_of(free)) == (("granted", "enterprise"), NONE, 0)
    assert told(free) == ["Your trial is over"]


def test_owners_are_told_once_before_a_granted_plan_ends_and_when_it_did(free):
    conceding.grant(free, "pro", database_now() + WEEK)
    assert DueWork.objects.get(schema_name=free.schema_name, kind=acts.CLOCK).due_at < database_now() + WEEK
    let_end(free, timedelta(days=2))
    acts.refresh(free.pk)
    assert told(free)[1:] == ["Your plan without charge ends soon"]
    let_end(free, timedelta(seconds=-1))
    assert (standing_of(free), limits_of(free)) == (("free", "free"), FREE)
    assert told(free)[1:] == ["Your plan without charge ends soon", "Your plan without charge is over"]
    acts.refresh(free.pk)
    assert len(told(free)) == 3


def test_a_grant_that_is_ended_leaves_the_trial_that_goes_on(newcomer):
    conceding.grant(newcomer, "starter", None)
    assert standing_of(newcomer) == ("granted", "starter")
    assert conceding.end_grant(newcomer).code == "starter"
    assert (standing_of(newcomer), limits_of(newcomer)) == (("trialing", "pro"), PRO)
    assert told(newcomer) == []
    with pytest.raises(NotFound):
        conceding.end_grant(newcomer)


def test_whoever_pays_through_stripe_is_granted_nothing_and_falls_on_a_grant_later(stripe):
    subscriber = Subscriber.of(stripe)
    subscription = subscriber.subscribe("starter")
    assert subscriber.meaning() == ("active", "starter", True)
    with pytest.raises(Conflict, match="through Stripe"):
        conceding.grant(stripe.tenant, "pro", None)
    with pytest.raises(Conflict):
        conceding.give_longer(stripe.tenant, 7)
    assert not Concession.objects.exists()
    stripe.client.v1.subscriptions.cancel(subscription)
    assert subscriber.meaning() == ("canceled", "free", True)
    conceding.grant(stripe.tenant, "pro", None)
    assert subscriber.meaning() == ("granted", "pro", True)
    subscriber.subscribe("starter")
    assert subscriber.meaning() == ("active", "starter", True)


def test_a_trial_is_given_longer_and_its_new_end_is_told_anew(newcomer):
    before = Subscription.objects.get(tenant=newcomer).trial_ends_at
    assert conceding.give_longer(newcomer, 7) == (before, before + WEEK)
    assert Subscription.objects.get(tenant=newcomer).trial_ends_at == before + WEEK
    clock = DueWork.objects.get(schema_name=newcomer.schema_name, kind=acts.CLOCK)
    assert clock.due_at == before + timedelta(days=4)


def test_who_is_on_the_free_plan_tries_again_from_today(free):
    _before, after = conceding.give_longer(free, 7)
    assert timedelta(days=6, hours=23) < after - database_now() <= WEEK
    assert (standing_of(free), limits_of(free)) == (("trialing", "pro"), PRO)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_days_out_of_bounds_are_refused(newcomer, days):
    before = Subscription.objects.get(tenant=newcomer).trial_ends_at
    with pytest.raises(Invalid):
        conceding.give_longer(newcomer, days)
    assert Subscription.objects.get(tenant=newcomer).trial_ends_at == before


def test_refusals_change_nothing(free):
    with pytest.raises(NotFound):
        conceding.grant(free, "gold", None)
    with pytest.raises(Invalid):
        conceding.grant(free, "pro", database_now() - WEEK)
    with pytest.raises(Invalid):
        conceding.set_fee(free, 5_001)
    assert (standing_of(free), limits_of(free), fee_of(free)) == (("free", "free"), FREE, 200)
    assert not Concession.objects.exists()


def test_a_fee_of_zero_is_a_fee(free):
    conceding.set_fee(free, 0)
    acts.refresh(free.pk)
    assert fee_of(free) == 0
    conceding.set_fee(free, None)
    assert fee_of(free) == 200


def test_limits_that_were_agreed_stay_whatever_plan_there_is(free):
    used = conceding.set_limits(free, {Thing.VENUES: 9, Thing.BOOKINGS: None})
    assert limits_of(free) == (9, 3, 2, None, True)
    assert used[Thing.STAFF] == 1
    acts.refresh(free.pk)
    conceding.grant(free, "pro", None)
    assert limits_of(free) == (9, 60, 30, None, True)
    conceding.set_limits(free, {})
    assert limits_of(free) == PRO


def test_below_what_is_used_is_allowed_and_only_more_is_refused(free):
    assert conceding.set_limits(free, {Thing.STAFF: 0})[Thing.STAFF] == 1
    assert limits_of(free)[2] == 0


def test_a_house_without_plans_has_fees_and_limits_of_its_own_and_no_grant(db):
    tenant = provisioning.create(application())
    conceding.set_limits(tenant, {Thing.VENUES: 2})
    conceding.set_fee(tenant, 75)
    assert (limits_of(tenant), fee_of(tenant)) == ((2, None, None, None, True), 75)
    with pytest.raises(NotFound):
        conceding.grant(tenant, "pro", None)
    with pytest.raises(NotFound):
        conceding.give_longer(tenant, 7)
    assert not Subscription.objects.exists()


def test_an_exempt_house_keeps_nothing_that_was_agreed(free):
    conceding.set_limits(free, {Thing.VENUES: 2})
    acts.exempt(free)
    assert (limits_of(free), Concession.objects.count()) == (NONE, 0)


def test_the_plan_page_says_it_in_words(free):
    conceding.grant(free, "pro", None)
    conceding.set_fee(free, 25)
    conceding.set_limits(free, {Thing.VENUES: 9, Thing.STAFF: None})
    row = acts.subscription_of(free)
    assert words_of(row, database_now()).text == "You have it without charge, as agreed with us."
    assert agreements(row.plan, agreed.of(free)) == [
        "Fee on online payments: 0.25 % in place of 0.5 %",
        "Venues: 9 in place of 5",
        "Staff: any number in place of 30",
    ]


def test_tenant_that_goes_takes_what_was_agreed_along(free):
    """T32."""
    conceding.set_fee(free, 25)
    provisioning.delete(free)
    assert not Concession.objects.exists()
