"""The tenant's books: Stripe's balance transactions, each posted once in double entry.

Every posting's entries sum to zero, and the entries of `balance` to what lies at Stripe (I14). Whoever hears that
something moved calls `read_soon`; reading is idempotent and takes what is new.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Sum

from billing.gateway import lists
from billing.gateway.lists import Movement
from billing.payments.models import Entry, Posting
from schemas.transactions import transact
from tenants import due

READ = "books"
"""The kind of due work that reads an account's new movements."""
FROM_CUSTOMERS = frozenset(
    {"charge", "payment", "refund", "payment_refund", "refund_failure", "payment_failure_refund"}
)
TO_THE_BANK = frozenset({"payout", "payout_cancel", "payout_failure"})
OF_THE_PLATFORM = frozenset({"application_fee"})
Account = Entry.Account


def read_soon(account_id: str, now: datetime) -> None:
    """Have the account's movements read, once for all who ask; in the current tenant."""
    due.schedule(READ, account_id, now)


def read(account_id: str) -> int:
    """Post what is new on the account; answers how many movements that was. Network, then one transaction."""
    new: list[Movement] = []
    for page in lists.movements(account_id):
        known = _known(page)
        fresh = [each for each in page if each.transaction_id not in known]
        new += fresh
        if len(fresh) < len(page):
            break
    return _posted(account_id, new)


def read_all(account_id: str) -> int:
    """As `read`, but through to the account's beginning, whatever is known already."""
    new: list[Movement] = []
    for page in lists.movements(account_id):
        known = _known(page)
        new += [each for each in page if each.transaction_id not in known]
    return _posted(account_id, new)


def read_payout(account_id: str, payout_id: str) -> list[str]:
    """Post what a payout contains; the ids of its movements, the payout's own left out."""
    found = [each for page in lists.movements(account_id, payout_id) for each in page]
    known = _known(found)
    _posted(account_id, [each for each in found if each.transaction_id not in known])
    return [each.transaction_id for each in found if each.kind not in TO_THE_BANK]


def balances(account_id: str) -> dict[str, int]:
    """What lies at Stripe by our books, by currency."""
    rows = Entry.objects.filter(account=Account.BALANCE, posting__account_id=account_id)
    return dict(rows.values_list("posting__currency").annotate(Sum("amount_minor")).order_by("posting__currency"))


def entries_of(movement: Movement) -> dict[Account, int]:
    """Debits and credits of a movement, by account; they sum to zero."""
    found = {Account.BALANCE: movement.net_minor}
    for kind, fee in movement.fees:
        account = Account.PLATFORM_FEES if kind in OF_THE_PLATFORM else Account.STRIPE_FEES
        found[account] = found.get(account, 0) + fee
    other = _counterpart(movement)
    found[other] = found.get(other, 0) - movement.amount_minor
    return {account: amount for account, amount in found.items() if amount}


def _counterpart(movement: Movement) -> Account:
    if movement.kind in FROM_CUSTOMERS:
        return Account.CUSTOMERS
    if movement.kind in TO_THE_BANK:
        return Account.BANK
    if movement.kind == "adjustment" and movement.source_id.startswith(("dp_", "du_")):
        return Account.DISPUTES
    if movement.kind in {"stripe_fee", "tax_fee", "network_cost"}:
        return Account.STRIPE_FEES
    if movement.kind.startswith("application_fee"):
        return Account.PLATFORM_FEES
    return Account.OTHER


def _known(movements: Iterable[Movement]) -> set[str]:
    ids = [each.transaction_id for each in movements]
    return set(Posting.objects.filter(transaction_id__in=ids).values_list("transaction_id", flat=True))


def _posted(account_id: str, movements: list[Movement]) -> int:
    """Write movements oldest first, so that whoever is cut off leaves no gap behind."""
    if not movements:
        return 0
    charges = _charges(movements)
    ordered = sorted(movements, key=lambda each: (each.at, each.transaction_id))

    def act() -> int:
        Posting.objects.bulk_create(
            [_posting(account_id, each, charges) for each in ordered], ignore_conflicts=True, batch_size=500
        )
        # Of two readers the second one waited for the first, whose rows have their entries by now.
        ids = [each.transaction_id for each in ordered]
        written = {row.transaction_id: row for row in Posting.objects.filter(transaction_id__in=ids, entries=None)}
        Entry.objects.bulk_create(
            [
                Entry(posting=written[each.transaction_id], account=account, amount_minor=amount)
                for each in ordered
                if each.transaction_id in written
                for account, amount in entries_of(each).items()
            ],
            batch_size=1000,
        )
        return len(written)

    return transact(act)


def _charges(movements: list[Movement]) -> dict[str, str]:
    """The charge at the customers' end of each movement that has one, by transaction id.

    What a destination charge passed on is a charge of its own on the venue's account: the platform's is behind it.
    """
    behind: dict[str, str] = {}
    for each in movements:
        if each.transfer_id:
            behind[each.charge_id] = lists.charge_behind(each.transfer_id)
    others = {each.charge_id for each in movements if each.charge_id} - behind.keys()
    behind |= dict(
        Posting.objects.filter(source_id__in=others).exclude(charge_id="").values_list("source_id", "charge_id")
    )
    return {each.transaction_id: behind.get(each.charge_id, each.charge_id) for each in movements}


def _posting(account_id: str, movement: Movement, charges: dict[str, str]) -> Posting:
    return Posting(
        transaction_id=movement.transaction_id,
        account_id=account_id,
        kind=movement.kind,
        source_id=movement.source_id,
        charge_id=charges[movement.transaction_id],
        currency=movement.currency,
        net_minor=movement.net_minor,
        at=movement.at,
        available_at=movement.available_at,
    )
