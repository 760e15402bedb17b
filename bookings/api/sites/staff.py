"""core for the people who run the venue: all bookings."""

from typing import Any

from django.db.models.functions import Now
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings.access import bookings_for_staff
from bookings.api.filters import MomentField, between
from bookings.api.sites.shapes import BookingOut, timed
from bookings.projection import CORE, CORE_STATUSES, phase_sql, phases_called
from bookings.states import PaymentState
from rest.pagination import page_of
from rest.views import ApiView


class CoreFilter(serializers.Serializer[Any]):
    """The query parameters."""

    status = serializers.ChoiceField(choices=CORE_STATUSES, required=False)
    payment_status = serializers.ChoiceField(choices=PaymentState.choices, required=False)
    to = MomentField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {**super().get_fields(), "from": MomentField(required=False)}


class AllBookingsView(ApiView):
    """`/admin/bookings/`."""

    @extend_schema(
        operation_id="admin_bookings_list",
        parameters=[
            OpenApiParameter("status", str, enum=CORE_STATUSES),
            OpenApiParameter("payment_status", str, enum=PaymentState.values),
            OpenApiParameter("from", str, description="Day of the tenant, or instant."),
            OpenApiParameter("to", str, description="The last day, or the instant before which they start."),
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int),
        ],
        responses=BookingOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """All bookings at the caller's venues, the latest start first; staff only."""
        query = CoreFilter(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        bookings = between(bookings_for_staff(caller(request)), wanted)
        if "status" in wanted:
            phases = phases_called(CORE, [wanted["status"]])
            bookings = bookings.annotate(phase=phase_sql(Now())).filter(phase__in=phases)
        if "payment_status" in wanted:
            bookings = bookings.filter(payment_state=wanted["payment_status"])
        rows = timed(bookings).order_by("-start", "id")
        return page_of(self, request, rows, BookingOut, lambda page: {"now": page[0].now if page else None})
