"""What the platform has at Stripe about one of its customers, as Stripe gives it: for `billing.mirror`."""

import json
from typing import Any

from billing.gateway.client import api, ask

MOST = 100

Original = dict[str, Any]


def account() -> Original:
    """The platform's own account."""
    return _plain(ask(api().v1.accounts.retrieve_current))


def of_customer(customer_id: str) -> list[Original]:
    """Products and prices, the customer, the subscriptions, the invoices: none needs one that comes after it."""
    customer = ask(lambda: api().v1.customers.retrieve(customer_id))
    subscriptions = ask(
        lambda: api().v1.subscriptions.list({"customer": customer_id, "status": "all", "limit": MOST})
    ).data
    invoices = ask(lambda: api().v1.invoices.list({"customer": customer_id, "limit": MOST})).data
    plain = [_plain(each) for each in subscriptions]
    prices = {item["price"]["id"]: item["price"] for each in plain for item in each["items"]["data"]}
    products = [_product(name) for name in sorted({price["product"] for price in prices.values()})]
    return [*products, *prices.values(), _plain(customer), *plain, *(_plain(each) for each in invoices)]


def _product(name: str) -> Original:
    return _plain(ask(lambda: api().v1.products.retrieve(name)))


def _plain(thing: object) -> Original:
    found: Original = json.loads(str(thing))
    return found
