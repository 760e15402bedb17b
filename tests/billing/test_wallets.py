"""Wallets show up on registered hosts alone: an account that can charge has its tenant's registered."""

import pytest
from django_tenants.utils import tenant_context

from billing import accounts
from billing.accounts import wallets
from billing.payments import tasks
from billing.subscriptions.models import StripeAccount
from tenants.models import Domain, DueWork


def hosts(till):
    """What is registered where Alpha's customers are charged."""
    return [each.domain_name for each in till.client.v1.payment_method_domains.list({}, till.on).data]


@pytest.mark.parametrize("charge_type", ["direct", "destination"])
def test_every_host_of_the_tenant_is_registered_once(stripe, alpha, charge_type):
    stripe.reconnect(charge_type)
    Domain.objects.create(domain="courts.example.org", tenant=alpha.tenant, is_primary=False)
    for _time in range(2):
        wallets.register(stripe.account.account_id)
    assert sorted(hosts(stripe)) == sorted([alpha.host, "courts.example.org"])


def test_an_account_that_becomes_able_to_charge_has_it_done(stripe, alpha):
    account = stripe.account.account_id
    StripeAccount.objects.update(card_payments="inactive", transfers="inactive")
    with tenant_context(alpha.tenant):
        accounts.refresh(account)
        accounts.refresh(account)
    waiting = DueWork.objects.filter(kind=wallets.WALLETS)
    assert [(work.schema_name, work.object_id) for work in waiting] == [(alpha.tenant.schema_name, account)]


def test_an_account_that_was_given_up_is_left_alone(stripe, alpha):
    StripeAccount.objects.update(disconnected_at=stripe.account.connected_at)
    wallets.register(stripe.account.account_id)
    wallets.register("acct_unknown")
    assert hosts(stripe) == []


def test_host_that_comes_later_is_registered_by_itself(stripe, alpha):
    wallets.register(stripe.account.account_id)
    Domain.objects.create(domain="later.example.org", tenant=alpha.tenant, is_primary=False)
    with tenant_context(alpha.tenant):
        tasks.register_new_host(str(alpha.tenant.pk))
    assert sorted(hosts(stripe)) == sorted([alpha.host, "later.example.org"])


def test_host_of_a_business_that_cannot_charge_waits_until_it_can(stripe, alpha):
    StripeAccount.objects.update(card_payments="inactive", transfers="inactive")
    with tenant_context(alpha.tenant):
        tasks.register_new_host(str(alpha.tenant.pk))
    assert hosts(stripe) == []
