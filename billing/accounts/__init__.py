"""Tenants' connected accounts: whether money can be taken (`standing`), and how they come and go (`acts`)."""

from billing.accounts.acts import connect, disconnect, disconnected, look_again, onboarding, reconnect, refresh
from billing.accounts.standing import (
    Standing,
    account_of,
    can_accept_payments,
    charging,
    former_of,
    standing_of,
    tenant_of,
)
from billing.accounts.telling import DEADLINE

__all__ = [
    "DEADLINE",
    "Standing",
    "account_of",
    "can_accept_payments",
    "charging",
    "connect",
    "disconnect",
    "disconnected",
    "former_of",
    "look_again",
    "onboarding",
    "reconnect",
    "refresh",
    "standing_of",
    "tenant_of",
]
