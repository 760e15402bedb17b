"""Somebody who subscribes, on a test clock: through the SDK, as the platform does it."""

import time
from dataclasses import dataclass
from typing import Any

import stripe

from tests.sandbox import Sandbox

DAY, HOUR = 86_400, 3_600
MONTHLY, YEARLY = {"interval": "month"}, {"interval": "year"}


def price(api: Any, amount: int, recurring: dict[str, str] = MONTHLY, name: str = "Pro", **more: Any) -> stripe.Price:
    """A recurring price in EUR, of a product of its own."""
    asked = {"product_data": {"name": name}, "unit_amount": amount, "currency": "eur", "recurring": recurring}
    return api.prices.create({**asked, **more})


@dataclass
class Subscriber:
    """A customer of the platform; `begun` is the second at which the clock stood."""

    api: Any
    clock: str
    begun: int
    id: str

    @classmethod
    def on(cls, sandbox: Sandbox, card: str | None = "pm_card_visa", begun: int = 0) -> "Subscriber":
        """With this card as the default; None: without one."""
        api = sandbox.client().v1
        begun = begun or int(time.time())
        clock = api.test_helpers.test_clocks.create({"frozen_time": begun})
        customer = api.customers.create({"email": "owner@example.com", "name": "Owner", "test_clock": clock.id})
        subscriber = cls(api, clock.id, begun, customer.id)
        if card:
            subscriber.uses(card)
        return subscriber

    def uses(self, card: str) -> None:
        """A new default card."""
        method = self.api.payment_methods.attach(card, {"customer": self.id})
        self.api.customers.update(self.id, {"invoice_settings": {"default_payment_method": method.id}})

    def subscribes(self, to: stripe.Price, **more: Any) -> stripe.Subscription:
        return self.api.subscriptions.create({"customer": self.id, "items": [{"price": to.id}], **more})

    def switches(self, subscription: stripe.Subscription, to: stripe.Price, **more: Any) -> stripe.Subscription:
        (item,) = subscription["items"].data
        asked = {"items": [{"id": item.id, "price": to.id}], "proration_behavior": "always_invoice", **more}
        return self.api.subscriptions.update(subscription.id, asked)

    def waits_until(self, days: float) -> None:
        """Move the clock to so many days after the beginning."""
        at = self.begun + int(days * DAY)
        told = self.api.test_helpers.test_clocks.advance(self.clock, {"frozen_time": at})
        assert told.status == "advancing"
        assert self.api.test_helpers.test_clocks.retrieve(self.clock).status == "ready"

    def sees(self, subscription: stripe.Subscription) -> stripe.Subscription:
        """The subscription as it is now, with its latest invoice."""
        return self.api.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})

    def invoices(self) -> list[tuple[str, str, int]]:
        """Reason, status and total of the invoices, oldest first."""
        found = self.api.invoices.list({"customer": self.id, "limit": 100}).data
        return [(each.billing_reason, each.status, each.total) for each in reversed(found)]

    def events(self, *kinds: str) -> list[tuple[str, float]]:
        """Type and day of the events of these kinds, oldest first."""
        found = self.api.events.list({"limit": 100}).data
        return [
            (each.type, round((each.created - self.begun) / DAY, 2))
            for each in reversed(found)
            if each.type.startswith(kinds)
        ]
