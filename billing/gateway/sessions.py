"""Checkout sessions: a page at Stripe on which one thing is paid.

A session lives for 30 minutes at least (docs.stripe.com/api/checkout/sessions/create, `expires_at`), longer than a
hold: so sessions are expired explicitly when the hold ends (R17). Its PaymentIntent comes into being when the
customer pays, with the metadata of the sale.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import stripe

from billing.gateway import charging, client
from billing.gateway.charging import Place, Sale
from billing.gateway.trouble import ProviderTrouble, WrongMoment

SHORTEST = timedelta(minutes=30)
LEEWAY = timedelta(minutes=2)
"""Stripe's clock is not ours, and a call takes time."""


@dataclass(frozen=True, slots=True)
class Session:
    """A Checkout session as Stripe told it: `status` is open, complete or expired; `intent_id` empty before it pays.

    `mode` is `payment`, or `subscription` for a plan of ours, whose buyer is `customer_id`.
    """

    id: str
    status: str
    payment_status: str
    intent_id: str
    url: str
    expires_at: datetime
    mode: str = "payment"
    customer_id: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the page leads back to, and until when it can be paid."""

    success_url: str
    cancel_url: str
    expires_at: datetime


def create(sale: Sale, ways: Ways, idempotency_key: str) -> Session:
    """A new page, or with the same key and parameters, the one that it made."""
    params = charging.of_session(sale)
    params["success_url"], params["cancel_url"] = ways.success_url, ways.cancel_url
    params["expires_at"] = int(ways.expires_at.timestamp())
    options = sale.place.on(idempotency_key)
    return _facts(client.ask(lambda: client.api().v1.checkout.sessions.create(params, options)))


def retrieve(place: Place, session_id: str) -> Session:
    """The session as it is now. Raises `Gone` where there is none in this scope."""
    return _facts(client.ask(lambda: client.api().v1.checkout.sessions.retrieve(session_id, None, place.on())))


def expire(place: Place, session_id: str) -> Session:
    """Nobody can pay on it any more. Raises `WrongMoment` where it is complete or expired already."""
    try:
        return _facts(client.ask(lambda: client.api().v1.checkout.sessions.expire(session_id, None, place.on())))
    except ProviderTrouble as trouble:
        if trouble.is_lasting and retrieve(place, session_id).status != "open":
            raise WrongMoment(session_id) from trouble  # Stripe has no code for it
        raise


def _facts(session: stripe.checkout.Session) -> Session:
    return Session(
        id=session.id,
        status=session.status or "",
        payment_status=session.payment_status,
        intent_id=_id(session.payment_intent),
        url=session.url or "",
        expires_at=datetime.fromtimestamp(session.expires_at, UTC),
        mode=session.mode,
        customer_id=_id(session.customer),
        metadata=session.metadata.to_dict() if session.metadata is not None else {},
    )


def _id(reference: object) -> str:
    return reference if isinstance(reference, str) else str(getattr(reference, "id", ""))
