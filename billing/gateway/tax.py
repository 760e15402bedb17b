"""VAT on what the platform sells, worked out by Stripe Tax where `STRIPE_TAX` is on."""

from typing import TYPE_CHECKING

from django.conf import settings

from billing.gateway.client import api, ask

if TYPE_CHECKING:
    import stripe
    from stripe.params import InvoiceCreatePreviewParams, SubscriptionUpdateParams
    from stripe.params.checkout import SessionCreateParams

SOFTWARE = "txcd_10103001"
"""Stripe's tax code of software as a service for businesses."""
REVERSE = "reverse_charge"


def is_ready() -> bool:
    """Whether Stripe Tax can calculate: somebody said where the platform sits."""
    return ask(api().v1.tax.settings.retrieve).status == "active"


def on_page(params: "SessionCreateParams") -> None:
    """Have Checkout ask for address and VAT id, keep them with the customer, and add VAT.

    Stripe wants `address` for the tax and `name` for the id to be written to a customer that exists.
    """
    if settings.STRIPE_TAX:
        params["automatic_tax"] = {"enabled": True}
        params["billing_address_collection"] = "required"
        params["tax_id_collection"] = {"enabled": True}
        params["customer_update"] = {"address": "auto", "name": "auto"}


def on_change(params: "SubscriptionUpdateParams | InvoiceCreatePreviewParams") -> None:
    """Add VAT from this change on, should the subscription be older than the setting."""
    if settings.STRIPE_TAX:
        params["automatic_tax"] = {"enabled": True}


def tax_of(found: "stripe.Invoice") -> int:
    """What of an invoice's total is VAT, in Stripe's units."""
    return sum(each.amount for each in found.total_taxes or [])


def is_reversed(found: "stripe.Invoice") -> bool:
    """Whether the recipient owes the VAT of an invoice."""
    reasons = {each.taxability_reason for each in found.total_taxes or []}
    return REVERSE in reasons or found.customer_tax_exempt == "reverse"
