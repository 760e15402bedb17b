"""v1 for the desk's calendar: what takes time, and when it is open: `/admin/occupancy/`."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings import agenda
from bookings.access import bookings_for_staff
from bookings.agenda import Column
from bookings.api.catalogue import one
from bookings.api.filters import MomentField, end_of, first_of
from bookings.models import Booking, Occupancy
from bookings.projection import V1_STATUSES, v1_status
from bookings.states import PaymentState, State
from kernel.periods import Period
from rest.fields import BIGINT_MAX, InstantField, local_text
from rest.views import ApiView
from schemas.clock import database_now
from tenants.zones import zone
from venues.access import Anyone, resources_seen_by, venues_seen_by
from venues.models import Closure, Resource

LONGEST = timedelta(days=36)
"""A month with the days around it, and an hour more where the clocks change."""
HOLD = "hold"
KINDS = [HOLD, *Occupancy.Kind.values]


class WindowIn(serializers.Serializer[Any]):
    """From when to when, and of which place."""

    venue = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    resource = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    to = MomentField()

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {**super().get_fields(), "from": MomentField()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """It ends after it starts, and is not too long."""
        try:
            start, end = first_of(attrs["from"]), end_of(attrs["to"])
        except ValueError:
            raise serializers.ValidationError({"from": [_("There is no such day here.")]}) from None
        if end <= start:
            raise serializers.ValidationError({"to": [_("The end must be after the start.")]})
        if end - start > LONGEST:
            raise serializers.ValidationError({"to": [_("Ask for five weeks at most.")]})
        return {**attrs, "window": Period(start, end)}


class SpanOut(serializers.Serializer[Any]):
    """From when to when, in the venue's offset. Context: `zone`."""

    start_datetime = serializers.SerializerMethodField()
    end_datetime = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_start_datetime(self, span: Period) -> str:
        """In the venue's offset."""
        return local_text(span.start, self.context["zone"])

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_end_datetime(self, span: Period) -> str:
        """In the venue's offset."""
        return local_text(span.end, self.context["zone"])


class VisitOut(SpanOut):
    """The booking that takes the time, without its buffers; `resource` is the one that was booked. Context: `now`."""

    id = serializers.UUIDField()
    reference_code = serializers.CharField()
    resource = serializers.IntegerField(source="resource_id")
    status = serializers.SerializerMethodField()
    payment_status = serializers.ChoiceField(source="payment_state", choices=PaymentState.choices)
    name = serializers.CharField()
    participant_count = serializers.IntegerField(source="participants")
    series = serializers.IntegerField(source="series_id", allow_null=True)
    hold_expires_at = InstantField(allow_null=True)
    checked_in_at = InstantField(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=V1_STATUSES))
    def get_status(self, booking: Booking) -> str:
        """As everywhere in v1."""
        return v1_status(booking, self.context["now"])


class ClosedOut(serializers.Serializer[Closure]):
    """Why it is closed."""

    id = serializers.IntegerField()
    resource = serializers.IntegerField(source="resource_id", allow_null=True)
    reason = serializers.CharField()


class TakenOut(serializers.Serializer[Any]):
    """Time of one unit, buffers included: of a booking, a hold, a closure, or of a calendar elsewhere."""

    kind = serializers.SerializerMethodField()
    unit = serializers.IntegerField()
    start_datetime = serializers.SerializerMethodField()
    end_datetime = serializers.SerializerMethodField()
    booking = VisitOut(allow_null=True)
    closure = ClosedOut(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=KINDS))
    def get_kind(self, row: Occupancy) -> str:
        """A hold ends by itself: its booking says when."""
        return HOLD if row.booking and row.booking.state == State.HELD else row.kind

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_start_datetime(self, row: Occupancy) -> str:
        """In the venue's offset."""
        return local_text(row.during.lower, self.context["zone"])

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_end_datetime(self, row: Occupancy) -> str:
        """In the venue's offset."""
        return local_text(row.during.upper, self.context["zone"])


class ColumnOut(serializers.Serializer[Any]):
    """A resource with its opening hours and what takes its time; what begins before the window is whole."""

    id = serializers.IntegerField(source="resource.pk")
    name = serializers.CharField(source="resource.name")
    venue = serializers.IntegerField(source="resource.venue_id")
    part_of = serializers.IntegerField(source="resource.parent_id", allow_null=True)
    units = serializers.IntegerField(source="resource.units")
    is_active = serializers.BooleanField(source="resource.is_active")
    time_zone = serializers.CharField(source="resource.venue.time_zone")
    open = serializers.SerializerMethodField()
    taken = serializers.SerializerMethodField()

    def in_zone(self, column: Column) -> dict[str, Any]:
        """The context of what is inside."""
        return {**self.context, "zone": zone(column.resource.venue.time_zone)}

    @extend_schema_field(SpanOut(many=True))
    def get_open(self, column: Column) -> Any:
        """Opening hours in the window."""
        return SpanOut(column.open, many=True, context=self.in_zone(column)).data

    @extend_schema_field(TakenOut(many=True))
    def get_taken(self, column: Column) -> Any:
        """What takes its time, by start."""
        return TakenOut(column.taken, many=True, context=self.in_zone(column)).data


class OccupancyView(ApiView):
    """`/admin/occupancy/`."""

    @extend_schema(
        operation_id="admin_occupancy",
        parameters=[
            OpenApiParameter("from", str, required=True, description="Date in the tenant's zone, or date and time."),
            OpenApiParameter(
                "to", str, required=True, description="Date (inclusive), or date and time; 5 weeks at most."
            ),
            OpenApiParameter("venue", int),
            OpenApiParameter("resource", int),
        ],
        responses=ColumnOut(many=True),
        tags=["bookings"],
    )
    def get(self, request: Request) -> Response:
        """Resources of the caller's venues with opening hours and all that takes their time; staff only."""
        bookings = bookings_for_staff(caller(request))
        query = WindowIn(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted, now = query.validated_data, database_now()
        places = _places(caller(request), wanted)
        columns = agenda.columns(places, bookings, wanted["window"], now)
        return Response(ColumnOut(columns, many=True, context={"now": now}).data)


def _places(user: Anyone, wanted: dict[str, Any]) -> QuerySet[Resource]:
    places = resources_seen_by(user)
    if "venue" in wanted:
        places = places.filter(venue=one(venues_seen_by(user), wanted["venue"]))
    if "resource" in wanted:
        places = places.filter(pk=one(places, wanted["resource"]).pk)
    return places
