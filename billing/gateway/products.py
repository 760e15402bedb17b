"""What the platform sells, at Stripe: one product for each plan, one active price for each interval.

A price never changes at Stripe. A new one takes over the lookup key and the old one is retired; whoever pays
the old one goes on paying it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from billing.gateway.client import api, ask, key, on
from billing.gateway.currencies import to_stripe
from billing.gateway.tax import SOFTWARE
from billing.gateway.trouble import Gone

if TYPE_CHECKING:
    import stripe

Interval = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A price as we want it: minor units of an ISO currency for each `interval` of a plan."""

    plan: str
    interval: Interval
    amount_minor: int
    currency: str

    @property
    def lookup_key(self) -> str:
        """Names the price at Stripe, whatever it costs at the moment."""
        return f"forecourt_{self.plan}_{self.interval}"


def product_id(plan: str) -> str:
    """The id of a plan's product at Stripe: ours to choose, so that it is made once."""
    return f"forecourt_{plan}"


def put_product(plan: str, name: str) -> str:
    """Have a product of this name for a plan; its id."""
    found = _product(plan)
    identity = product_id(plan)
    if found is None:
        wanted: stripe.params.ProductCreateParams = {"id": identity, "name": name, "tax_code": SOFTWARE}
        return ask(lambda: api().v1.products.create(wanted, on("", key("product", plan)))).id
    if not _is_so(found, name):
        ask(lambda: api().v1.products.update(identity, {"name": name, "active": True, "tax_code": SOFTWARE}))
    return identity


def put_price(offer: Offer) -> str:
    """Have this price under its lookup key; its id. One of another amount is retired."""
    before = _price(offer)
    if before is not None and _is(before, offer):
        return before.id
    made = ask(
        lambda: api().v1.prices.create(
            {
                "product": product_id(offer.plan),
                "currency": offer.currency.lower(),
                "unit_amount": to_stripe(offer.amount_minor, offer.currency),
                "recurring": {"interval": offer.interval},
                "lookup_key": offer.lookup_key,
                "transfer_lookup_key": True,
                "tax_behavior": "exclusive",
            },
            on("", key("price", offer.plan, offer.interval, offer.amount_minor, offer.currency, _id(before))),
        )
    )
    if before is not None and before.active:
        ask(lambda: api().v1.prices.update(before.id, {"active": False}))
    return made.id


def product_differs(plan: str, name: str) -> bool:
    """Whether Stripe has another product for a plan, or none."""
    found = _product(plan)
    return found is None or not _is_so(found, name)


def price_differs(offer: Offer, price_id: str) -> bool:
    """Whether Stripe has another price than this, or none."""
    found = _price(offer)
    return found is None or found.id != price_id or not _is(found, offer)


def _product(plan: str) -> "stripe.Product | None":
    try:
        return ask(lambda: api().v1.products.retrieve(product_id(plan)))
    except Gone:
        return None


def _price(offer: Offer) -> "stripe.Price | None":
    found = ask(lambda: api().v1.prices.list({"lookup_keys": [offer.lookup_key]}))
    return next(iter(found.data), None)


def _is_so(product: "stripe.Product", name: str) -> bool:
    return product.active and (product.name, product.tax_code) == (name, SOFTWARE)


def _is(price: "stripe.Price", offer: Offer) -> bool:
    return price.active and (price.unit_amount, price.currency, price.product, price.tax_behavior) == (
        to_stripe(offer.amount_minor, offer.currency),
        offer.currency.lower(),
        product_id(offer.plan),
        "exclusive",
    )


def _id(price: "stripe.Price | None") -> str:
    return price.id if price is not None else "first"
