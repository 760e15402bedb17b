"""`/slots`: when a product is free."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bookings.api.availability import Found, asked
from bookings.api.filters import MomentField
from bookings.api.partner.base import PartnerView, agent_of
from bookings.api.partner.moments import EndField, span
from bookings.api.partner.shapes import Slot
from bookings.api.partner.spelling import Camel, IdField
from bookings.facts import Facts, Window
from bookings.prices import price_of_time
from kernel.errors import NotFound
from kernel.money import as_text
from kernel.periods import Period
from venues.access import public_products, public_spaces
from venues.models import Product, Resource
from venues.pricing import Use

A_DAY = timedelta(days=1)
UNKNOWN = OpenApiResponse(description="There is no such product or space, or the product is not offered there.")
FROM = OpenApiParameter(
    "from", str, required=True, description="An instant with its offset, or a day of UTC. Starts at or after it."
)
TO = OpenApiParameter(
    "to", str, description="A number of days (1 to 62), the last day of UTC, or the instant before which they start."
)


class SlotsQuery(Camel[Any]):
    """Of which product, at one space or at all where it is offered, and in which span."""

    product_id = IdField()
    space_id = IdField(required=False)
    to = EndField(default=1)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {**super().get_fields(), "from": MomentField()}


class FreeSlot(Slot):
    """A time that can be booked; `price` is that of the time, before extras."""

    product_id = serializers.UUIDField()
    space_id = serializers.UUIDField()
    price = serializers.CharField()
    currency = serializers.CharField()


class SlotsView(PartnerView):
    """`/slots`."""

    @extend_schema(
        operation_id="slots_list",
        parameters=[
            OpenApiParameter("productId", UUID, required=True),
            OpenApiParameter("spaceId", UUID),
            FROM,
            TO,
        ],
        responses={200: FreeSlot(many=True), 404: UNKNOWN},
    )
    def get(self, request: Request) -> Response:
        """Free times of a product, each as long as the product takes, by start; a bare array.

        Without `spaceId` those of every space where it is offered.
        """
        query = SlotsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        period = span(wanted["from"], wanted["to"])
        product = product_called(wanted["product_id"])
        space = space_called(wanted["space_id"]) if "space_id" in wanted else None
        # Whatever the zone of a venue is, its days of this span begin and end within a day of UTC's.
        window = Window((period.start - A_DAY).date(), (period.end + A_DAY).date())
        customer = agent_of(request).user
        found = asked({"service_id": product.pk}, window, customer.pk if customer else None)
        chosen = [facts for facts in found.facts if space is None or facts.resource.pk == space.pk]
        if not chosen:
            raise NotFound("not_found", _("This service is not offered there."))
        free = [slot for facts in chosen for slot in _free(found, facts, period)]
        free.sort(key=lambda slot: slot["start"])
        return Response(FreeSlot(free, many=True).data)


def _free(found: Found, facts: Facts, period: Period) -> Iterator[dict[str, Any]]:
    why, currency = found.predicate(facts), facts.resource.venue.currency
    assert found.service is not None
    for wish in facts.wishes(found.minutes(facts), 1):
        if not period.start <= wish.period.start < period.end or why(wish) is not None:
            continue
        use = Use(wish.period, wish.participants, facts.zone)
        total = price_of_time(facts.resource, use, facts.standings, found.service)
        yield {
            "product_id": found.service.public_id,
            "space_id": facts.resource.public_id,
            "start": wish.period.start,
            "end": wish.period.end,
            "price": as_text(total, currency),
            "currency": currency,
        }


def product_called(public_id: UUID) -> Product:
    """The service with this name for partners; `NotFound` where nobody can book one."""
    found = public_products().filter(kind=Product.Kind.BOOKING, public_id=public_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such service."))
    return found


def space_called(public_id: UUID) -> Resource:
    """The resource with this name for partners; `NotFound` where nobody can book it."""
    found = public_spaces().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such resource."))
    return found
