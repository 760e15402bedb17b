"""Copies what the platform has at Stripe into dj-stripe's tables, by its `sync_from_stripe_data`.

dj-stripe fetches what it misses inside its own transactions, and keeps the key that it does so with in a table.
Here it gets objects that we fetched before, without links to what is not mirrored, and a key that opens nothing.
"""

from collections.abc import Sequence
from typing import Any

import stripe
from djstripe import models
from djstripe.enums import APIKeyType

from billing.gateway.originals import Original
from schemas.transactions import transact
from tenants.gate import wait_for_all
from tenants.models import Tenant

NO_KEY = "sk_test_" + "opensNothing" * 3
"""Of the form that dj-stripe insists on."""
ALONE = "mirror"
KINDS: dict[str, Any] = {
    "product": models.Product,
    "price": models.Price,
    "customer": models.Customer,
    "subscription": models.Subscription,
    "invoice": models.Invoice,
}
LEFT_OUT = {
    "product": {"default_price"},
    "customer": {"default_source", "sources", "subscriptions", "tax_ids", "invoice_settings", "discount"},
    "subscription": {"latest_invoice", "default_payment_method", "pending_setup_intent", "schedule"},
    "invoice": {"lines", "charge", "payment_intent", "default_payment_method", "payments", "discounts"},
}
"""Links that dj-stripe would follow over the network. The row keeps the whole object in `stripe_data`."""


def copy(tenant: Tenant, account: Original, originals: Sequence[Original]) -> None:
    """Write these objects, as `originals.of_customer` orders them, for a tenant: one at a time, in one transaction."""

    def act() -> None:
        wait_for_all([ALONE])
        _own(account)
        for original in originals:
            _copied(original)
        models.Customer.objects.filter(id__in=_ids(originals, "customer")).update(subscriber=tenant)

    transact(act)


def _own(account: Original) -> None:
    """The platform's account, whose key is the one that opens nothing: dj-stripe looks owners up by key."""
    owner, _is_new = models.Account.objects.update_or_create(id=account["id"], defaults={"stripe_data": account})
    models.APIKey.objects.update_or_create(
        secret=NO_KEY,
        defaults={"type": APIKeyType.secret, "livemode": False, "djstripe_owner_account": owner, "name": "none"},
    )


def _copied(original: Original) -> None:
    kind = original["object"]
    left = {name: value for name, value in original.items() if name not in LEFT_OUT.get(kind, ())}
    # convert_to_stripe_object: dj-stripe pages through nested lists, which plain dictionaries cannot.
    row = KINDS[kind].sync_from_stripe_data(stripe.convert_to_stripe_object(left, NO_KEY), api_key=NO_KEY)
    row.stripe_data = original
    row.save(update_fields=["stripe_data"])


def _ids(originals: Sequence[Original], kind: str) -> list[str]:
    return [each["id"] for each in originals if each["object"] == kind]
