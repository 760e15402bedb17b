"""Where a customer's money is charged: on the venue's account (direct), or on the platform's for it (destination).

The one place that knows the difference. Source: docs.stripe.com/connect/charges. With direct charges the venue is the
merchant and the objects live on its account; with destination charges they live on the platform's, which passes the
amount on to the venue without its fee.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import stripe
from stripe.params import PaymentIntentCreateParams
from stripe.params.checkout import SessionCreateParams

from billing.gateway import client
from billing.gateway.currencies import to_stripe

ChargeType = Literal["direct", "destination"]


@dataclass(frozen=True, slots=True)
class Place:
    """For whom is charged, and how: a venue's account, and the type of charge."""

    account_id: str
    charge_type: ChargeType

    @property
    def scope(self) -> str:
        """The account that the objects live on; empty for the platform's own."""
        return self.account_id if self.charge_type == "direct" else ""

    def on(self, idempotency_key: str = "") -> stripe.RequestOptions:
        """Options of a call about them."""
        return client.on(self.scope, idempotency_key)


@dataclass(frozen=True, slots=True)
class Sale:
    """What is to be charged, in minor units of `currency` (ISO 4217); `fee_minor` of it is the platform's.

    `label` is what the customer reads. `customer_id` is who pays at Stripe, in the same scope; empty: nobody known.
    """

    place: Place
    amount_minor: int
    fee_minor: int
    currency: str
    label: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    customer_id: str = ""


def of_intent(sale: Sale) -> PaymentIntentCreateParams:
    """Parameters of a PaymentIntent. Which methods are offered is the account's configuration."""
    params: dict[str, Any] = {
        "amount": to_stripe(sale.amount_minor, sale.currency),
        "currency": sale.currency.lower(),
        "automatic_payment_methods": {"enabled": True},
        "expand": ["latest_charge"],
        **_charged(sale),
    }
    if sale.customer_id:
        params["customer"] = sale.customer_id
    return cast(PaymentIntentCreateParams, params)


def of_session(sale: Sale) -> SessionCreateParams:
    """Parameters of a Checkout session that sells the same; where it leads to is added by `sessions`."""
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": sale.currency.lower(),
                    "unit_amount": to_stripe(sale.amount_minor, sale.currency),
                    "product_data": {"name": sale.label},
                },
            }
        ],
        "metadata": dict(sale.metadata),
        "payment_intent_data": _charged(sale),
    }
    if sale.customer_id:
        params["customer"] = sale.customer_id
    return cast(SessionCreateParams, params)


def _charged(sale: Sale) -> dict[str, Any]:
    params: dict[str, Any] = {"description": sale.label, "metadata": dict(sale.metadata)}
    if sale.fee_minor:  # Stripe refuses a fee of nothing
        params["application_fee_amount"] = to_stripe(sale.fee_minor, sale.currency)
    if sale.place.charge_type == "destination":
        params["on_behalf_of"] = sale.place.account_id
        params["transfer_data"] = {"destination": sale.place.account_id}
    return params
