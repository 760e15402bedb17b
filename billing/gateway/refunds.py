"""Giving money back at Stripe, and what Stripe says about it: refunds, disputes, early warnings of fraud.

Direct charges live on the venue's account, destination charges on the platform's (RELIABILITY.md, 7). Amounts are our
minor units.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from billing.gateway import currencies
from billing.gateway.client import api, ask, on

if TYPE_CHECKING:
    import stripe
    from stripe._stripe_object import UntypedStripeObject
    from stripe.params import RefundCreateParams, TransferCreateParams, TransferListParams

MOST = 100
"""Stripe's longest page. A charge with more refunds than that has been refunded by a machine gone mad."""


@dataclass(frozen=True, slots=True)
class Charged:
    """Where a charge is: the account that has it, empty for the platform's own, and its payment intent.

    `destination` is the venue's account where the money was passed on to it, empty for direct charges.
    """

    account_id: str
    intent_id: str
    currency: str
    destination: str = ""


@dataclass(frozen=True, slots=True)
class Giving:
    """A refund to be made: `amount_minor`, or all that is left where it is None; `key` is the idempotency key.

    `has_fee`: the platform took a fee, its share goes back too. `metadata` names our refund. `apart`: fee and transfer
    do not hang on the charge any more (`take_back_again`).
    """

    amount_minor: int | None
    key: str
    metadata: dict[str, str]
    has_fee: bool
    apart: bool = False


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """A refund as Stripe describes it now. `status` is Stripe's word, `failure` its reason or empty."""

    refund_id: str
    amount_minor: int
    status: str
    failure: str
    metadata: dict[str, str]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A dispute as Stripe describes it now. `withdrawn_minor` is what is away at this moment, without Stripe's fee."""

    dispute_id: str
    amount_minor: int
    currency: str
    reason: str
    status: str
    evidence_due_at: datetime | None
    withdrawn_minor: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class WarningFacts:
    """A card issuer says that a payment was fraud. `is_actionable`: a refund can still avoid the dispute."""

    warning_id: str
    kind: str
    is_actionable: bool


def create(charged: Charged, giving: Giving) -> RefundFacts:
    """Make the refund, or find the one that the same key has made. Raises as `client.ask`."""
    params: RefundCreateParams = {"payment_intent": charged.intent_id, "metadata": giving.metadata}
    if giving.amount_minor is not None:
        params["amount"] = currencies.to_stripe(giving.amount_minor, charged.currency)
    if giving.has_fee and not giving.apart:  # never for a fee of zero: then Stripe refuses the refund (alf.io #739)
        params["refund_application_fee"] = True
    if charged.destination and not giving.apart:
        params["reverse_transfer"] = True
    made = ask(lambda: api().v1.refunds.create(params, on(charged.account_id, giving.key)))
    return _refund(made)


def retrieve(charged: Charged, refund_id: str) -> RefundFacts:
    """A refund as it is now."""
    return _refund(ask(lambda: api().v1.refunds.retrieve(refund_id, options=on(charged.account_id))))


def of(charged: Charged) -> list[RefundFacts]:
    """All refunds of a charge, whoever made them, the oldest first."""
    found = ask(
        lambda: api().v1.refunds.list(
            {"payment_intent": charged.intent_id, "limit": MOST}, options=on(charged.account_id)
        )
    )
    return sorted((_refund(each) for each in found.data), key=lambda facts: (facts.made_at, facts.refund_id))


def disputes_of(charged: Charged) -> list[DisputeFacts]:
    """All disputes of a charge, the oldest first."""
    found = ask(
        lambda: api().v1.disputes.list(
            {"payment_intent": charged.intent_id, "limit": MOST}, options=on(charged.account_id)
        )
    )
    return sorted((_dispute(each) for each in found.data), key=lambda facts: (facts.opened_at, facts.dispute_id))


def warnings_of(charged: Charged) -> list[WarningFacts]:
    """Early fraud warnings about a charge."""
    found = ask(
        lambda: api().v1.radar.early_fraud_warnings.list(
            {"payment_intent": charged.intent_id, "limit": MOST}, options=on(charged.account_id)
        )
    )
    return [WarningFacts(each.id, each.fraud_type, each.actionable) for each in found.data]


def take_back(charged: Charged, dispute_id: str, amount_minor: int, key: str) -> None:
    """Reverse so much of the transfer of a destination charge because of a dispute; a second time changes nothing.

    Never more than was not reversed yet.
    """
    transfer_id = _transfer_of(charged)
    if not transfer_id:
        return
    transfer = ask(lambda: api().v1.transfers.retrieve(transfer_id))
    reversals = ask(lambda: api().v1.transfers.reversals.list(transfer_id, {"limit": MOST}))
    left = transfer.amount - transfer.amount_reversed
    amount = min(left, currencies.to_stripe(amount_minor, charged.currency))
    if amount <= 0 or any(_names(each.metadata, dispute_id) for each in reversals.data):
        return
    ask(
        lambda: api().v1.transfers.reversals.create(
            transfer_id, {"amount": amount, "metadata": {"forecourt_dispute": dispute_id}}, on("", key)
        )
    )


def hand_over(charged: Charged, dispute_id: str, key: str) -> None:
    """Transfer to the venue again what `take_back` took, once the dispute is won; a second time changes nothing."""
    transfer_id = _transfer_of(charged)
    if not transfer_id:
        return
    reversals = ask(lambda: api().v1.transfers.reversals.list(transfer_id, {"limit": MOST}))
    amount = sum(each.amount for each in reversals.data if _names(each.metadata, dispute_id))
    if not amount or _handed_over(charged, dispute_id):
        return
    params: TransferCreateParams = {
        "amount": amount,
        "currency": charged.currency.lower(),
        "destination": charged.destination,
        "transfer_group": _group(dispute_id),
        "metadata": {"forecourt_dispute": dispute_id},
    }
    ask(lambda: api().v1.transfers.create(params, on("", key)))


def take_back_again(charged: Charged, dispute_id: str, amount_minor: int, fee_minor: int, key: str) -> None:
    """Of what `hand_over` sent, take back the part of a refund made `apart`, and return its share of the fee."""
    for transfer in _handed_over(charged, dispute_id):
        left = transfer.amount - transfer.amount_reversed
        amount = min(left, currencies.to_stripe(amount_minor, charged.currency))
        if amount:
            _reverse(transfer.id, amount, f"{key}:transfer")
    if fee_minor:
        _return_fee(charged, currencies.to_stripe(fee_minor, charged.currency), f"{key}:fee")


def _reverse(transfer_id: str, amount: int, key: str) -> None:
    ask(lambda: api().v1.transfers.reversals.create(transfer_id, {"amount": amount}, on("", key)))


def _return_fee(charged: Charged, amount: int, key: str) -> None:
    """The fee hangs on the venue's side of the transfer."""
    transfer = ask(lambda: api().v1.transfers.retrieve(_transfer_of(charged), {"expand": ["destination_payment"]}))
    payment = transfer.destination_payment
    fee = None if payment is None or isinstance(payment, str) else payment.application_fee
    if fee:
        ask(lambda: api().v1.application_fees.refunds.create(str(fee), {"amount": amount}, on("", key)))


def _handed_over(charged: Charged, dispute_id: str) -> "list[stripe.Transfer]":
    asked: TransferListParams = {
        "destination": charged.destination,
        "transfer_group": _group(dispute_id),
        "limit": MOST,
    }
    return ask(lambda: api().v1.transfers.list(asked)).data


def _group(dispute_id: str) -> str:
    return f"dispute_{dispute_id}"


def _transfer_of(charged: Charged) -> str:
    intent = ask(
        lambda: api().v1.payment_intents.retrieve(
            charged.intent_id, {"expand": ["latest_charge"]}, options=on(charged.account_id)
        )
    )
    charge = intent.latest_charge
    assert not isinstance(charge, str)
    found = getattr(charge, "transfer", None)  # there for destination charges only
    return str(found or "")


def _names(metadata: "UntypedStripeObject[str] | None", dispute_id: str) -> bool:
    return _plain(metadata).get("forecourt_dispute") == dispute_id


def _plain(metadata: "UntypedStripeObject[str] | None") -> dict[str, str]:
    found: dict[str, str] = metadata.to_dict() if metadata else {}
    return found


def _refund(told: "stripe.Refund") -> RefundFacts:
    return RefundFacts(
        refund_id=told.id,
        amount_minor=currencies.from_stripe(told.amount, told.currency),
        status=told.status or "pending",
        failure=getattr(told, "failure_reason", None) or "",  # there for failed ones only
        metadata=_plain(told.metadata),
        made_at=_instant(told.created),
    )


def _dispute(told: "stripe.Dispute") -> DisputeFacts:
    due = told.evidence_details.due_by
    away = -sum(each.amount for each in told.balance_transactions)
    same = all(each.currency == told.currency for each in told.balance_transactions)
    withdrawn = away if same else min(away, 1) * told.amount  # the balance may be kept in another currency
    return DisputeFacts(
        dispute_id=told.id,
        amount_minor=currencies.from_stripe(told.amount, told.currency),
        currency=told.currency.upper(),
        reason=told.reason,
        status=told.status,
        evidence_due_at=_instant(due) if due else None,
        withdrawn_minor=currencies.from_stripe(max(0, withdrawn), told.currency),
        opened_at=_instant(told.created),
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
