"""What tenants have with the platform at Stripe: customer, subscription, invoices, VAT id, and the pages for them."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from billing.gateway import tax
from billing.gateway.client import api, ask, key, on
from billing.gateway.currencies import from_stripe
from billing.gateway.trouble import Gone, ProviderTrouble, WrongMoment

if TYPE_CHECKING:
    import stripe
    from stripe.params.checkout import SessionCreateParams

log = logging.getLogger(__name__)

OVER = frozenset({"canceled", "incomplete_expired"})
NOT_BEGUN = frozenset({"incomplete"})
MOST_SUBSCRIPTIONS = 20
MOST_INVOICES = 24


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of the platform's. `status` is Stripe's word; `page` is where it can be paid and read.

    `tax_minor` is the VAT in the total; `is_reversed`: the tenant owes it (reverse charge).
    """

    id: str
    number: str
    status: str
    due_minor: int
    total_minor: int
    tax_minor: int
    is_reversed: bool
    currency: str
    made_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    page: str
    pdf: str

    @property
    def is_owed(self) -> bool:
        """Whether it was asked for and not paid."""
        return self.status in {"open", "uncollectible"}


@dataclass(frozen=True, slots=True)
class Facts:
    """A subscription as Stripe describes it now. `ends_at`: it was cancelled, and works until then."""

    id: str
    status: str
    product: str
    item_id: str
    price_id: str
    is_yearly: bool
    trial_ends_at: datetime | None
    period_ends_at: datetime | None
    ends_at: datetime | None
    invoice: Invoice | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody subscribes to: a price, from `trial_ends_at` on if the trial is not over, and where to go after."""

    price_id: str
    trial_ends_at: datetime | None
    success_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Another price for a subscription's one item, counted from an instant on."""

    subscription_id: str
    item_id: str
    price_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """What is charged at once, in minor units, `tax_minor` of it VAT; negative is a credit."""

    amount_minor: int
    tax_minor: int
    currency: str


def create_customer(name: str, email: str) -> str:
    """Make the current tenant's customer; its id. Asked again it is the same one."""
    params: stripe.params.CustomerCreateParams = {"name": name, "metadata": {"forecourt_tenant": key()}}
    if email:
        params["email"] = email
    return ask(lambda: api().v1.customers.create(params, on("", key("customer")))).id


def subscription_of(customer_id: str) -> Facts | None:
    """The customer's subscription: the newest that is not over, else the newest of all; None without one."""
    try:
        found = ask(
            lambda: api().v1.subscriptions.list(
                {
                    "customer": customer_id,
                    "status": "all",
                    "limit": MOST_SUBSCRIPTIONS,
                    "expand": ["data.latest_invoice"],
                }
            )
        )
    except Gone:
        return None
    begun = [each for each in found.data if each.status not in NOT_BEGUN]
    if sum(each.status not in OVER for each in begun) > 1:
        log.error("stripe: %s pays for more than one subscription", customer_id)
    return _facts(max(begun, key=_rank)) if begun else None


def _rank(found: "stripe.Subscription") -> tuple[bool, int]:
    return (found.status not in OVER, found.created)


def checkout(customer_id: str, choice: Choice) -> str:
    """The address of Stripe's page where a card is given and a subscription begins. No key: each is good once.

    All open pages but the newest are closed after that, so that nobody subscribes twice, however often and however
    fast somebody presses.
    """
    params: SessionCreateParams = {
        "mode": "subscription",
        "customer": customer_id,
        "client_reference_id": key(),
        "line_items": [{"price": choice.price_id, "quantity": 1}],
        "success_url": choice.success_url,
        "cancel_url": choice.cancel_url,
        "subscription_data": {"metadata": {"forecourt_tenant": key()}},
    }
    if choice.trial_ends_at is not None:
        params["subscription_data"]["trial_end"] = int(choice.trial_ends_at.timestamp())
    tax.on_page(params)
    made = ask(lambda: api().v1.checkout.sessions.create(params))
    _close_older_pages(customer_id)
    return made.url or ""


def _close_older_pages(customer_id: str) -> None:
    found = ask(lambda: api().v1.checkout.sessions.list({"customer": customer_id, "status": "open"})).data
    for each in found[1:]:  # the newest comes first
        with suppress(WrongMoment, ProviderTrouble):  # it was paid or closed in this moment
            ask(partial(api().v1.checkout.sessions.expire, each.id))


def portal(customer_id: str, return_url: str) -> str:
    """The address of Stripe's page for cards, invoices and cancelling. No key: each is good once."""
    return ask(lambda: api().v1.billing_portal.sessions.create({"customer": customer_id, "return_url": return_url})).url


def preview(customer_id: str, switch: Switch) -> Due:
    """What changing the price at that instant costs at once."""
    params: stripe.params.InvoiceCreatePreviewParams = {
        "customer": customer_id,
        "subscription": switch.subscription_id,
        "subscription_details": {
            "items": [{"id": switch.item_id, "price": switch.price_id}],
            "proration_behavior": "always_invoice",
            "proration_date": int(switch.at.timestamp()),
        },
    }
    tax.on_change(params)
    found = ask(lambda: api().v1.invoices.create_preview(params))
    currency = found.currency.upper()
    return Due(from_stripe(found.total, currency), from_stripe(tax.tax_of(found), currency), currency)


def change(switch: Switch) -> None:
    """Change the price at once, as `preview` said. A charge that fails leaves the subscription as it was."""
    instant = int(switch.at.timestamp())
    params: stripe.params.SubscriptionUpdateParams = {
        "items": [{"id": switch.item_id, "price": switch.price_id}],
        "proration_behavior": "always_invoice",
        "proration_date": instant,
        "payment_behavior": "error_if_incomplete",
        "cancel_at_period_end": False,
    }
    tax.on_change(params)
    options = on("", key("subscription", switch.subscription_id, switch.price_id, instant))
    ask(lambda: api().v1.subscriptions.update(switch.subscription_id, params, options))


def cancel(subscription_id: str) -> None:
    """Let it end with the period that is paid."""
    ask(lambda: api().v1.subscriptions.update(subscription_id, {"cancel_at_period_end": True}))


def end(subscription_id: str) -> None:
    """End it now; one that is over already, or unknown, is left alone."""
    with suppress(Gone):
        ask(lambda: api().v1.subscriptions.cancel(subscription_id))


def resume(subscription_id: str) -> None:
    """Take `cancel` back."""
    ask(lambda: api().v1.subscriptions.update(subscription_id, {"cancel_at_period_end": False}))


def invoices(customer_id: str) -> list[Invoice]:
    """The customer's invoices but drafts, newest first: two years of months."""
    found = ask(lambda: api().v1.invoices.list({"customer": customer_id, "limit": MOST_INVOICES}))
    return [_invoice(each) for each in found.data if each.status != "draft"]


def _facts(found: "stripe.Subscription") -> Facts:
    item = found["items"].data[0]  # the attribute would be the mapping's method
    price = item.price
    invoice = found.latest_invoice
    ends = found.cancel_at or (item.current_period_end if found.cancel_at_period_end else None)
    return Facts(
        id=found.id,
        status=found.status,
        product=str(price.product),
        item_id=item.id,
        price_id=price.id,
        is_yearly=price.recurring is not None and price.recurring.interval == "year",
        trial_ends_at=_instant(found.trial_end),
        period_ends_at=_instant(item.current_period_end),
        ends_at=_instant(found.ended_at or ends),
        invoice=None if invoice is None or isinstance(invoice, str) else _invoice(invoice),
    )


def _invoice(found: "stripe.Invoice") -> Invoice:
    currency = found.currency.upper()
    return Invoice(
        id=found.id or "",
        number=found.number or "",
        status=found.status or "",
        due_minor=from_stripe(found.amount_due, currency),
        total_minor=from_stripe(found.total, currency),
        tax_minor=from_stripe(tax.tax_of(found), currency),
        is_reversed=tax.is_reversed(found),
        currency=currency,
        made_at=datetime.fromtimestamp(found.created, UTC),
        attempts=found.attempt_count,
        next_attempt_at=_instant(found.next_payment_attempt),
        page=found.hosted_invoice_url or "",
        pdf=found.invoice_pdf or "",
    )


def _instant(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
