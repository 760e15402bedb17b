"""Vouchers and packs: `/admin/vouchers/`, `/admin/packs/`."""

from typing import Any

from django.db.models import Count, QuerySet
from rest_framework import serializers

from accounts.models import User
from bookings import vouchers
from bookings.api.manage.fields import (
    CodeField,
    CurrencyField,
    MinimumField,
    MoneyField,
    PercentField,
    RowField,
    RowsField,
)
from bookings.api.manage.prices import groups, resources_named_by
from bookings.api.manage.shapes import CurrencyShape
from bookings.api.manage.views import Catalogue, ListView, RowView, described
from rest.fields import DayField
from schemas.clock import database_now
from venues.models import Pack, Voucher


class VoucherShape(CurrencyShape[Voucher]):
    """A code that takes an amount or a percentage off; `used` counts the bookings that use it now. Context: `used`."""

    code = CodeField(max_length=32)
    amount = MoneyField(source="amount_minor", allow_null=True, required=False)
    currency = CurrencyField(required=False)
    percent_off = PercentField(allow_null=True, required=False)
    minimum = MinimumField(source="minimum_minor", required=False)
    valid_from = DayField(allow_null=True, required=False)
    valid_until = DayField(allow_null=True, required=False)
    group = RowField(groups, allow_null=True, required=False)
    resources = RowsField(resources_named_by, required=False)
    used = serializers.SerializerMethodField()

    class Meta:
        model = Voucher
        fields = [
            "id", "code", "name", "amount", "percent_off", "currency", "minimum", "valid_from", "valid_until",
            "most_uses", "most_uses_each", "used", "group", "resources", "is_active",
        ]  # fmt: skip

    def get_used(self, row: Voucher) -> int:
        """Uses that count now: cancelled bookings and holds that are over give theirs back."""
        return int(self.context["used"].get(row.pk, 0))


def all_vouchers(_user: User) -> QuerySet[Voucher]:
    """Vouchers belong to no venue."""
    return Voucher.objects.all()


def with_resources(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With the resources that they are good for."""
    return rows.prefetch_related("resources")


def used_now(rows: list[Any]) -> dict[str, Any]:
    """The uses of vouchers that count at this moment."""
    counted = vouchers.uses([row.pk for row in rows], database_now()).order_by().values_list("voucher")
    return {"used": dict(counted.annotate(count=Count("pk")))}


VOUCHERS = Catalogue(
    tag="vouchers", shape=VoucherShape, seen=all_vouchers, managed=all_vouchers, hung=with_resources, context=used_now
)


@described(VOUCHERS, "vouchers")
class VouchersView(ListView):
    """`/admin/vouchers/`."""

    catalogue = VOUCHERS


@described(VOUCHERS, "vouchers")
class VoucherView(RowView):
    """`/admin/vouchers/{id}/`."""

    catalogue = VOUCHERS


class PackShape(CurrencyShape[Pack]):
    """Hours that are paid beforehand; sold ones are `/admin/hours-accounts/`."""

    price = MoneyField(source="price_minor")
    currency = CurrencyField(required=False)
    resources = RowsField(resources_named_by, required=False)

    class Meta:
        model = Pack
        fields = ["id", "name", "minutes", "price", "currency", "valid_days", "resources", "is_active", "position"]


def all_packs(_user: User) -> QuerySet[Pack]:
    """Packs belong to no venue."""
    return Pack.objects.all()


PACKS = Catalogue(tag="packs", shape=PackShape, seen=all_packs, managed=all_packs, hung=with_resources)


@described(PACKS, "packs")
class PacksView(ListView):
    """`/admin/packs/`."""

    catalogue = PACKS


@described(PACKS, "packs")
class PackView(RowView):
    """`/admin/packs/{id}/`."""

    catalogue = PACKS
