"""Venues and resources, and the settings that prices and rules need: `/admin/venues/`, `/admin/resources/`."""

from copy import copy
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings import alterations, claims, premises
from bookings.api.manage.fields import MoneyField, PercentField, RowField
from bookings.api.manage.shapes import Shape
from bookings.api.manage.views import Catalogue, ListView, RowView, described
from schemas.current import current_tenant
from tenants import limits
from venues import policies
from venues.access import (
    check_owner,
    resources_managed_by,
    resources_seen_by,
    venues_managed_by,
    venues_seen_by,
)
from venues.models import CancellationPolicy, Resource, Venue


def policies_named_by(_user: User) -> QuerySet[CancellationPolicy]:
    """Policies belong to no venue; those that were replaced cannot be chosen."""
    return policies.open_to_choice()


class VenueShape(Shape[Venue]):
    """A venue, and what applies to all its bookings; `rounding` is the smallest step of its prices.

    The slug, which addresses have, currency and time zone are said once; without them they are made of the name, or
    are the tenant's.
    """

    fixed = frozenset({"slug", "currency", "time_zone"})
    slug = serializers.SlugField(max_length=60, required=False)
    currency = serializers.CharField(max_length=3, required=False)
    time_zone = serializers.CharField(max_length=64, required=False)
    vat = PercentField(required=False)
    rounding = MoneyField(source="rounding_minor", required=False)
    cancellation_policy = RowField(policies_named_by, allow_null=True, required=False)

    class Meta:
        model = Venue
        fields = [
            "id", "name", "slug", "description", "notice", "house_rules", "directions", "amenities", "latitude",
            "longitude", "street", "postal_code", "city", "country", "email", "phone",
            "currency", "time_zone", "is_active", "position", "vat", "rounding", "holds_at_once", "holds_per_day",
            "cancellation_policy",
        ]  # fmt: skip

    def currency_of(self, row: Venue) -> str | None:
        """Its own."""
        return row.currency or None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What is left out is the tenant's, or made of the name."""
        if self.instance is None:
            attrs.setdefault("slug", premises.free_slug(attrs["name"], Venue.objects.all(), "venue"))
            attrs.setdefault("currency", current_tenant().currency)
            attrs.setdefault("time_zone", current_tenant().time_zone)
        self.was_open = self.instance is not None and self.instance.is_active
        return super().validate(attrs)

    def _written(self, validated: dict[str, Any]) -> Venue:
        if self.row.is_active and not self.was_open:
            limits.take(limits.Thing.VENUES)
        return super()._written(validated)


class ResourceShape(Shape[Resource]):
    """What can be booked, and how it is paid, shared and given up. Its venue, whole and slug are said once."""

    fixed = frozenset({"slug", "venue"})
    public_id = serializers.UUIDField(read_only=True)
    venue = RowField(venues_managed_by)
    part_of = RowField(resources_managed_by, source="parent", allow_null=True, required=False)
    slug = serializers.SlugField(max_length=60, required=False)
    currency = serializers.CharField(source="venue.currency", read_only=True)
    minimum = MoneyField(source="minimum_minor", required=False)
    vat = PercentField(allow_null=True, required=False)
    deposit_percent = PercentField(required=False)
    deposit = MoneyField(source="deposit_minor", required=False)
    cancellation_policy = RowField(policies_named_by, allow_null=True, required=False)

    class Meta:
        model = Resource
        fields = [
            "id", "public_id", "name", "slug", "kind", "description", "notice", "house_rules", "amenities",
            "position", "venue", "part_of",
            "currency", "is_active", "capacity", "units", "grid_minutes", "min_minutes", "max_minutes",
            "buffer_before_minutes", "buffer_after_minutes", "lead_minutes", "horizon_days", "pays_online",
            "pays_on_site", "is_shared", "is_outdoor", "needs_approval", "minimum", "vat", "deposit_percent", "deposit",
            "balance_days_before", "cancellation_policy",
        ]  # fmt: skip

    def currency_of(self, row: Resource) -> str:
        """The venue's."""
        return row.venue.currency

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Remember how it was, for those who have booked it; a short name for it where none is said."""
        if self.instance is None:
            others = Resource.objects.filter(venue=attrs["venue"])
            attrs.setdefault("slug", premises.free_slug(attrs["name"], others, "resource"))
        elif "parent" in attrs and attrs["parent"] != self.instance.parent:
            raise serializers.ValidationError({"part_of": [_("This cannot be changed.")]})
        self.before = copy(self.row)
        return super().validate(attrs)

    def create(self, validated_data: dict[str, Any]) -> Resource:
        """A new one, covered by what closes its venue."""
        premises.add_resource(self.row)
        return self.row

    def update(self, instance: Resource, validated_data: dict[str, Any]) -> Resource:
        """The new settings, and what follows from them."""
        if self.row.is_active and not self.before.is_active:
            limits.take(limits.Thing.RESOURCES)
        alterations.alter(self.before, self.row)
        return self.row


def with_venue(rows: QuerySet[Resource]) -> QuerySet[Resource]:
    """Resources with their venues."""
    return rows.select_related("venue")


VENUES = Catalogue(tag="venues", shape=VenueShape, seen=venues_seen_by, managed=venues_managed_by)
RESOURCES = Catalogue(
    tag="resources",
    shape=ResourceShape,
    seen=resources_seen_by,
    managed=resources_managed_by,
    hung=with_venue,
    filters=("venue",),
)


@described(VENUES, "venues")
class VenuesView(ListView):
    """`/admin/venues/`."""

    catalogue = VENUES

    def post(self, request: Request) -> Response:
        """A new one; the owner."""
        check_owner(caller(request))
        return super().post(request)


@described(VENUES, "venues")
class VenueSettingsView(RowView):
    """`/admin/venues/{id}/`."""

    catalogue = VENUES

    def delete(self, request: Request, **ids: int) -> Response:
        """Take it away; the owner. 409 `in_use` once it has resources: make it inactive instead."""
        check_owner(caller(request))
        return super().delete(request, **ids)


@described(RESOURCES, "venues")
class ResourcesView(ListView):
    """`/admin/resources/`."""

    catalogue = RESOURCES


@described(RESOURCES, "venues")
class ResourceSettingsView(RowView):
    """`/admin/resources/{id}/`. Whoever books it waits, and then sees the new settings (R34)."""

    catalogue = RESOURCES

    def lock_before(self, pk: int) -> None:
        """The lock that bookings take as well."""
        claims.lock([pk])
