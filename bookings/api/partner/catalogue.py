"""`/products` and `/spaces`: what there is, under the ids that partners use."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bookings.api.partner.base import PAGES, PartnerView
from bookings.api.partner.spelling import Camel, page_of
from kernel.money import as_text
from venues.access import public_products, public_spaces
from venues.currencies import currency_of, with_currencies
from venues.models import Product, Rate, Resource
from venues.offered import offers_of, questions_of, with_offers
from venues.pricelists import price_list, with_prices

Rows = list[dict[str, Any]]


class PricedShape(Camel[Any]):
    """A price as it is quoted: so much for a unit. Null for what costs what its spaces cost, or has several."""

    price_per_unit = serializers.CharField(allow_null=True)
    pricing_unit = serializers.ChoiceField(choices=Rate.Unit.choices, allow_null=True)
    currency = serializers.CharField(allow_null=True)


class AdditionalOut(PricedShape):
    """Something that comes with a booking: from `least` to `most` of it, and without being asked if `isRequired`."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    is_required = serializers.BooleanField()
    least = serializers.IntegerField()
    most = serializers.IntegerField()


class QuestionOut(Camel[Any]):
    """A question that comes with a booking: `answers` of `PATCH /bookings/{id}` names it by its id."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    kind = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())
    is_required = serializers.BooleanField()


class ProductOut(PricedShape):
    """A service: it takes so long, at any of its spaces."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    duration_minutes = serializers.IntegerField()
    spaces = serializers.ListField(child=serializers.UUIDField())
    additional_products = AdditionalOut(many=True)
    questions = QuestionOut(many=True)


class SpaceOut(PricedShape):
    """Where a service takes place: a court, a hall, a room."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    kind = serializers.CharField()
    capacity = serializers.IntegerField()
    venue_name = serializers.CharField()
    venue_address = serializers.CharField()
    time_zone = serializers.CharField()
    pays_online = serializers.BooleanField()
    pays_on_site = serializers.BooleanField()
    products = serializers.ListField(child=serializers.UUIDField())
    additional_products = AdditionalOut(many=True)
    questions = QuestionOut(many=True)


class ProductsView(PartnerView):
    """`/products`."""

    @extend_schema(operation_id="products_list", parameters=PAGES, responses=ProductOut(many=True))
    def get(self, request: Request) -> Response:
        """All services with their spaces, and the extras that can be had with them; a bare array."""
        rows = with_currencies(with_offers(public_products().filter(kind=Product.Kind.BOOKING)))
        return page_of(self, request, rows.prefetch_related("resources__venue"), _products)


class SpacesView(PartnerView):
    """`/spaces`."""

    @extend_schema(operation_id="spaces_list", parameters=PAGES, responses=SpaceOut(many=True))
    def get(self, request: Request) -> Response:
        """All spaces where a service can be booked, with the extras that can be had there; a bare array."""
        return page_of(self, request, public_spaces().prefetch_related("products"), _spaces)


def _products(page: list[Product]) -> Any:
    extras = _extras(page)
    rows = [
        {
            "id": product.public_id,
            "name": product.name,
            "description": product.description,
            "duration_minutes": product.duration_minutes,
            "spaces": [
                space.public_id for space in product.resources.all() if space.is_active and space.venue.is_active
            ],
            **_price(product, currency_of(product)),
            **_beside(product, extras, currency_of(product)),
        }
        for product in page
    ]
    return ProductOut(rows, many=True).data


def _spaces(page: list[Resource]) -> Any:
    extras = _extras(page)
    rows = [
        {
            "id": space.public_id,
            "name": space.name,
            "description": space.description,
            "kind": space.kind,
            "capacity": space.capacity,
            "venue_name": space.venue.name,
            "venue_address": space.venue.address,
            "time_zone": space.venue.time_zone,
            "pays_online": space.pays_online,
            "pays_on_site": space.pays_on_site,
            "products": [
                product.public_id
                for product in space.products.all()
                if product.is_active and product.kind == Product.Kind.BOOKING
            ],
            **_price(space, space.venue.currency),
            **_beside(space, extras, space.venue.currency),
        }
        for space in page
    ]
    return SpaceOut(rows, many=True).data


def _extras(page: Iterable[Product | Resource]) -> dict[int, Product]:
    """The extras on offer with what is on a page, in one query."""
    ids = {offer.product_id for row in page for offer in offers_of(row)}
    return {extra.pk: extra for extra in with_prices(public_products().filter(pk__in=ids))}


def _price(row: Product | Resource, currency: str | None) -> dict[str, Any]:
    base = price_list(row).base
    known = base is not None and currency is not None
    return {
        "price_per_unit": as_text(base.amount_minor, currency) if base and currency else None,
        "pricing_unit": base.unit if known and base else None,
        "currency": currency,
    }


def _beside(row: Product | Resource, extras: dict[int, Product], currency: str | None) -> dict[str, Rows]:
    """What comes with it: extras and questions."""
    return {
        "additional_products": [
            {
                "id": extras[offer.product_id].public_id,
                "name": extras[offer.product_id].name,
                "is_required": offer.is_required,
                "least": offer.least,
                "most": offer.most,
                **_price(extras[offer.product_id], currency),
            }
            for offer in offers_of(row)
            if offer.product_id in extras
        ],
        "questions": [
            {
                "id": question.field_id,
                "text": question.label,
                "kind": question.kind,
                "choices": question.choices,
                "is_required": question.is_required,
            }
            for question in questions_of(row)
        ],
    }
