"""The cards that a member keeps here, on whichever accounts they have paid."""

from contextlib import suppress

from django.utils.translation import gettext as _

from billing.gateway import cards
from billing.gateway.cards import Card
from billing.gateway.charging import Place
from billing.gateway.trouble import Gone, ProviderTrouble, Revoked, WrongMoment
from billing.payments import attempts
from billing.payments.models import Payer, Payment
from kernel.errors import NotFound
from schemas.transactions import transact


def of_member(user_id: int) -> list[Card]:
    """A member's own cards."""
    return [card for _place, card in _found(user_id)]


def for_payment(payment: Payment) -> list[Card]:
    """The cards that whoever pays keeps where this is charged: an attempt knows its member, or nobody."""
    payer = Payer.objects.filter(pk=payment.payer_id).exclude(customer_id="").first() if payment.payer_id else None
    if payer is None:
        return []
    try:
        return cards.of_customer(attempts.place_of(payment), payer.customer_id)
    except (Gone, ProviderTrouble):
        return []  # then they type it in


def remove(user_id: int, card_id: str) -> None:
    """Keep an own card no longer; `NotFound` for any other."""
    place = next((place for place, card in _found(user_id) if card.id == card_id), None)
    if place is None:
        raise NotFound("not_found", _("There is no such card."))
    try:
        cards.remove(place, card_id)
    except (Gone, WrongMoment):
        return  # somebody was faster


def is_known(user_id: int) -> bool:
    """Whether a member was ever made known to Stripe, so that cards could be kept."""
    return Payer.objects.filter(user=user_id).exists()


def forget(user_id: int) -> None:
    """Have Stripe delete a member, with all cards, on every account; as often as it is called.

    Raises `ProviderTrouble`. Outside of transactions: each is asked for itself, and forgotten here once Stripe has.
    """
    for payer in Payer.objects.filter(user=user_id).order_by("pk"):
        if payer.customer_id:
            with suppress(Gone, Revoked):  # the member, or the whole account, is not there any more
                cards.forget(Place(payer.account_id, "direct"), payer.customer_id)
        transact(payer.delete)


def _found(user_id: int) -> list[tuple[Place, Card]]:
    found = []
    for payer in Payer.objects.filter(user=user_id).exclude(customer_id="").order_by("-pk"):
        place = Place(payer.account_id, "direct")
        try:
            found += [(place, card) for card in cards.of_customer(place, payer.customer_id)]
        except (Gone, Revoked):
            continue  # the venue has another account by now
    return found
