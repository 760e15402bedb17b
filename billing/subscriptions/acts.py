"""A tenant's plan is looked at again: after every event about it, when its clock runs out, when somebody comes back."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from billing.gateway import subscriptions as gateway
from billing.gateway import vat_ids
from billing.gateway.subscriptions import Facts
from billing.gateway.vat_ids import VatId
from billing.subscriptions import agreed, standing, telling
from billing.subscriptions.catalogue import FREE, TRIED
from billing.subscriptions.models import Concession, Plan, Subscription
from billing.subscriptions.standing import Plans
from billing.subscriptions.telling import Before
from kernel.errors import Busy, Conflict
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import due, provisioning
from tenants.limits import Thing
from tenants.models import Tenant

log = logging.getLogger(__name__)

T = TypeVar("T")

CLOCK = "subscription"
"""Due work: look at the tenant's plan again (`object_id` is the tenant's)."""
MIRROR = "subscription_mirror"
"""Due work: copy what Stripe has into dj-stripe's tables."""
MOST_TRIES = 5
UNKNOWN = "unverified"
"""Stripe's word for a VAT id that the register does not know."""


def subscription_of(tenant: Tenant) -> Subscription | None:
    """The tenant's row with its plan; None for a tenant without a plan, which has no limits."""
    found = Subscription.objects.select_related("plan", "tenant__concession__plan").filter(
        tenant__schema_name=tenant.schema_name
    )
    return found.first()


@provisioning.welcomes
def begin(tenant: Tenant) -> None:
    """A new tenant tries the best plan for a fortnight, without a card; nothing where no plans are sold."""
    plans = _plans(None)
    if plans is None:
        return
    now = database_now()
    row = Subscription(
        tenant=tenant, plan=plans.tried, trial_ends_at=now + standing.TRIAL, status=standing.TRIALING, updated_at=now
    )
    standing.learn(row, None, plans, now)
    _written(row, now)


def try_instead(tenant: Tenant, code: str) -> None:
    """A business that has just begun tries the plan that its owner chose; who chose the free one is not on trial.

    In the caller's transaction, right after `begin`. Nothing where no plans are sold, or none of this code any more.
    """
    row = Subscription.objects.select_for_update().filter(tenant=tenant, status=standing.TRIALING).first()
    plan, plans = Plan.objects.filter(code=code, is_public=True).first(), _plans(None)
    if row is None or plan is None or plans is None:
        return
    now = database_now()
    row.plan = plan
    if plan.code == FREE:
        row.trial_ends_at = None
    standing.learn(row, None, plans, now)
    _written(row, now)


def exempt(tenant: Tenant) -> None:
    """No plan, and so no limits: for a house that the platform keeps. Raises `Conflict` where it pays for one."""

    def act() -> None:
        row = Subscription.objects.select_for_update().filter(tenant=tenant).first()
        if row is not None and row.stripe_subscription:
            raise Conflict("subscribed", _("This business pays for a plan."))
        if row is not None:
            row.delete()
        Concession.objects.filter(tenant=tenant).delete()
        unlimited = {f"most_{thing}": None for thing in Thing}
        Tenant.objects.filter(pk=tenant.pk).update(**unlimited, takes_public_bookings=True)

    transact(act)


@provisioning.sees_off
def end(tenant: Tenant) -> None:
    """A tenant that goes is not charged any more. Network."""
    row = subscription_of(tenant)
    if row is not None and row.stripe_subscription and row.status not in gateway.OVER | {standing.GRANTED}:
        gateway.end(row.stripe_subscription)


def refresh(tenant_id: int) -> None:
    """Ask Stripe how a tenant's plan stands and derive everything from that. Network; any number of times, any order.

    What is written was asked for after the last thing that was written, so that an old answer never wins. Raises
    `Busy` when somebody else was always faster.
    """
    _looked_at(tenant_id, telling.changed)


def refresh_customer(customer_id: str) -> bool:
    """`refresh` for the tenant whose Stripe customer this is; False if it is nobody's."""
    row = Subscription.objects.filter(stripe_customer=customer_id).first() if customer_id else None
    if row is None:
        return False
    refresh(row.tenant_id)
    return True


def action_required(customer_id: str) -> bool:
    """As `refresh_customer`, and the owners are asked to confirm the invoice that waits for it."""
    row = Subscription.objects.filter(stripe_customer=customer_id).first() if customer_id else None
    if row is None:
        return False

    def tell(row: Subscription, before: Before, found: Facts | None, now: datetime) -> None:
        telling.changed(row, before, found, now)
        if found and found.invoice and found.invoice.is_owed:
            telling.action_needed(row, found.invoice, now)

    _looked_at(row.tenant_id, tell)
    return True


def forget_unknown_vat_id(tenant: Tenant) -> None:
    """Another id, or none, was given in place of one that the register does not know, and Stripe has no more."""

    def act() -> None:
        row = Subscription.objects.select_for_update().get(tenant=tenant)
        if row.vat_id_status == UNKNOWN:
            row.vat_id, row.vat_id_status, row.updated_at = "", "", database_now()
            row.save(update_fields=["vat_id", "vat_id_status", "updated_at"])

    transact(act)


Tell = Callable[[Subscription, Before, Facts | None, datetime], None]


def _looked_at(tenant_id: int, tell: Tell) -> None:
    for _try in range(MOST_TRIES):
        seen = Subscription.objects.select_related("tenant").filter(tenant_id=tenant_id).first()
        if seen is None:
            return
        if _inside(seen.tenant, lambda seen=seen: _once(seen, tell)):  # type: ignore[misc]
            return
    raise Busy


def _once(seen: Subscription, tell: Tell) -> bool:
    """Ask and write; False where somebody wrote in between."""
    found = gateway.subscription_of(seen.stripe_customer) if seen.stripe_customer else None
    vat_id = vat_ids.vat_id_of(seen.stripe_customer) if seen.stripe_customer else None
    if seen.stripe_customer and _reverse(vat_id) != _was_reverse(seen):
        vat_ids.set_reverse_charge(seen.stripe_customer, applies=_reverse(vat_id))

    def write() -> bool:
        row = Subscription.objects.select_for_update(of=("self",)).select_related("plan", "tenant").get(pk=seen.pk)
        now = database_now()
        if row.updated_at != seen.updated_at or row.stripe_customer != seen.stripe_customer:
            return False
        plans = _plans(found)
        assert plans is not None
        before = Before.of(row)
        standing.learn(row, found, replace(plans, granted=agreed.granted(agreed.of(row.tenant), now)), now)
        if vat_id is not None or row.vat_id_status != UNKNOWN:
            row.vat_id, row.vat_id_status = (vat_id.value, vat_id.status) if vat_id else ("", "")
        tell(row, before, found, now)
        _written(row, now)
        if row.stripe_customer:
            due.schedule(MIRROR, row.tenant_id, now)
        return True

    is_written = transact(write)
    if is_written and vat_id is not None and vat_id.status == UNKNOWN:
        # Stripe Tax takes any id of the right form for a business; one that the register does not know is none.
        vat_ids.put_vat_id(seen.stripe_customer, "")
    return is_written


def _written(row: Subscription, now: datetime) -> None:
    """Save the row, write what it and what was agreed mean onto the tenant, set the clock."""
    row.updated_at = now
    row.save()
    found = agreed.of(row.tenant)
    limits = agreed.limits_of(row.plan, found)
    Tenant.objects.filter(pk=row.tenant_id).update(**limits, takes_public_bookings=row.blocked_at is None)
    wakes_at = standing.wakes_at(row, now, found.until)
    if wakes_at is not None:
        due.schedule(CLOCK, row.tenant_id, wakes_at)


def _plans(found: Facts | None) -> Plans | None:
    """What can come out; None where no plans are sold."""
    rows = {plan.code: plan for plan in Plan.objects.all()}
    if FREE not in rows or TRIED not in rows:
        return None
    paid = next((plan for plan in rows.values() if found and plan.stripe_product == found.product), None)
    if found and paid is None:
        log.error("stripe: subscription %s is of a product that is no plan", found.id)
    return Plans(paid, rows[TRIED], rows[FREE])


def _reverse(vat_id: VatId | None) -> bool:
    """Whether the tenant accounts for the VAT itself: a verified id of another country than the platform's."""
    return vat_id is not None and vat_id.status == "verified" and vat_id.country != settings.PLATFORM_COUNTRY


def _was_reverse(row: Subscription) -> bool:
    country = "GR" if row.vat_id.startswith("EL") else row.vat_id[:2]
    return row.vat_id_status == "verified" and country != settings.PLATFORM_COUNTRY


def _inside(tenant: Tenant, work: Callable[[], T]) -> T:
    if current_schema() == tenant.schema_name:
        return work()
    with tenant_context(tenant):
        return work()
