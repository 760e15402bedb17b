"""Services and extras: `/admin/products/`."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from bookings import stocks
from bookings.api.manage.fields import MinimumField, PercentField, RowField, RowsField
from bookings.api.manage.prices import resources_named_by
from bookings.api.manage.shapes import Shape
from bookings.api.manage.views import Catalogue, ListView, RowView, deleted, described
from venues.access import products_managed_by, products_seen_by, venues_managed_by
from venues.currencies import currency_of, currency_of_product, only, with_currencies
from venues.models import Product

MOST_UNITS = 500


class StockField(serializers.IntegerField):
    """How many of an extra there are; None is without limit."""

    def get_attribute(self, instance: Product) -> int | None:
        """The units of the pool behind it."""
        return instance.stock.units if instance.stock else None


class StockVenueField(RowField):
    """Where the stock of an extra is kept."""

    def get_attribute(self, instance: Product) -> int | None:
        """The venue of the pool behind it."""
        return instance.stock.venue_id if instance.stock else None


class ProductShape(Shape[Product]):
    """A service or an extra; `stock` and `venue` are those of an extra of which there are only so many."""

    fixed = frozenset({"kind"})
    public_id = serializers.UUIDField(read_only=True)
    resources = RowsField(resources_named_by, required=False)
    minimum = MinimumField(source="minimum_minor", required=False)
    vat = PercentField(allow_null=True, required=False)
    stock = StockField(source="stock_units", min_value=1, max_value=MOST_UNITS, allow_null=True, required=False)
    venue = StockVenueField(venues_managed_by, source="stock_venue", allow_null=True, required=False)
    currency = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = [
            "id", "public_id", "name", "slug", "kind", "description", "duration_minutes", "resources", "minimum",
            "currency", "vat", "stock", "venue", "is_active", "position",
        ]  # fmt: skip

    def currency_of(self, row: Product) -> str | None:
        """That of the venues where it is sold, or will be."""
        if self.instance is None:
            return self._currency_to_be()
        return currency_of(row) if hasattr(row, "sold_in") else currency_of_product(row.pk)

    def _currency_to_be(self) -> str | None:
        named = self._validated.get("resources") or []
        venues = [resource.venue for resource in named]
        if self._validated.get("stock_venue"):
            venues.append(self._validated["stock_venue"])
        return only({venue.currency for venue in venues}) if venues else currency_of_product(None)

    def get_currency(self, row: Product) -> str | None:
        """Of its amounts; null for what is sold in several."""
        return self.currency_of(row)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """As the model says; and only an extra has stock, which is kept somewhere and stays there."""
        self._validated = attrs
        attrs = super().validate(attrs)
        pool, venue = self.row.stock, attrs.get("stock_venue")
        if attrs.get("stock_units") is not None:
            if self.row.kind != Product.Kind.EXTRA:
                raise serializers.ValidationError({"stock": [_("Only extras have stock.")]})
            if pool is None and venue is None:
                raise serializers.ValidationError({"venue": [_("Say where the stock is kept.")]})
        if pool is not None and venue is not None and pool.venue_id != venue.pk:
            raise serializers.ValidationError({"venue": [_("This cannot be changed.")]})
        if self.row.kind == Product.Kind.EXTRA and attrs.get("resources"):
            raise serializers.ValidationError({"resources": [_("Offer an extra with `extra-offers`.")]})
        return attrs

    def _written(self, validated: dict[str, Any]) -> Product:
        row = super()._written(validated)
        if row.stock and row.stock.name != row.name:
            row.stock.name = row.name
            row.stock.save(update_fields=["name"])
        if "stock_units" in validated:
            self._stock(row, validated)
        return row

    def _stock(self, row: Product, validated: dict[str, Any]) -> None:
        units = validated["stock_units"]
        if units is None:
            stocks.unlimit(row)
        elif row.stock is None:
            stocks.limit(row, validated["stock_venue"], units)
        else:
            stocks.set_stock(row.stock, units)


def with_stock(rows: QuerySet[Product]) -> QuerySet[Product]:
    """Products with their resources, their stock and what their currency depends on."""
    return with_currencies(rows.select_related("stock").prefetch_related("resources"))


PRODUCTS = Catalogue(
    tag="products", shape=ProductShape, seen=products_seen_by, managed=products_managed_by, hung=with_stock
)


@described(PRODUCTS, "products")
class ProductsView(ListView):
    """`/admin/products/`."""

    catalogue = PRODUCTS


@described(PRODUCTS, "products")
class ProductView(RowView):
    """`/admin/products/{id}/`. Bookings of it are locked out while it changes."""

    catalogue = PRODUCTS

    def lock_before(self, pk: int) -> None:
        """Resources come first everywhere."""
        stocks.lock_places(pk)

    def remove(self, row: Product) -> None:
        """With its prices, offers, questions and stock."""
        pool = row.stock
        deleted(row)
        if pool:
            stocks.discard(pool)
