"""PaymentIntents: made, asked about, cancelled; told as facts in our minor units.

Source: docs.stripe.com/payments/paymentintents/lifecycle.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import stripe

from billing.gateway import charging, client
from billing.gateway.charging import Place, Sale
from billing.gateway.currencies import from_stripe

UNPAID = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
"""Statuses in which the customer may pay, and we may cancel."""
KNOWN_BY_LAST = frozenset({"card", "sepa_debit", "us_bank_account", "bacs_debit", "au_becs_debit"})
SHORTLY = frozenset({"", "card", "link"})
"""Methods whose `processing` takes seconds, not days."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent as Stripe told it. `scope` is the account that it lives on, empty for the platform's.

    `amount_minor` is what is asked for, or once it has succeeded, what came. `destination` is the account that a
    destination charge passes it on to. `method` names how, such as `visa 4242`; `method_kind` is Stripe's type.
    `failure` is the class of the last refusal, such as `insufficient_funds`. `next_action` is what the customer has
    to do, such as `redirect_to_url`.
    """

    id: str
    scope: str
    status: str
    amount_minor: int
    currency: str
    is_live: bool
    metadata: Mapping[str, str]
    client_secret: str
    destination: str = ""
    charge_id: str = ""
    method: str = ""
    method_kind: str = ""
    failure: str = ""
    next_action: str = ""

    @property
    def takes_days(self) -> bool:
        """Whether the money is on a way that takes days, such as a direct debit."""
        return self.status == "processing" and self.method_kind not in SHORTLY


def create(sale: Sale, idempotency_key: str) -> Intent:
    """A new intent, or with the same key, the one that it made."""
    params, options = charging.of_intent(sale), sale.place.on(idempotency_key)
    return _facts(client.ask(lambda: client.api().v1.payment_intents.create(params, options)), sale.place)


def retrieve(place: Place, intent_id: str) -> Intent:
    """The intent as it is now. Raises `Gone` where there is none in this scope."""
    found = client.ask(
        lambda: client.api().v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]}, place.on())
    )
    return _facts(found, place)


def keep_card(place: Place, intent_id: str, customer_id: str) -> Intent:
    """Have the card that pays kept for this customer, as often as one likes: an error under a key would be kept.

    Raises `WrongMoment` once it is being paid.
    """
    changed = client.ask(
        lambda: client.api().v1.payment_intents.update(
            intent_id,
            {"customer": customer_id, "setup_future_usage": "on_session", "expand": ["latest_charge"]},
            place.on(),
        )
    )
    return _facts(changed, place)


def cancel(place: Place, intent_id: str) -> Intent:
    """Nobody can pay it any more. Raises `WrongMoment` where it is paid, being paid or cancelled already (R17)."""
    cancelled = client.ask(
        lambda: client.api().v1.payment_intents.cancel(
            intent_id,
            {"cancellation_reason": "abandoned", "expand": ["latest_charge"]},
            place.on(),
        )
    )
    return _facts(cancelled, place)


def _facts(intent: stripe.PaymentIntent, place: Place) -> Intent:
    charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
    kind, method = _method(charge)
    is_done = intent.status == "succeeded"
    return Intent(
        id=intent.id,
        scope=place.scope,
        status=intent.status,
        amount_minor=from_stripe(intent.amount_received if is_done else intent.amount, intent.currency),
        currency=intent.currency.upper(),
        is_live=intent.livemode,
        metadata=intent.metadata.to_dict(),
        client_secret=intent.client_secret or "",
        destination=_id(intent.transfer_data.destination) if intent.transfer_data else "",
        charge_id=charge.id if charge else "",
        method=method,
        method_kind=kind,
        failure=_why(intent.last_payment_error),
        next_action=intent.next_action.type if intent.next_action else "",
    )


def _why(error: object) -> str:
    # Stripe leaves out the fields of an error that do not apply.
    if error is None:
        return ""
    return str(getattr(error, "decline_code", None) or getattr(error, "code", None) or "declined")


def _method(charge: stripe.Charge | None) -> tuple[str, str]:
    details = charge.payment_method_details if charge else None
    if details is None:
        return "", ""
    kind = str(details.type)
    part = getattr(details, kind, None)
    last4 = getattr(part, "last4", None) if kind in KNOWN_BY_LAST else None
    name = str(getattr(part, "brand", None) or kind) if kind == "card" else kind
    return kind, f"{name} {last4}" if last4 else name


def _id(reference: object) -> str:
    return reference if isinstance(reference, str) else str(getattr(reference, "id", ""))
