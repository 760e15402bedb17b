"""What an operator does about a plan that is paid through Stripe, for the owner, who asked for it: each owner is told.

What is done is what the owner could do (`choosing`), by the same means: at once and for what a preview said, or ended
with what was paid for. Network; never in a transaction.
"""

from collections.abc import Callable
from datetime import datetime

from django_tenants.utils import tenant_context

from billing.subscriptions import choosing, telling
from billing.subscriptions.choosing import Wanted
from billing.subscriptions.models import Subscription
from schemas.clock import database_now
from schemas.transactions import transact
from tenants.models import Tenant


def change(tenant: Tenant, wanted: Wanted, at: datetime) -> Subscription:
    """`choosing.change`, for what a preview of that instant said."""
    return _told(tenant, lambda: choosing.change(tenant, wanted, at))


def cancel(tenant: Tenant) -> Subscription:
    """`choosing.cancel`: it ends with what was paid for."""
    return _told(tenant, lambda: choosing.cancel(tenant))


def resume(tenant: Tenant) -> Subscription:
    """`choosing.resume`: it goes on after all."""
    return _told(tenant, lambda: choosing.resume(tenant))


def _told(tenant: Tenant, act: Callable[[], None]) -> Subscription:
    act()

    def tell() -> Subscription:
        row = Subscription.objects.select_related("plan", "tenant").get(tenant=tenant)
        telling.done_for_owner(row, database_now())
        return row

    with tenant_context(tenant):
        return transact(tell)
