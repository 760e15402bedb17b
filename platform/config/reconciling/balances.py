"""A tenant's books against the balance that Stripe keeps, its payouts, and its account's standing."""

from django.db.models import Sum

from billing import accounts
from billing.gateway import lists
from billing.payments import books, payouts
from billing.payments.models import Posting
from billing.subscriptions.models import StripeAccount
from config.reconciling.findings import Round

SNAPSHOT = (
    "card_payments",
    "transfers",
    "has_submitted",
    "gets_payouts",
    "currently_due",
    "past_due",
    "due_by",
    "disabled_reason",
    "disconnected_at",
)
"""What we say about an account that Stripe says too."""


def standing(turn: Round) -> None:
    """What we believe about the account is what Stripe says."""
    before = _snapshot(turn.account)
    accounts.refresh(turn.account.account_id)
    turn.account.refresh_from_db()
    after = _snapshot(turn.account)
    changed = [name for name in SNAPSHOT if before[name] != after[name]]
    if changed:
        turn.add("account", turn.account.account_id, f"other at Stripe: {', '.join(changed)}", is_healed=True)


def ledger(turn: Round) -> None:
    """Every balance transaction is posted, every posting sums to zero, and all of them to the balance itself (I14)."""
    account_id = turn.account.account_id
    unread = books.read_all(account_id)
    if unread:
        turn.add("books", account_id, f"{unread} movements were not posted", is_healed=True)
    crooked = Posting.objects.annotate(sum=Sum("entries__amount_minor")).exclude(sum=0).exclude(entries=None)
    for posting in crooked.order_by("pk"):
        turn.add("books", posting.transaction_id, "entries do not sum to zero", is_healed=False)
    here, there = _nonzero(books.balances(account_id)), _nonzero(lists.balances(account_id))
    for currency in sorted(here.keys() | there.keys()):
        ours, theirs = here.get(currency, 0), there.get(currency, 0)
        if ours != theirs:
            turn.add("balance", currency, f"{theirs} at Stripe, {ours} by our books", is_healed=False)


def paid_out(turn: Round) -> None:
    """Every payout is here, with the status that Stripe says."""
    stale = payouts.refresh_all(turn.account.account_id)
    if stale:
        turn.add("payouts", turn.account.account_id, f"{stale} were other at Stripe", is_healed=True)


def _snapshot(account: StripeAccount) -> dict[str, object]:
    return {name: getattr(account, name) for name in SNAPSHOT}


def _nonzero(amounts: dict[str, int]) -> dict[str, int]:
    return {currency: amount for currency, amount in amounts.items() if amount}
