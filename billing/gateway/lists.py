"""What Stripe has on record: balance transactions, payouts, balances. Amounts are our minor units.

Source: docs.stripe.com/api/balance_transactions, docs.stripe.com/reports/balance-transaction-types.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, cast

from billing.gateway.client import api, ask, on
from billing.gateway.currencies import from_stripe

if TYPE_CHECKING:
    import stripe
    from stripe.params import BalanceTransactionListParams

PAGE = 100
"""Stripe's longest page."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One balance transaction (`txn_...`). `amount_minor - fees = net_minor`; `kind` is Stripe's type.

    `fees` are minor units by Stripe's fee type, such as `stripe_fee` and `application_fee`. `charge_id`: the charge
    that it is about, also of refunds and disputes. `transfer_id`: where that is the other half of a destination
    charge, the platform's transfer that it came by.
    """

    transaction_id: str
    kind: str
    source_id: str
    currency: str
    amount_minor: int
    net_minor: int
    fees: tuple[tuple[str, int], ...]
    at: datetime
    available_at: datetime
    charge_id: str = ""
    transfer_id: str = ""


@dataclass(frozen=True, slots=True)
class PayoutFacts:
    """A payout as Stripe describes it now. `arrives_on` is a UTC day.

    Only of those that Stripe made by itself (`is_automatic`) does it say what they contain.
    """

    payout_id: str
    amount_minor: int
    currency: str
    status: str
    failure: str
    arrives_on: date
    made_at: datetime
    is_automatic: bool


def movements(account_id: str, payout_id: str = "") -> Iterator[list[Movement]]:
    """Pages of an account's balance transactions, the newest first; of one payout where it is named."""
    params: BalanceTransactionListParams = {"limit": PAGE, "expand": ["data.source"]}
    if payout_id:
        params["payout"] = payout_id
    while True:
        page = ask(lambda: api().v1.balance_transactions.list(params, on(account_id)))
        yield [_movement(each) for each in page.data]
        if not page.has_more:
            return
        params["starting_after"] = page.data[-1].id


def payout(account_id: str, payout_id: str) -> PayoutFacts:
    """A payout as it is now."""
    return _payout(ask(lambda: api().v1.payouts.retrieve(payout_id, options=on(account_id))))


def payouts(account_id: str) -> Iterator[PayoutFacts]:
    """All payouts of an account, the newest first."""
    found = ask(lambda: api().v1.payouts.list({"limit": PAGE}, on(account_id)))
    while True:
        yield from (_payout(each) for each in found.data)
        if not found.has_more:
            return
        last = found.data[-1].id
        found = ask(lambda: api().v1.payouts.list({"limit": PAGE, "starting_after": last}, on(account_id)))  # noqa: B023


def balances(account_id: str) -> dict[str, int]:
    """What lies at Stripe for an account by currency, available or not yet."""
    told = ask(lambda: api().v1.balance.retrieve(options=on(account_id)))
    found: dict[str, int] = {}
    amounts = [(each.currency, each.amount) for each in told.available]
    amounts += [(each.currency, each.amount) for each in told.pending]
    for code, amount in amounts:
        currency = code.upper()
        found[currency] = found.get(currency, 0) + from_stripe(amount, currency)
    return found


def charge_behind(transfer_id: str) -> str:
    """The platform's charge whose money a transfer passed on; empty where it was no charge."""
    told = ask(lambda: api().v1.transfers.retrieve(transfer_id))
    return _id(told.source_transaction)


def _movement(told: "stripe.BalanceTransaction") -> Movement:
    currency = told.currency.upper()
    fees: dict[str, int] = {}
    for each in told.fee_details:
        fees[each.type] = fees.get(each.type, 0) + from_stripe(each.amount, currency)
    return Movement(
        transaction_id=told.id,
        kind=told.type,
        source_id=_id(told.source),
        currency=currency,
        amount_minor=from_stripe(told.amount, currency),
        net_minor=from_stripe(told.net, currency),
        fees=tuple(sorted(fees.items())),
        at=_instant(told.created),
        available_at=_instant(told.available_on),
        charge_id=_charge(told.source),
        transfer_id=_id(getattr(told.source, "source_transfer", None)),
    )


def _payout(told: "stripe.Payout") -> PayoutFacts:
    return PayoutFacts(
        payout_id=told.id,
        amount_minor=from_stripe(told.amount, told.currency),
        currency=told.currency.upper(),
        status=told.status,
        failure=told.failure_code or "",
        arrives_on=_instant(told.arrival_date).date(),
        made_at=_instant(told.created),
        is_automatic=told.automatic,
    )


def _charge(source: object) -> str:
    if getattr(source, "object", "") == "charge":
        return _id(source)
    return _id(getattr(source, "charge", None))


def _id(reference: object) -> str:
    if isinstance(reference, str):
        return reference
    return cast(str, getattr(reference, "id", "")) or ""


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
