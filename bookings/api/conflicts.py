"""v1: bookings over which a calendar elsewhere is busy, and reading a calendar now."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings.calendars import conflicts, health, pulling
from bookings.calendars.access import connection_managed_by
from bookings.models import CalendarConflict
from kernel.errors import Conflict
from rest.fields import InstantField
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView

SETTLED = OpenApiParameter("settled", bool, description="Also those that were dismissed or are over.")


class ConflictQuery(serializers.Serializer[Any]):
    """Whether the settled ones are wanted too."""

    settled = serializers.BooleanField(default=False)


class ConflictOut(serializers.Serializer[CalendarConflict]):
    """A booking here and a busy time elsewhere at one time. `settled_at` is set once somebody has kept both."""

    id = serializers.IntegerField()
    booking = serializers.UUIDField(source="booking_id")
    reference_code = serializers.CharField(source="booking.reference_code")
    resource = serializers.IntegerField(source="booking.resource_id")
    start_datetime = InstantField(source="booking.start")
    end_datetime = InstantField(source="booking.end")
    connection = serializers.IntegerField(source="busy.connection_id")
    calendar = serializers.CharField(source="busy.connection.name")
    title = serializers.CharField(source="busy.title")
    busy_from = InstantField(source="busy.start")
    busy_until = InstantField(source="busy.end")
    found_at = InstantField()
    settled_at = InstantField(allow_null=True)


class ConflictsView(ApiView):
    """`/calendar-conflicts/`."""

    @extend_schema(
        operation_id="calendar_conflicts_list", parameters=[SETTLED, *PAGES], responses=ConflictOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """What is to be decided, the next to come first; owner, and managers for their venues'."""
        rows = conflicts.seen_by(caller(request))
        query = ConflictQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        if not query.validated_data["settled"]:
            rows = conflicts.open_of(rows)
        return page_of(self, request, rows, ConflictOut)


class DismissView(ApiView):
    """`/calendar-conflicts/{id}/dismiss/`."""

    @extend_schema(
        operation_id="calendar_conflicts_dismiss", request=None, responses=ConflictOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, conflict_id: int) -> Response:
        """Keep both. Neither the booking nor the event changes."""
        return Response(ConflictOut(conflicts.dismiss(caller(request), conflict_id)).data)


class SyncView(ApiView):
    """`/calendar-connections/{id}/sync/`."""

    @extend_schema(
        operation_id="calendar_connections_sync", request=None, responses={202: None}, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, connection_id: int) -> Response:
        """Have a calendar read now. 409 `not_read` for one that is paused, dead, or only written to."""
        connection = connection_managed_by(caller(request), connection_id)
        if not connection.pulls or connection.state not in health.ASKED:
            raise Conflict("not_read", _("This calendar is not read at the moment."))
        pulling.now(connection)
        return Response(status=202)
