"""What lists of bookings can be narrowed by."""

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from bookings.models import Booking
from bookings.projection import V1, V1_STATUSES, phase_sql, phases_called
from kernel.periods import local_day
from rest.fields import BIGINT_MAX, DayField, InstantField, WordsField
from rest.parameters import several
from schemas.current import current_tenant
from tenants.zones import zone

FILTERS = [
    several("status", V1_STATUSES),
    OpenApiParameter(
        "from", str, description="Date in the tenant's zone, or date and time with offset: start at or after."
    ),
    OpenApiParameter("to", str, description="Date (inclusive), or date and time with offset: start before."),
    OpenApiParameter("resource", int),
]


class MomentField(serializers.Field):
    """A day or an instant."""

    def to_internal_value(self, data: Any) -> date | datetime:
        """A `date` for `YYYY-MM-DD`, else an aware `datetime`."""
        if isinstance(data, str) and "T" not in data:
            return DayField().to_internal_value(data)
        return InstantField().to_internal_value(data)


class BookingFilter(serializers.Serializer[Any]):
    """The query parameters."""

    status = WordsField(V1_STATUSES)
    resource = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    to = MomentField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {**super().get_fields(), "from": MomentField(required=False)}


def filtered(bookings: QuerySet[Booking], request: Request) -> QuerySet[Booking]:
    """The bookings that the request's query parameters ask for; a validation error where they make no sense."""
    parameters = BookingFilter(data=request.query_params)
    parameters.is_valid(raise_exception=True)
    return narrowed(bookings, parameters.validated_data)


def narrowed(bookings: QuerySet[Booking], wanted: dict[str, Any]) -> QuerySet[Booking]:
    """The bookings that checked query parameters ask for."""
    if "status" in wanted:
        bookings = bookings.annotate(phase=phase_sql(Now())).filter(phase__in=phases_called(V1, wanted["status"]))
    if "resource" in wanted:
        bookings = bookings.filter(resource=wanted["resource"])
    return between(bookings, wanted)


def between(bookings: QuerySet[Booking], wanted: dict[str, Any]) -> QuerySet[Booking]:
    """Those that start in the span of `from` and `to`, where these are asked for."""
    if "from" in wanted:
        bookings = bookings.filter(start__gte=first_of(wanted["from"]))
    if "to" in wanted:
        bookings = bookings.filter(start__lt=end_of(wanted["to"]))
    return bookings


def first_of(moment: date | datetime) -> datetime:
    """The instant itself, or the beginning of a day in the tenant's zone."""
    return moment if isinstance(moment, datetime) else local_day(moment, zone(current_tenant().time_zone)).start


def end_of(moment: date | datetime) -> datetime:
    """The instant itself, or the end of a day in the tenant's zone."""
    return moment if isinstance(moment, datetime) else local_day(moment, zone(current_tenant().time_zone)).end
