"""Extras: which are on offer with what is booked, and which a booking gets."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from bookings.baskets import Extra
from bookings.requests import ExtraWish
from kernel.errors import Invalid
from venues.access import public_products
from venues.models import Product, Resource
from venues.offered import Offer, offers_of
from venues.pricelists import with_prices

Sellers = Sequence[Resource | Product]
"""What extras come with, read `with_offers`: resources, then the service, whose word on an extra counts last."""


def on_offer(sellers: Sellers) -> dict[int, Offer]:
    """Offers by id of the extra. What one of the sellers requires is required."""
    found: dict[int, Offer] = {}
    for seller in sellers:
        for offer in offers_of(seller):
            before = found.get(offer.product_id)
            is_required = offer.is_required or (before is not None and before.is_required)
            found[offer.product_id] = replace(offer, is_required=is_required)
    return found


def known(sellers: Sellers, customer_id: int | None) -> dict[int, Product]:
    """The extras on offer, with their prices for a customer; no query where there are none."""
    ids = on_offer(sellers).keys()
    if not ids:
        return {}
    rows = public_products().filter(pk__in=ids, kind=Product.Kind.EXTRA)
    return {product.pk: product for product in with_prices(rows, customer_id)}


def chosen(wishes: Iterable[ExtraWish], sellers: Sellers, products: dict[int, Product]) -> list[Extra]:
    """The extras that are asked for, and those that are required. `Invalid` for what is not on offer in that number."""
    offers, wanted = on_offer(sellers), counted(wishes)
    for offer in offers.values():
        if offer.is_required and offer.product_id in products:
            wanted.setdefault(offer.product_id, offer.least)
    for product_id, quantity in wanted.items():
        if product_id not in offers or product_id not in products:
            raise Invalid("extra_unknown", _("This extra is not offered here."), {"product": product_id})
        _check_quantity(offers[product_id], quantity)
    return [Extra(products[product_id], quantity) for product_id, quantity in wanted.items()]


def counted(wishes: Iterable[ExtraWish]) -> dict[int, int]:
    """How many of each extra; those that are named twice add up."""
    found: dict[int, int] = {}
    for wish in wishes:
        found[wish.product_id] = found.get(wish.product_id, 0) + wish.quantity
    return found


def stock_ids(sellers: Sellers) -> Collection[int]:
    """The pools that extras on offer come from."""
    return {offer.stock_id for offer in on_offer(sellers).values() if offer.stock_id is not None}


def _check_quantity(offer: Offer, quantity: int) -> None:
    if not offer.least <= quantity <= offer.most:
        raise Invalid(
            "extra_quantity",
            _("Choose from %(least)d to %(most)d.") % {"least": offer.least, "most": offer.most},
            {"product": offer.product_id, "least": offer.least, "most": offer.most},
        )
