"""Rates, and the groups that some are for: `/admin/rates/`, `/admin/groups/`."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import User
from bookings.api.manage.fields import MoneyField, PercentField, RowField, WallTimeField
from bookings.api.manage.shapes import Shape
from bookings.api.manage.views import Catalogue, ListView, RowView, deleted, described
from bookings.members import groups_seen_by
from kernel.errors import Conflict
from rest.fields import DayField
from venues.access import products_managed_by, rates_managed_by, rates_seen_by, resources_managed_by
from venues.currencies import currency_of, currency_of_product, with_currencies
from venues.models import CustomerGroup, Quota, Rate


def groups(_user: User) -> QuerySet[CustomerGroup]:
    """Groups belong to no venue."""
    return CustomerGroup.objects.all()


def resources_named_by(user: User) -> QuerySet[Any]:
    """Resources that the caller may put a price on, or an extra, or a question."""
    return resources_managed_by(user).select_related("venue")


class RateShape(Shape[Rate]):
    """What an hour, a day or a person costs, when and for whom."""

    fixed = frozenset({"resource", "product"})
    resource = RowField(resources_named_by, allow_null=True, required=False)
    product = RowField(products_managed_by, allow_null=True, required=False)
    group = RowField(groups, allow_null=True, required=False)
    amount = MoneyField(source="amount_minor")
    currency = serializers.SerializerMethodField()
    valid_from = DayField(allow_null=True, required=False)
    valid_until = DayField(allow_null=True, required=False)
    from_time = WallTimeField(allow_null=True, required=False)
    until_time = WallTimeField(allow_null=True, required=False)

    class Meta:
        model = Rate
        fields = [
            "id", "resource", "product", "name", "unit", "amount", "currency", "valid_from", "valid_until", "weekdays",
            "from_time", "until_time", "group", "priority",
        ]  # fmt: skip

    def currency_of(self, row: Rate) -> str | None:
        """The venue's; a product's where that is clear."""
        if row.resource_id and row.resource:
            return row.resource.venue.currency
        if hasattr(row, "sold_in"):
            return currency_of(row)
        return currency_of_product(row.product_id) if row.product_id else None

    def get_currency(self, row: Rate) -> str | None:
        """Of the amount; null for a product that is sold in several."""
        return self.currency_of(row)


def with_sellers(rows: QuerySet[Rate]) -> QuerySet[Rate]:
    """Rates with what their currency depends on."""
    return with_currencies(rows.select_related("resource__venue"), "product")


RATES = Catalogue(
    tag="rates",
    shape=RateShape,
    seen=rates_seen_by,
    managed=rates_managed_by,
    hung=with_sellers,
    filters=("resource", "product"),
)


@described(RATES, "prices")
class RatesView(ListView):
    """`/admin/rates/`."""

    catalogue = RATES


@described(RATES, "prices")
class RateView(RowView):
    """`/admin/rates/{id}/`."""

    catalogue = RATES


class GroupShape(Shape[CustomerGroup]):
    """Customers with prices and limits of their own."""

    percent_off = PercentField(required=False)
    member_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = CustomerGroup
        fields = ["id", "name", "percent_off", "position", "member_count"]


GROUPS = Catalogue(tag="groups", shape=GroupShape, seen=groups_seen_by, managed=groups_seen_by)


@described(GROUPS, "groups")
class GroupsView(ListView):
    """`/admin/groups/`."""

    catalogue = GROUPS


@described(GROUPS, "groups")
class GroupView(RowView):
    """`/admin/groups/{id}/`."""

    catalogue = GROUPS

    def remove(self, row: CustomerGroup) -> None:
        """Members go with their group; prices, quotas, vouchers and policies keep it."""
        if row.rates.exists() or Quota.objects.filter(group=row).exists():
            raise Conflict("in_use", _("This is in use, so it cannot be deleted."))
        deleted(row)
