"""What an owner does about the plan: choose, change, cancel, pay, give a VAT id. Network; never in a transaction.

To change a plan, up or down, takes effect at once: what is left of the old price is credited to the second, what
the new one costs is charged. `preview` says how much, and `change` charges just that. To cancel takes effect when
what was paid for is over.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from billing.gateway import subscriptions as gateway
from billing.gateway import vat_ids
from billing.gateway.subscriptions import Choice, Facts, Invoice, Switch
from billing.gateway.trouble import ProviderTrouble
from billing.subscriptions import acts
from billing.subscriptions.models import Plan, Subscription
from billing.subscriptions.standing import TRIALING
from billing.subscriptions.telling import PAGE
from kernel.errors import Conflict, Invalid, NotFound
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import limits
from tenants.addresses import address
from tenants.limits import Thing
from tenants.models import Tenant

SHORTEST_TRIAL = timedelta(hours=49)
"""Stripe's Checkout takes no trial that ends within 48 hours; an hour for whoever types slowly."""
NOWHERE = "customer_tax_location_invalid"
PREVIEW_LASTS = timedelta(hours=1)
LIVE = frozenset({"trialing", "active", "past_due", "unpaid", "paused"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A plan by its code, and whether it is paid by the year."""

    code: str
    is_yearly: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What changing to a plan costs now, `tax_minor` of it VAT; negative is a credit to the next invoices.

    Good for `PREVIEW_LASTS`.
    """

    plan: Plan
    is_yearly: bool
    amount_minor: int
    tax_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a plan is used; `most` None is without limit."""

    thing: Thing
    used: int
    most: int | None


def uses(tenant: Tenant) -> list[Use]:
    """What the plan limits, and how much of it the tenant has."""
    return [Use(thing, limits.used(thing), getattr(tenant, f"most_{thing}")) for thing in Thing]


def offered() -> list[Plan]:
    """The plans that one can choose, the cheapest first."""
    return list(Plan.objects.filter(is_public=True))


def is_subscribed(row: Subscription | None) -> bool:
    """Whether there is a subscription at Stripe that lives, as we know it."""
    return row is not None and bool(row.stripe_subscription) and row.status in LIVE


def checkout(tenant: Tenant, wanted: Wanted) -> str:
    """The address of Stripe's page where the subscription begins; what is left of a trial stays free.

    Raises `Conflict("subscribed")` where there is one already, `NotFound("plan_unknown")`.
    """
    row, price_id = _row(tenant), _price(wanted)
    if is_subscribed(row):
        raise Conflict("subscribed", _("You have a plan already. You can change it."))
    keeps = row.status == TRIALING and row.trial_ends_at and row.trial_ends_at > database_now() + SHORTEST_TRIAL
    choice = Choice(
        price_id=price_id,
        trial_ends_at=row.trial_ends_at if keeps else None,
        success_url=address(tenant, f"{PAGE}return/"),
        cancel_url=address(tenant, PAGE),
    )
    return gateway.checkout(_customer(row), choice)


def portal(tenant: Tenant) -> str:
    """The address of Stripe's page for cards and invoices."""
    return gateway.portal(_customer(_row(tenant)), address(tenant, f"{PAGE}return/"))


def preview(tenant: Tenant, wanted: Wanted) -> Preview:
    """What changing to this plan costs now.

    Raises `Conflict`: `not_subscribed`, `same_plan`, `address_needed` where nobody knows whose VAT it is.
    """
    row, price_id = _row(tenant), _price(wanted)
    found = _live(row)
    if found.price_id == price_id:
        raise Conflict("same_plan", _("That is the plan that you have."))
    at = database_now().replace(microsecond=0)
    with _knowing_where():
        due = gateway.preview(row.stripe_customer, Switch(found.id, found.item_id, price_id, at))
    return Preview(_plan(wanted), wanted.is_yearly, due.amount_minor, due.tax_minor, due.currency, at)


def change(tenant: Tenant, wanted: Wanted, at: datetime) -> None:
    """Change to this plan at once, for what a preview of that instant said; a second time changes nothing.

    Raises `Conflict("preview_over")` for one that is too old, `Declined` when the card is: then all is as before.
    """
    row, price_id = _row(tenant), _price(wanted)
    now = database_now()
    if not now - PREVIEW_LASTS <= at <= now:
        raise Conflict("preview_over", _("Please look at the price again first."))
    found = _live(row)
    if found.price_id != price_id:
        with _knowing_where():
            gateway.change(Switch(found.id, found.item_id, price_id, at))
    acts.refresh(tenant.pk)


def cancel(tenant: Tenant) -> None:
    """Let the plan end with what was paid for."""
    _by_closing(tenant, False)
    gateway.cancel(_live(_row(tenant)).id)
    acts.refresh(tenant.pk)


def resume(tenant: Tenant) -> None:
    """Take `cancel` back while it has not ended."""
    _by_closing(tenant, False)
    gateway.resume(_live(_row(tenant)).id)
    acts.refresh(tenant.pk)


def end_with_closing(tenant: Tenant) -> None:
    """`cancel` because the business closes; one that was cancelled before stays its owner's own."""
    row = _row(tenant)
    found = _live(row)
    if found.ends_at is None:
        _by_closing(tenant, True)
        gateway.cancel(found.id)
        _by_closing(tenant, True)  # whoever has taken the closing back meanwhile has unset it
        acts.refresh(tenant.pk)


def go_on_after_closing(tenant: Tenant) -> None:
    """Take `end_with_closing` back: nothing where it was its owner who cancelled. What is over stays over."""
    row = _row(tenant)
    if row.ends_by_closing:
        found = gateway.subscription_of(row.stripe_customer)
        if found is not None and found.status in LIVE:
            gateway.resume(found.id)
        _by_closing(tenant, False)
        acts.refresh(tenant.pk)


def _by_closing(tenant: Tenant, is_it: bool) -> None:
    Subscription.objects.filter(tenant=tenant).update(ends_by_closing=is_it)


def set_vat_id(tenant: Tenant, text: str) -> None:
    """Give this EU VAT id, or none; it is verified later. Raises `Invalid("vat_id_invalid")`."""
    row = _row(tenant)
    value = re.sub(r"[\s.-]", "", text).upper()
    if not vat_ids.put_vat_id(_customer(row), value):
        raise Invalid("vat_id_invalid", _("This is not a VAT id of the EU, such as DE123456789."))
    acts.forget_unknown_vat_id(tenant)
    acts.refresh(tenant.pk)


def invoices(tenant: Tenant) -> list[Invoice]:
    """The platform's invoices to the tenant, newest first."""
    row = acts.subscription_of(tenant)
    return gateway.invoices(row.stripe_customer) if row and row.stripe_customer else []


@contextmanager
def _knowing_where() -> Iterator[None]:
    """Stripe taxes by address: without one it refuses, and the owner hears what to do."""
    try:
        yield
    except ProviderTrouble as trouble:
        if NOWHERE not in trouble.why:
            raise
        text = _("Please give your address first, under Cards and invoices: the VAT depends on it.")
        raise Conflict("address_needed", text) from trouble


def _row(tenant: Tenant) -> Subscription:
    row = acts.subscription_of(tenant)
    if row is None:
        raise NotFound("no_plan", _("Your business has no plan, and no limits. Ask us about plans."))
    return row


def _plan(wanted: Wanted) -> Plan:
    plan = Plan.objects.filter(code=wanted.code, is_public=True).first()
    if plan is None:
        raise NotFound("plan_unknown", _("There is no such plan."))
    return plan


def _price(wanted: Wanted) -> str:
    plan = _plan(wanted)
    price_id = plan.stripe_yearly if wanted.is_yearly else plan.stripe_monthly
    if not price_id:
        raise NotFound("plan_unknown", _("There is no such plan."))
    return price_id


def _live(row: Subscription) -> Facts:
    found = gateway.subscription_of(row.stripe_customer) if row.stripe_customer else None
    if found is None or found.status not in LIVE:
        raise Conflict("not_subscribed", _("You have no paid plan. Choose one first."))
    return found


def _customer(row: Subscription) -> str:
    if row.stripe_customer:
        return row.stripe_customer
    customer_id = gateway.create_customer(row.tenant.name, row.tenant.email)

    def keep() -> str:
        current = Subscription.objects.select_for_update().get(pk=row.pk)
        if not current.stripe_customer:
            current.stripe_customer, current.updated_at = customer_id, database_now()
            current.save(update_fields=["stripe_customer", "updated_at"])
        return current.stripe_customer

    return transact(keep)
