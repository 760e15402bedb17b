"""What an operator agrees with a tenant: longer to try, a plan without paying, another fee, other limits.

Each is written under the lock of the tenant's subscription; what it means is derived where everything about the plan
is derived (`acts.refresh`). Where Stripe does not answer at that moment, the clock derives it as soon as it does.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from billing.gateway.trouble import ProviderTrouble
from billing.subscriptions import acts, agreed
from billing.subscriptions.models import Plan, Subscription
from billing.subscriptions.standing import FREE_STATUS, TRIALING
from kernel.errors import Busy, Conflict, Invalid, NotFound
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, limits
from tenants.limits import Thing
from tenants.models import Tenant

T = TypeVar("T")

MOST_FEE = 5_000
"""Basis points."""
MOST_DAYS = 365


def give_longer(tenant: Tenant, days: int) -> tuple[datetime | None, datetime]:
    """Let it try so many days more, from now on where its trial is over; when that ended before, and ends now.

    Raises `Conflict("not_trying")` where it has a plan, paid or granted, or gave a card for when the trial ends.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("days_invalid", _("Give 1 to %(most)s days.") % {"most": MOST_DAYS})

    def act() -> tuple[datetime | None, datetime]:
        row, now = _locked(tenant), database_now()
        if row.status not in {TRIALING, FREE_STATUS} or row.stripe_subscription:
            raise Conflict("not_trying", _("It is neither on a trial of ours nor on the free plan."))
        before = row.trial_ends_at
        row.trial_ends_at = max(now, before or now) + timedelta(days=days)
        row.updated_at = now
        row.save(update_fields=["trial_ends_at", "updated_at"])
        _derive_soon(tenant, now)
        return before, row.trial_ends_at

    return _done(tenant, act)


def grant(tenant: Tenant, code: str, until: datetime | None) -> Plan:
    """Let it have a plan without paying, until then or for good; what it subscribes to later counts instead.

    Raises `Conflict("subscribed")` where it pays through Stripe, `NotFound("plan_unknown")`, `Invalid("until_past")`.
    """

    def act() -> Plan:
        row, now = _locked(tenant), database_now()
        plan = Plan.objects.filter(code=code).first()
        if plan is None:
            raise NotFound("plan_unknown", _("There is no such plan."))
        if until is not None and until <= now:
            raise Invalid("until_past", _("That day is over."))
        if row.stripe_subscription and row.status in PAYS:
            text = _("It pays for its plan through Stripe. Change or cancel that one instead.")
            raise Conflict("subscribed", text)
        found = agreed.of(tenant)
        found.plan, found.until, found.end_told = plan, until, None
        found.save()
        _derive_soon(tenant, now)
        return plan

    return _done(tenant, act)


def end_grant(tenant: Tenant) -> Plan:
    """It has what it pays for, or tries, again; the plan that it had. Raises `NotFound("not_granted")`."""

    def act() -> Plan:
        _locked(tenant)
        found = agreed.of(tenant)
        before = found.plan
        if before is None:
            raise NotFound("not_granted", _("It has no plan without paying."))
        found.plan = found.until = found.end_told = None
        found.save()
        _derive_soon(tenant, database_now())
        return before

    return _done(tenant, act)


def set_fee(tenant: Tenant, fee: int | None) -> None:
    """Take this fee of payments that begin from now on, in basis points; None: the plan's."""
    if fee is not None and not 0 <= fee <= MOST_FEE:
        raise Invalid("fee_invalid", _("The fee is 0 to %(most)s %%.") % {"most": MOST_FEE // 100})

    def act() -> None:
        _row_locked(tenant)
        found = agreed.of(tenant)
        found.fee = fee
        found.save()

    transact(act)


def set_limits(tenant: Tenant, wanted: Mapping[Thing, int | None]) -> dict[Thing, int]:
    """Allow this in place of what the plan allows: a number, or None without limit; the others are the plan's.

    Nobody makes one of them meanwhile. Answers how many of each there are, which may be more than is allowed now.
    """

    def act() -> dict[Thing, int]:
        with tenant_context(tenant):
            for thing in Thing:
                limits.alone(thing)
            used = {thing: limits.used(thing) for thing in Thing}
        row = _row_locked(tenant)
        found = agreed.of(tenant)
        found.limits = {str(thing): most for thing, most in wanted.items()}
        found.save()
        Tenant.objects.filter(pk=tenant.pk).update(**agreed.limits_of(row.plan if row else None, found))
        return used

    return transact(act)


PAYS = frozenset({TRIALING, "active", "past_due", "unpaid"})


def _row_locked(tenant: Tenant) -> Subscription | None:
    """Its subscription, locked; the tenant itself where there is none, so that two operators take turns."""
    row = Subscription.objects.select_for_update(of=("self",)).select_related("plan").filter(tenant=tenant).first()
    if row is None:
        Tenant.objects.select_for_update().get(pk=tenant.pk)
    return row


def _locked(tenant: Tenant) -> Subscription:
    row = _row_locked(tenant)
    if row is None:
        raise NotFound("no_plan", _("It has no plan, and so no limits."))
    return row


def _derive_soon(tenant: Tenant, now: datetime) -> None:
    with tenant_context(tenant):
        due.schedule(acts.CLOCK, tenant.pk, now)


def _done(tenant: Tenant, act: Callable[[], T]) -> T:
    answer = transact(act)
    with suppress(ProviderTrouble, Busy):  # the clock does it
        acts.refresh(tenant.pk)
    return answer
