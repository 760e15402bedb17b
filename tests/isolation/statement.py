"""A tenant's books for the canaries: one movement in one payout, and how they stand. Ids are equal in all worlds."""

from datetime import datetime

from billing.payments.models import Entry, LedgerAccount, Payout, PayoutItem, Posting, Reconciliation
from tests.worlds import World

PAYOUT = "po_1"


def furnish_statement(world: World, at: datetime) -> None:
    """In the world's schema."""
    payout = Payout.objects.create(
        payout_id=PAYOUT,
        account_id=f"acct_{world.canary}",
        amount_minor=2500,
        currency=world.tenant.currency,
        status="failed",
        failure=world.canary,
        arrives_on=at.date(),
        created_at=at,
        updated_at=at,
    )
    posting = Posting.objects.create(
        transaction_id=f"txn_{world.canary}",
        account_id=f"acct_{world.canary}",
        kind=f"kind {world.canary}"[:40],
        source_id=f"ch_{world.canary}",
        charge_id=f"ch_{world.canary}",
        currency=world.tenant.currency,
        net_minor=2500,
        at=at,
        available_at=at,
    )
    for account, amount in ((Entry.Account.BALANCE, 2500), (Entry.Account.CUSTOMERS, -2500)):
        Entry.objects.create(posting=posting, account=account, amount_minor=amount)
    PayoutItem.objects.create(payout=payout, posting=posting)
    LedgerAccount.objects.create(purpose="revenue", tax_rate=1900, number="8400")
    Reconciliation.objects.create(pk=1, at=at, found=1, healed=0, left=[world.canary])
