"""A connected account as tests use it: everything through the SDK, with the account's header."""

from dataclasses import dataclass
from typing import Any

import stripe

from tests.sandbox import Sandbox

NO_REDIRECTS = {"enabled": True, "allow_redirects": "never"}
TO_CREATE: Any = {
    "country": "DE",
    "email": "owner@example.com",
    "controller": {
        "losses": {"payments": "stripe"},
        "fees": {"payer": "account"},
        "stripe_dashboard": {"type": "full"},
        "requirement_collection": "stripe",
    },
    "capabilities": {"card_payments": {"requested": True}, "transfers": {"requested": True}},
}


@dataclass
class Venue:
    """A venue's account at Stripe."""

    sandbox: Sandbox
    id: str

    @classmethod
    def onboarded(cls, sandbox: Sandbox, **changes: Any) -> "Venue":
        """An account with nothing due."""
        order: Any = {**TO_CREATE, **changes}
        account = sandbox.client().v1.accounts.create(order)
        sandbox.control("account", account=account.id, complete=True)
        return cls(sandbox, account.id)

    @property
    def api(self) -> Any:
        """The SDK's API v1, with this account's header."""
        return self.sandbox.client(stripe_account=self.id).v1

    def pays(self, amount: int = 10_000, fee: int | None = 1_000, card: str = "pm_card_visa", **more: Any) -> Any:
        """A direct charge, confirmed at once; the payment intent with its charge."""
        asked = {"amount": amount, "currency": "eur", "payment_method": card, "confirm": True}
        asked |= {"automatic_payment_methods": NO_REDIRECTS, "expand": ["latest_charge.balance_transaction"]}
        asked |= {"application_fee_amount": fee} if fee else {}
        return self.api.payment_intents.create({**asked, **more})

    def ledger(self) -> list[tuple[str, int, int]]:
        """Type, amount and net of its balance transactions, oldest first."""
        found = self.api.balance_transactions.list({"limit": 100}).data
        return [(each.type, each.amount, each.net) for each in reversed(found)]

    def events(self) -> list[str]:
        """Types of its events, oldest first."""
        return [each.type for each in reversed(self.api.events.list({"limit": 100}).data)]


def platform_ledger(sandbox: Sandbox) -> list[tuple[str, int, int]]:
    """The same of the platform."""
    return Venue(sandbox, "acct_1SandboxPlatform").ledger()


def refused(call: Any, *arguments: Any) -> stripe.StripeError:
    """The error that a call raises. Raises AssertionError when it does not."""
    try:
        answer = call(*arguments)
    except stripe.StripeError as problem:
        return problem
    raise AssertionError(f"not refused: {answer}")
