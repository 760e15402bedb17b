"""What the rows of `config.webhooks` do: find the thing of ours that an event speaks of, and have it looked at.

Each works in `public`, enters the tenant's schema itself, and may run any number of times. `Ignored`: nothing of
ours. `Rejected`: the event contradicts what we know, such as another tenant's booking on this account (T34).
"""

from billing import accounts
from tenants.inbox import Rejected
from tenants.models import InboxEvent, Tenant


def account(event: InboxEvent) -> None:
    """The connected account may have changed, or have withdrawn our access: ask how it is now."""
    _owner(event)
    accounts.refresh(event.account_id)


def _owner(event: InboxEvent) -> Tenant:
    """Whose connected account it happened on."""
    tenant = accounts.tenant_of(event.account_id)
    if tenant is None:
        raise Rejected("unknown account")
    return tenant
