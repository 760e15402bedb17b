"""v1: what comes with a resource or a service, and what it costs when: extras, questions, the price list."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bookings.api.catalogue import one
from kernel.money import as_text
from rest.fields import DayField
from rest.pagination import page_of
from rest.parameters import PAGES
from rest.views import ApiView
from schemas.clock import database_now
from tenants.zones import zone
from venues.access import public_products, public_resources
from venues.currencies import currency_of, with_currencies
from venues.models import CustomField, ExtraOffer, Product, Rate
from venues.pricelists import price_list, with_prices


class ExtraOut(serializers.Serializer[ExtraOffer]):
    """An extra on offer, from `least` to `most` of it. Context: `extras` by id with prices, and `currency`."""

    id = serializers.IntegerField(source="extra_id")
    name = serializers.CharField(source="extra.name")
    price_per_unit = serializers.SerializerMethodField()
    pricing_unit = serializers.SerializerMethodField()
    is_required = serializers.BooleanField()
    least = serializers.IntegerField()
    most = serializers.IntegerField()

    def get_price_per_unit(self, offer: ExtraOffer) -> str | None:
        """Decimal string with the currency's number of decimals; null without a price."""
        base, currency = price_list(self.context["extras"][offer.extra_id]).base, self.context["currency"]
        return as_text(base.amount_minor, currency) if base and currency else None

    def get_pricing_unit(self, offer: ExtraOffer) -> str | None:
        """The unit of that price."""
        base = price_list(self.context["extras"][offer.extra_id]).base
        return base.unit if base else None


class QuestionOut(serializers.ModelSerializer[CustomField]):
    """A question to whoever books; the answer goes into `answers` under its id."""

    class Meta:
        model = CustomField
        fields = ["id", "label", "help_text", "kind", "choices", "is_required"]


class RateOut(serializers.ModelSerializer[Rate]):
    """A price, and when and for whom it applies. Context: `currency`."""

    price_per_unit = serializers.SerializerMethodField()
    pricing_unit = serializers.CharField(source="unit")
    valid_from = DayField(allow_null=True)
    valid_until = DayField(allow_null=True)
    from_time = serializers.TimeField(format="%H:%M", allow_null=True)
    until_time = serializers.TimeField(format="%H:%M", allow_null=True)
    group_name = serializers.CharField(source="group.name", allow_null=True, default=None)

    class Meta:
        model = Rate
        fields = [
            "id", "name", "price_per_unit", "pricing_unit", "valid_from", "valid_until", "weekdays", "from_time",
            "until_time", "group_name", "priority",
        ]  # fmt: skip

    def get_price_per_unit(self, rate: Rate) -> str:
        """Decimal string with the currency's number of decimals."""
        return as_text(rate.amount_minor, self.context["currency"])


class OffersView(ApiView):
    """Extras of something that is sold."""

    def extras(self, request: Request, offers: QuerySet[ExtraOffer], currency: str | None) -> Response:
        """A page of them, in the owner's order."""

        def context(page: list[ExtraOffer]) -> dict[str, Any]:
            rows = with_prices(Product.objects.filter(pk__in=[offer.extra_id for offer in page]))
            return {"extras": {extra.pk: extra for extra in rows}, "currency": currency}

        shown = offers.filter(extra__is_active=True).select_related("extra")
        return page_of(self, request, shown, ExtraOut, context)


class ResourceExtrasView(OffersView):
    """`/resources/{id}/extras/`."""

    @extend_schema(operation_id="resource_extras_list", parameters=PAGES, responses=ExtraOut(many=True))
    def get(self, request: Request, resource_id: int) -> Response:
        """The extras that can be had with a resource, and those that always come with it."""
        resource = one(public_resources(), resource_id)
        return self.extras(request, ExtraOffer.objects.filter(resource=resource), resource.venue.currency)


class ProductExtrasView(OffersView):
    """`/products/{id}/extras/`."""

    @extend_schema(operation_id="product_extras_list", parameters=PAGES, responses=ExtraOut(many=True))
    def get(self, request: Request, product_id: int) -> Response:
        """The extras that can be had with a service, and those that always come with it."""
        product = one(with_currencies(public_products()), product_id)
        return self.extras(request, ExtraOffer.objects.filter(product=product), currency_of(product))


class ResourceQuestionsView(ApiView):
    """`/resources/{id}/questions/`."""

    @extend_schema(operation_id="resource_questions_list", parameters=PAGES, responses=QuestionOut(many=True))
    def get(self, request: Request, resource_id: int) -> Response:
        """What is asked of whoever books a resource."""
        questions = one(public_resources(), resource_id).fields.filter(is_active=True)
        return page_of(self, request, questions, QuestionOut)


class ProductQuestionsView(ApiView):
    """`/products/{id}/questions/`."""

    @extend_schema(operation_id="product_questions_list", parameters=PAGES, responses=QuestionOut(many=True))
    def get(self, request: Request, product_id: int) -> Response:
        """What is asked of whoever books a service."""
        questions = one(public_products(), product_id).fields.filter(is_active=True)
        return page_of(self, request, questions, QuestionOut)


class ResourceRatesView(ApiView):
    """`/resources/{id}/rates/`."""

    @extend_schema(operation_id="resource_rates_list", parameters=PAGES, responses=RateOut(many=True))
    def get(self, request: Request, resource_id: int) -> Response:
        """The price list of a resource, the highest priority first; prices that are over are left out."""
        resource = one(public_resources(), resource_id)
        today = database_now().astimezone(zone(resource.venue.time_zone)).date()
        rates = resource.rates.filter(Q(valid_until=None) | Q(valid_until__gte=today)).select_related("group")
        currency = resource.venue.currency
        return page_of(self, request, rates, RateOut, lambda _page: {"currency": currency})
