"""v1: what there is to book."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.errors import NotFound
from kernel.money import as_text
from rest.fields import BIGINT_MAX
from rest.pagination import page_of
from rest.parameters import PAGES
from rest.views import ApiView
from venues.access import public_products, public_resources, public_venues
from venues.currencies import currency_of, with_currencies
from venues.models import Product, Resource, Venue
from venues.pricelists import price_list, sign_price, with_prices


class VenueOut(serializers.ModelSerializer[Venue]):
    """A venue."""

    address = serializers.CharField(read_only=True)

    class Meta:
        model = Venue
        fields = [
            "id", "name", "slug", "description", "address", "street", "postal_code", "city", "country",
            "time_zone", "currency", "email", "phone",
        ]  # fmt: skip


class ResourceOut(serializers.ModelSerializer[Resource]):
    """A resource with its venue, its rules and its price."""

    venue = serializers.IntegerField(source="venue_id", read_only=True)
    venue_name = serializers.CharField(source="venue.name", read_only=True)
    part_of = serializers.IntegerField(source="parent_id", allow_null=True, read_only=True)
    price_per_unit = serializers.SerializerMethodField()
    pricing_unit = serializers.SerializerMethodField()
    currency = serializers.CharField(source="venue.currency", read_only=True)
    time_zone = serializers.CharField(source="venue.time_zone", read_only=True)

    class Meta:
        model = Resource
        fields = [
            "id", "name", "slug", "kind", "description", "amenities", "venue", "venue_name", "part_of", "capacity",
            "units", "grid_minutes", "min_minutes", "max_minutes", "buffer_before_minutes", "buffer_after_minutes",
            "lead_minutes", "horizon_days", "pays_online", "pays_on_site", "price_per_unit", "pricing_unit",
            "currency", "time_zone",
        ]  # fmt: skip

    def get_price_per_unit(self, resource: Resource) -> str:
        """Decimal string with the currency's number of decimals."""
        return as_text(sign_price(resource).amount_minor, resource.venue.currency)

    def get_pricing_unit(self, resource: Resource) -> str:
        """The unit of that price."""
        return sign_price(resource).unit


class ProductOut(serializers.ModelSerializer[Product]):
    """A service: a fixed duration that any of its resources can provide; or an extra.

    The price is null for a service that costs what its resources cost, and where it is sold in several currencies.
    """

    resources = serializers.SerializerMethodField()
    price_per_unit = serializers.SerializerMethodField()
    pricing_unit = serializers.SerializerMethodField()
    currency = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = [
            "id", "name", "slug", "kind", "description", "duration_minutes", "resources", "price_per_unit",
            "pricing_unit", "currency",
        ]  # fmt: skip

    def get_price_per_unit(self, product: Product) -> str | None:
        """Decimal string with the currency's number of decimals."""
        base, currency = price_list(product).base, currency_of(product)
        return as_text(base.amount_minor, currency) if base and currency else None

    def get_pricing_unit(self, product: Product) -> str | None:
        """The unit of that price."""
        base = price_list(product).base
        return base.unit if base else None

    def get_currency(self, product: Product) -> str | None:
        """That of the venues where it is sold, if it is one."""
        return currency_of(product)

    def get_resources(self, product: Product) -> list[int]:
        """Ids of its resources."""
        return [resource.pk for resource in product.resources.all()]


class VenuesView(ApiView):
    """`/venues/`."""

    @extend_schema(operation_id="venues_list", parameters=PAGES, responses=VenueOut(many=True))
    def get(self, request: Request) -> Response:
        """All venues, in the owner's order."""
        return page_of(self, request, public_venues(), VenueOut)


class VenueView(ApiView):
    """`/venues/{id}/`."""

    @extend_schema(operation_id="venues_retrieve", responses=VenueOut)
    def get(self, request: Request, venue_id: int) -> Response:
        """One venue."""
        return Response(VenueOut(one(public_venues(), venue_id)).data)


class ResourceFilter(serializers.Serializer[Any]):
    """The query parameters of a list of resources."""

    venue = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    kind = serializers.ChoiceField(choices=Resource.Kind.choices, required=False)


class ResourcesView(ApiView):
    """`/resources/`."""

    @extend_schema(operation_id="resources_list", parameters=[ResourceFilter, *PAGES], responses=ResourceOut(many=True))
    def get(self, request: Request) -> Response:
        """All resources, in the owner's order."""
        parameters = ResourceFilter(data=request.query_params)
        parameters.is_valid(raise_exception=True)
        return page_of(self, request, public_resources().filter(**parameters.validated_data), ResourceOut)


class ResourceView(ApiView):
    """`/resources/{id}/`."""

    @extend_schema(operation_id="resources_retrieve", responses=ResourceOut)
    def get(self, request: Request, resource_id: int) -> Response:
        """One resource."""
        return Response(ResourceOut(one(public_resources(), resource_id)).data)


class ServicesView(ApiView):
    """`/services/`."""

    @extend_schema(operation_id="services_list", parameters=PAGES, responses=ProductOut(many=True))
    def get(self, request: Request) -> Response:
        """All services, in the owner's order."""
        return page_of(self, request, _shown(public_products().filter(kind=Product.Kind.BOOKING)), ProductOut)


class ProductsView(ApiView):
    """`/products/`."""

    @extend_schema(operation_id="products_list", parameters=PAGES, responses=ProductOut(many=True))
    def get(self, request: Request) -> Response:
        """All services and extras, in the owner's order."""
        return page_of(self, request, _shown(public_products()), ProductOut)


def _shown(products: QuerySet[Product]) -> QuerySet[Product]:
    return with_currencies(with_prices(products)).prefetch_related("resources")


def one(rows: QuerySet[Any], pk: int) -> Any:
    """The row with this id; `NotFound` for one that the caller may not see."""
    row = rows.filter(pk=pk).first() if pk <= BIGINT_MAX else None
    if row is None:
        raise NotFound("not_found", _("There is no such thing here."))
    return row
