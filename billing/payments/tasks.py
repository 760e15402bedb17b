"""What the clock calls about money."""

from billing import accounts
from billing.accounts import wallets
from billing.payments import books
from schemas.current import current_tenant
from tenants import domains, due


@due.handles(accounts.DEADLINE, queue=due.Queue.SYNC)
def look_at_account(account_id: str) -> None:
    """A deadline of Stripe's comes near: see whether it still stands, and tell the owners; as often as called."""
    accounts.refresh(account_id)


@due.handles(wallets.WALLETS, queue=due.Queue.SYNC)
def register_hosts(account_id: str) -> None:
    """Have wallets shown on the tenant's hosts; as often as called."""
    wallets.register(account_id)


@due.handles(domains.SERVED, queue=due.Queue.SYNC)
def register_new_host(_tenant_id: str) -> None:
    """The same once a domain of its own leads to the tenant; nothing where it cannot charge."""
    wallets.register_for(current_tenant())


@due.handles(books.READ, queue=due.Queue.SYNC)
def read_books(account_id: str) -> None:
    """Post what moved on an account's balance; as often as it is called."""
    books.read(account_id)
