"""What Stripe has on record since a moment: events, intents, refunds, disputes, fees. For holding ours against it.

Amounts are our minor units. `scope` is the account that the objects live on, empty for the platform's own.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from billing.gateway.client import api, ask, on
from billing.gateway.currencies import from_stripe

if TYPE_CHECKING:
    import stripe

PAGE = 100
"""Stripe's longest page."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One object of Stripe's: its id and status, the intent that it belongs to, and what we wrote on that.

    `fee_minor` is the platform's application fee, of an intent.
    """

    id: str
    status: str
    intent_id: str
    amount_minor: int
    currency: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    fee_minor: int = 0


def events(scope: str, since: datetime) -> Iterator[bytes]:
    """Events as their JSON, as a webhook brings it, the newest first. Stripe keeps them for 30 days."""
    for each in _listed(api().v1.events.list, scope, since):
        told = json.loads(str(each))
        if scope:
            told["account"] = scope
        yield json.dumps(told).encode()


def intents(scope: str, since: datetime) -> Iterator[Recorded]:
    """PaymentIntents made since then."""
    return map(_intent, _listed(api().v1.payment_intents.list, scope, since))


def refunds(scope: str, since: datetime) -> Iterator[Recorded]:
    """Refunds made since then."""
    return map(_returned, _listed(api().v1.refunds.list, scope, since))


def disputes(scope: str, since: datetime) -> Iterator[Recorded]:
    """Disputes opened since then."""
    return map(_returned, _listed(api().v1.disputes.list, scope, since))


def fees(since: datetime) -> list[tuple[str, str, int]]:
    """Application fees of the platform since then: id, the account that paid it, and how much of it went back."""
    return [
        (each.id, _id(each.account), from_stripe(each.amount_refunded, each.currency))
        for each in _listed(api().v1.application_fees.list, "", since)
    ]


def _listed(ask_for: Callable[[Any, Any], Any], scope: str, since: datetime) -> Iterator[Any]:
    """All objects of a list since then, page by page."""
    params: dict[str, Any] = {"limit": PAGE, "created": {"gte": int(since.timestamp())}}
    while True:
        page = ask(lambda: ask_for(params, on(scope)))
        yield from page.data
        if not page.has_more:
            return
        params["starting_after"] = page.data[-1].id


def _intent(told: "stripe.PaymentIntent") -> Recorded:
    came = told.status == "succeeded"
    return Recorded(
        id=told.id,
        status=told.status,
        intent_id=told.id,
        amount_minor=from_stripe(told.amount_received if came else told.amount, told.currency),
        currency=told.currency.upper(),
        metadata=told.metadata.to_dict(),
        fee_minor=from_stripe(told.application_fee_amount or 0, told.currency),
    )


def _returned(told: "stripe.Refund | stripe.Dispute") -> Recorded:
    return Recorded(
        id=told.id,
        status=told.status or "pending",
        intent_id=_id(told.payment_intent),
        amount_minor=from_stripe(told.amount, told.currency),
        currency=told.currency.upper(),
    )


def _id(reference: object) -> str:
    if isinstance(reference, str):
        return reference
    return str(getattr(reference, "id", ""))
