"""Opening hours: `/admin/venues/{id}/hours/`, `/admin/resources/{id}/hours/`."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings import premises
from bookings.api.catalogue import one
from bookings.api.manage.fields import WallTimeField
from bookings.api.serializers import Agreed
from bookings.models import Booking
from bookings.premises import Span
from kernel.errors import Forbidden
from rest.fields import DayField
from rest.parameters import IDEMPOTENCY
from rest.views import ApiView
from schemas.clock import database_now
from venues.access import (
    check_manager,
    check_staff,
    resources_managed_by,
    resources_seen_by,
    venues_managed_by,
    venues_seen_by,
)
from venues.models import OpeningHours, Resource

MOST_WEEKLY, MOST_DATES = 70, 800
MOST_LISTED = 50
LAST_WEEKDAY = 6
TAGS = ["hours"]


class WeeklyShape(serializers.Serializer[Any]):
    """A span on a weekday, 0 for Monday; `closes` at or before `opens` is on the next day.

    With `valid_from` and `valid_until` it is of that season, which replaces the ordinary week; both days are in it.
    """

    weekday = serializers.IntegerField(min_value=0, max_value=LAST_WEEKDAY)
    opens = WallTimeField()
    closes = WallTimeField()
    note = serializers.CharField(max_length=80, allow_blank=True, default="")
    valid_from = DayField(allow_null=True, default=None)
    valid_until = DayField(allow_null=True, default=None)


class DatedShape(serializers.Serializer[Any]):
    """A span on a date, in place of that weekday's; without times, closed on that date."""

    date = DayField()
    opens = WallTimeField(allow_null=True, default=None)
    closes = WallTimeField(allow_null=True, default=None)
    note = serializers.CharField(max_length=80, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both times, or neither."""
        if (attrs["opens"] is None) != (attrs["closes"] is None):
            raise serializers.ValidationError(_("Give both times, or neither for a day that is closed."))
        return attrs


class OpeningHoursIn(serializers.Serializer[Any]):
    """All hours of a venue, or a resource's own, which count in place of the venue's."""

    weekly = serializers.ListField(child=WeeklyShape(), max_length=MOST_WEEKLY)
    dates = serializers.ListField(child=DatedShape(), max_length=MOST_DATES, default=list)


class OutsideOut(Agreed, serializers.Serializer[Booking]):
    """A booking that lies outside opening hours."""

    id = serializers.UUIDField()
    reference_code = serializers.CharField()
    resource = serializers.IntegerField(source="resource_id")
    start_datetime = serializers.SerializerMethodField()
    end_datetime = serializers.SerializerMethodField()


class OpeningHoursOut(OpeningHoursIn):
    """The hours, and bookings to come that lie outside them: how many, and the first fifty."""

    outside_count = serializers.IntegerField()
    outside = OutsideOut(many=True)


class HoursView(ApiView):
    """Hours of a place."""

    seen: ClassVar[Any]
    managed: ClassVar[Any]
    column: ClassVar[str]

    def read(self, request: Request, pk: int) -> Response:
        """As they are; staff only."""
        check_staff(caller(request))
        return Response(self.shown(one(self.seen(caller(request)), pk)))

    def write(self, request: Request, pk: int) -> Response:
        """Others in their place; owner and managers."""
        check_manager(caller(request))
        place = one(self.seen(caller(request)), pk)
        if not self.managed(caller(request)).filter(pk=pk).exists():
            raise Forbidden("permission_denied", _("You do not look after this venue."))
        body = OpeningHoursIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        premises.set_hours(place, [Span(**span) for span in [*wanted["weekly"], *wanted["dates"]]])
        return Response(self.shown(place))

    def shown(self, place: Any) -> dict[str, Any]:
        """Hours of a place, and what lies outside them."""
        rows = OpeningHours.objects.filter(**{self.column: place})
        outside = premises.outside(self.places(place), database_now())
        found = {
            "weekly": _listed(rows.filter(date=None).order_by("valid_from", "weekday", "opens")),
            "dates": _listed(rows.exclude(date=None).order_by("date", "opens")),
            "outside_count": len(outside),
            "outside": outside[:MOST_LISTED],
        }
        return dict(OpeningHoursOut(found).data)

    def places(self, place: Any) -> QuerySet[Resource]:
        """The resources that have these hours."""
        raise NotImplementedError


def _listed(rows: QuerySet[OpeningHours]) -> Sequence[dict[str, Any]]:
    return [dict(row) for row in rows.values(*Span.__slots__)]


class VenueHoursView(HoursView):
    """`/admin/venues/{id}/hours/`."""

    seen = staticmethod(venues_seen_by)
    managed = staticmethod(venues_managed_by)
    column = "venue"

    @extend_schema(operation_id="admin_venue_hours_retrieve", responses=OpeningHoursOut, tags=TAGS)
    def get(self, request: Request, venue_id: int) -> Response:
        """The venue's hours; staff only."""
        return self.read(request, venue_id)

    @extend_schema(
        operation_id="admin_venue_hours_update",
        request=OpeningHoursIn,
        responses=OpeningHoursOut,
        parameters=[IDEMPOTENCY],
        tags=TAGS,
    )
    def put(self, request: Request, venue_id: int) -> Response:
        """Other hours in place of all; what is booked stays, and is listed. 400 `hours_overlap`, `hours_unclear`."""
        return self.write(request, venue_id)

    def places(self, place: Any) -> QuerySet[Resource]:
        """All of the venue: what has hours of its own may still lie outside those."""
        return Resource.objects.filter(venue=place, stock_of=None)


class ResourceHoursView(HoursView):
    """`/admin/resources/{id}/hours/`."""

    seen = staticmethod(resources_seen_by)
    managed = staticmethod(resources_managed_by)
    column = "resource"

    @extend_schema(operation_id="admin_resource_hours_retrieve", responses=OpeningHoursOut, tags=TAGS)
    def get(self, request: Request, resource_id: int) -> Response:
        """The resource's own hours; none where it has the venue's. Staff only."""
        return self.read(request, resource_id)

    @extend_schema(
        operation_id="admin_resource_hours_update",
        request=OpeningHoursIn,
        responses=OpeningHoursOut,
        parameters=[IDEMPOTENCY],
        tags=TAGS,
    )
    def put(self, request: Request, resource_id: int) -> Response:
        """Hours of its own in place of all that it had; none: it has the venue's. 400 as for a venue's."""
        return self.write(request, resource_id)

    def places(self, place: Any) -> QuerySet[Resource]:
        """The resource alone."""
        return Resource.objects.filter(pk=place.pk)
