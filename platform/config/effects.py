"""What the rows of `config.webhooks` do: find the thing of ours that an event speaks of, and have it looked at.

Each works in `public`, enters the tenant's schema itself, and may run any number of times. `Ignored`: nothing of
ours. `Rejected`: the event contradicts what we know, such as another tenant's booking on this account (T34).
"""

from django_tenants.utils import tenant_context

from billing import accounts
from billing.payments import books, payouts
from schemas.clock import database_now
from tenants.inbox import Ignored, Rejected
from tenants.models import InboxEvent, Tenant


def account(event: InboxEvent) -> None:
    """The connected account may have changed, or have withdrawn our access: ask how it is now."""
    _owner(event.account_id)
    accounts.refresh(event.account_id)


def ledger(event: InboxEvent) -> None:
    """Something moved on a venue's balance, made by us or not: have its books read on."""
    if not event.account_id:
        raise Ignored("the platform's own balance")
    _read_soon(event.account_id)


def transfer(event: InboxEvent) -> None:
    """Money was passed on to a venue (destination charges), or taken back from it; what is kept is its account."""
    _read_soon(event.object_id)


def payout(event: InboxEvent) -> None:
    """A payout of a venue was made, arrived or failed."""
    with tenant_context(_owner(event.account_id)):
        payouts.refresh(event.account_id, event.object_id)


def _read_soon(account_id: str) -> None:
    with tenant_context(_owner(account_id)):
        books.read_soon(account_id, database_now())


def _owner(account_id: str) -> Tenant:
    """Whose connected account it is, or was."""
    tenant = accounts.tenant_of(account_id)
    if tenant is None:
        raise Rejected("unknown account")
    return tenant
