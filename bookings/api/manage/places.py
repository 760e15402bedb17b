"""The settings of venues and resources that prices and rules need: `/admin/venues/{id}/`, `/admin/resources/{id}/`."""

from copy import copy
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import User
from bookings import alterations, claims
from bookings.api.manage.fields import MoneyField, PercentField, RowField
from bookings.api.manage.shapes import Shape
from bookings.api.manage.views import Catalogue, ChangeView, described
from tenants import limits
from venues import policies
from venues.access import resources_managed_by, resources_seen_by, venues_managed_by, venues_seen_by
from venues.models import CancellationPolicy, Resource, Venue


def policies_named_by(_user: User) -> QuerySet[CancellationPolicy]:
    """Policies belong to no venue; those that were replaced cannot be chosen."""
    return policies.open_to_choice()


class VenueShape(Shape[Venue]):
    """What applies to all bookings of a venue; `rounding` is the smallest step of its prices."""

    vat = PercentField(required=False)
    rounding = MoneyField(source="rounding_minor", required=False)
    cancellation_policy = RowField(policies_named_by, allow_null=True, required=False)

    class Meta:
        model = Venue
        fields = [
            "id", "name", "slug", "currency", "time_zone", "vat", "rounding", "holds_at_once", "holds_per_day",
            "cancellation_policy",
        ]  # fmt: skip
        read_only_fields = ["name", "slug", "currency", "time_zone"]

    def currency_of(self, row: Venue) -> str:
        """Its own."""
        return row.currency


class ResourceShape(Shape[Resource]):
    """How a resource is booked, paid, shared and given up."""

    public_id = serializers.UUIDField(read_only=True)
    venue = serializers.IntegerField(source="venue_id", read_only=True)
    part_of = serializers.IntegerField(source="parent_id", allow_null=True, read_only=True)
    currency = serializers.CharField(source="venue.currency", read_only=True)
    minimum = MoneyField(source="minimum_minor", required=False)
    vat = PercentField(allow_null=True, required=False)
    deposit_percent = PercentField(required=False)
    deposit = MoneyField(source="deposit_minor", required=False)
    cancellation_policy = RowField(policies_named_by, allow_null=True, required=False)

    class Meta:
        model = Resource
        fields = [
            "id", "public_id", "name", "slug", "kind", "venue", "part_of", "currency", "is_active", "capacity", "units",
            "grid_minutes", "min_minutes", "max_minutes", "buffer_before_minutes", "buffer_after_minutes",
            "lead_minutes", "horizon_days", "pays_online", "pays_on_site", "is_shared", "is_outdoor", "needs_approval",
            "minimum", "vat", "deposit_percent", "deposit", "balance_days_before", "cancellation_policy",
        ]  # fmt: skip
        read_only_fields = ["name", "slug", "kind"]

    def currency_of(self, row: Resource) -> str:
        """The venue's."""
        return row.venue.currency

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Remember how it was, for those who have booked it."""
        self.before = copy(self.row)
        return super().validate(attrs)

    def _written(self, validated: dict[str, Any]) -> Resource:
        if self.row.is_active and not self.before.is_active:
            limits.take(limits.Thing.RESOURCES)
        alterations.alter(self.before, self.row)
        return self.row


def with_venue(rows: QuerySet[Resource]) -> QuerySet[Resource]:
    """Resources with their venues."""
    return rows.select_related("venue")


VENUES = Catalogue(tag="venues", shape=VenueShape, seen=venues_seen_by, managed=venues_managed_by)
RESOURCES = Catalogue(
    tag="resources", shape=ResourceShape, seen=resources_seen_by, managed=resources_managed_by, hung=with_venue
)


@described(VENUES, "venues")
class VenueSettingsView(ChangeView):
    """`/admin/venues/{id}/`."""

    catalogue = VENUES


@described(RESOURCES, "venues")
class ResourceSettingsView(ChangeView):
    """`/admin/resources/{id}/`. Whoever books it waits, and then sees the new settings (R34)."""

    catalogue = RESOURCES

    def lock_before(self, pk: int) -> None:
        """The lock that bookings take as well."""
        claims.lock([pk])
