"""Wallets: which of them a customer is offered is Stripe's configuration; on which hosts, we have to say."""

from billing.accounts.standing import CHARGES, account_of, known, standing_of
from billing.gateway import domains
from billing.subscriptions.models import StripeAccount
from tenants.models import Domain, Tenant

WALLETS = "wallet_hosts"
"""The kind of due work that registers a tenant's hosts, once its account can charge."""


def register(account_id: str) -> None:
    """Register every host of the account's tenant where its customers are charged; as often as called. Network."""
    account = known(account_id)
    if account is None or account.disconnected_at is not None:
        return
    is_direct = account.charge_type == StripeAccount.ChargeType.DIRECT
    for host in Domain.objects.filter(tenant=account.tenant).order_by("pk").values_list("domain", flat=True):
        domains.register(account_id if is_direct else "", host)


def register_for(tenant: Tenant) -> None:
    """The same for a tenant with a new host, if its account can charge; else it is done once it can. Network."""
    account = account_of(tenant)
    if account is not None and standing_of(account) in CHARGES:
        register(account.account_id)
