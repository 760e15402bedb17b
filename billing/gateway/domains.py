"""Hosts at which wallets may pay: Apple Pay and Google Pay show up on registered ones alone.

Source: docs.stripe.com/payments/payment-methods/pmd-registration. With direct charges each connected account registers
the hosts of its own pages.
"""

from billing.gateway.client import api, ask, key, on


def register(account_id: str, host: str) -> None:
    """Register a host on an account, empty for the platform's; a second time changes nothing."""
    options = on(account_id, key("wallets", account_id or "platform", host))
    ask(lambda: api().v1.payment_method_domains.create({"domain_name": host}, options))
