"""v1: what calls about series take and answer."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bookings.api.serializers import Agreed
from bookings.api.wishes import MOST_EXTRAS, AnswersField, ExtraWishIn
from bookings.models import Booking, Series, SeriesDate
from bookings.projection import V1_STATUSES, v1_status
from bookings.recurrence import LONGEST_RULE, MOST_DATES
from bookings.series import Mode
from bookings.states import WAYS_OF_CUSTOMERS
from rest.fields import BIGINT_MAX, SMALLINT_MAX, WALL_TIMES, DayField, InstantField

MOST_BESIDE = 10
DAY_MINUTES = 24 * 60


class DatesField(serializers.ListField):
    """Local days."""

    child = DayField()

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MOST_DATES, **options)


class SeriesIn(serializers.Serializer[Any]):
    """One wish on many dates: a `rule` from `first_date` on, or `dates`; on the clock on the wall of the venue.

    `rule` is an RRULE of RFC 5545: FREQ=DAILY, WEEKLY or MONTHLY with INTERVAL, BYDAY, BYMONTHDAY, BYSETPOS, WKST and
    COUNT or UNTIL (local).
    """

    resource = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)
    product = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False, allow_null=True, default=None)
    with_resources = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BIGINT_MAX), max_length=MOST_BESIDE, default=list
    )
    first_date = DayField(required=False)
    start_time = serializers.TimeField(input_formats=WALL_TIMES)
    duration_minutes = serializers.IntegerField(min_value=5, max_value=31 * DAY_MINUTES)
    rule = serializers.CharField(max_length=LONGEST_RULE, required=False, default="")
    dates = DatesField(default=list)
    also = DatesField(default=list)
    participant_count = serializers.IntegerField(min_value=1, max_value=SMALLINT_MAX, default=1)
    extras = serializers.ListField(child=ExtraWishIn(), max_length=MOST_EXTRAS, default=list)
    answers = AnswersField(default=dict)
    notes = serializers.CharField(max_length=2000, allow_blank=True, default="")
    voucher = serializers.CharField(max_length=40, allow_blank=True, default="")
    payment = serializers.ChoiceField(choices=WAYS_OF_CUSTOMERS, required=False)

    def get_fields(self) -> dict[str, Any]:
        """`except` is a word of Python's."""
        return {**super().get_fields(), "except": DatesField(default=list)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """There is something to book, and one way to say when."""
        if attrs.get("resource") is None and attrs["product"] is None:
            raise serializers.ValidationError({"resource": ["This field is required."]})
        if bool(attrs["rule"]) == bool(attrs["dates"]):
            raise serializers.ValidationError({"rule": ["Give a rule or a list of dates."]})
        if bool(attrs["rule"]) != ("first_date" in attrs):
            raise serializers.ValidationError({"first_date": ["A rule needs it, and a list of dates does not."]})
        return attrs


class NewSeriesIn(SeriesIn):
    """As a preview, and what to do where not all dates can be had."""

    mode = serializers.ChoiceField(choices=[mode.value for mode in Mode], default=Mode.ATOMIC.value)


class AddDatesIn(serializers.Serializer[Any]):
    """Dates to try again or to add, on another resource if there is one."""

    dates = serializers.ListField(child=DayField(), min_length=1, max_length=MOST_DATES)
    resource = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)


class PlaceOut(serializers.Serializer[Any]):
    """Where and when it would be, in the venue's offset."""

    resource = serializers.IntegerField()
    resource_name = serializers.CharField()
    start_datetime = serializers.DateTimeField()
    end_datetime = serializers.DateTimeField()
    total_price = serializers.CharField()
    currency = serializers.CharField()


class OccurrenceOut(serializers.Serializer[Any]):
    """One date: with a price where it can be had, else with the `reason`, and an `alternative` where there is one."""

    date = serializers.DateField()
    start_time = serializers.CharField()
    resource = serializers.IntegerField(allow_null=True)
    resource_name = serializers.CharField(allow_null=True)
    start_datetime = serializers.DateTimeField(allow_null=True)
    end_datetime = serializers.DateTimeField(allow_null=True)
    total_price = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    alternative = PlaceOut(allow_null=True)


class SeriesPreviewOut(serializers.Serializer[Any]):
    """Every date, how many can be had, and what they come to."""

    free = serializers.IntegerField()
    conflicts = serializers.IntegerField()
    total_price = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    dates = OccurrenceOut(many=True)


class DateBookingOut(Agreed, serializers.Serializer[Booking]):
    """The booking of a date. Context: `now`."""

    id = serializers.UUIDField()
    reference_code = serializers.CharField()
    resource = serializers.IntegerField(source="resource_id")
    resource_name = serializers.CharField(source="resource.name")
    start_datetime = serializers.SerializerMethodField()
    end_datetime = serializers.SerializerMethodField()
    total_price = serializers.SerializerMethodField()
    currency = serializers.CharField()
    status = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(choices=V1_STATUSES))
    def get_status(self, booking: Booking) -> str:
        """As bookings show it."""
        return v1_status(booking, self.context["now"])


class DateOut(serializers.Serializer[SeriesDate]):
    """One date of a series: its `booking`, or the `reason` for which it was skipped.

    An `alternative` only in the answer to the call that tried the date.
    """

    date = serializers.SerializerMethodField()
    start_time = serializers.SerializerMethodField()
    booking = DateBookingOut(allow_null=True)
    reason = serializers.SerializerMethodField()
    alternative = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.DATE)
    def get_date(self, row: SeriesDate) -> str:
        """The local day."""
        return row.wall[:10]

    def get_start_time(self, row: SeriesDate) -> str:
        """On the wall."""
        return row.wall[11:16]

    @extend_schema_field({"type": ["string", "null"]})
    def get_reason(self, row: SeriesDate) -> str | None:
        """Why it was skipped."""
        return row.skipped or None

    @extend_schema_field(PlaceOut(allow_null=True))
    def get_alternative(self, row: SeriesDate) -> Any:
        """What could be had instead."""
        return self.context.get("alternatives", {}).get(row.wall)


class SeriesOut(serializers.Serializer[Series]):
    """A series in a list."""

    id = serializers.IntegerField()
    resource = serializers.IntegerField(source="resource_id")
    resource_name = serializers.CharField(source="resource.name")
    venue_name = serializers.CharField(source="resource.venue.name")
    rule = serializers.CharField()
    first_date = serializers.SerializerMethodField()
    start_time = serializers.SerializerMethodField()
    duration_minutes = serializers.IntegerField(source="minutes")
    participant_count = serializers.IntegerField(source="participants")
    time_zone = serializers.CharField()
    created_at = InstantField()

    @extend_schema_field(OpenApiTypes.DATE)
    def get_first_date(self, series: Series) -> str:
        """The local day on which it began."""
        return series.first[:10]

    def get_start_time(self, series: Series) -> str:
        """On the wall."""
        return series.first[11:16]


class SeriesDetail(SeriesOut):
    """A series with every date."""

    dates = DateOut(many=True)
