"""Cards that members keep: customers of the account that charges, and their payment methods."""

from dataclasses import dataclass

from billing.gateway import client
from billing.gateway.charging import Place

MOST = 100


@dataclass(frozen=True, slots=True)
class Card:
    """A card that was kept; `id` is Stripe's."""

    id: str
    brand: str
    last4: str
    expires_month: int
    expires_year: int


def create_customer(place: Place, reference: str, email: str, idempotency_key: str) -> str:
    """Id of a new customer; `reference` tells us who that is."""
    made = client.ask(
        lambda: client.api().v1.customers.create(
            {"email": email, "metadata": {"forecourt_user": reference}}, place.on(idempotency_key)
        )
    )
    return made.id


def of_customer(place: Place, customer_id: str) -> list[Card]:
    """The cards that a customer keeps, the newest first."""
    found = client.ask(
        lambda: client.api().v1.customers.payment_methods.list(customer_id, {"type": "card", "limit": MOST}, place.on())
    )
    return [
        Card(each.id, each.card.brand, each.card.last4 or "", each.card.exp_month, each.card.exp_year)
        for each in found.data
        if each.card
    ]


def remove(place: Place, card_id: str) -> None:
    """Keep a card no longer."""
    client.ask(lambda: client.api().v1.payment_methods.detach(card_id, None, place.on()))


def forget(place: Place, customer_id: str) -> None:
    """Delete a customer at Stripe, with every card; what was paid stays there without them."""
    client.ask(lambda: client.api().v1.customers.delete(customer_id, None, place.on()))
