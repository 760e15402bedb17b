"""Application fees: what the platform takes of tenants' payments. They lie on the platform's own account."""

from dataclasses import dataclass
from datetime import UTC, datetime

from billing.gateway.client import api, ask
from billing.gateway.currencies import from_stripe


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee as it is now, in minor units; `refunded_minor` of it went back."""

    id: str
    account_id: str
    charge_id: str
    amount_minor: int
    refunded_minor: int
    currency: str
    at: datetime


def retrieve(fee_id: str) -> Fee:
    """The fee as it is now. Raises `Gone`."""
    found = ask(lambda: api().v1.application_fees.retrieve(fee_id))
    currency = found.currency.upper()
    return Fee(
        id=found.id,
        account_id=_id(found.account),
        charge_id=_id(found.charge),
        amount_minor=from_stripe(found.amount, currency),
        refunded_minor=from_stripe(found.amount_refunded, currency),
        currency=currency,
        at=datetime.fromtimestamp(found.created, UTC),
    )


def _id(thing: object) -> str:
    return thing if isinstance(thing, str) else str(getattr(thing, "id", ""))
