"""v1: what calls take and answer that change several dates of a series."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bookings.api.changing import INT_MAX
from bookings.api.serializers import CancelIn
from bookings.scopes import Given, Scope
from bookings.series import Mode
from bookings.shifts import Shifted
from kernel.money import as_text
from rest.fields import BIGINT_MAX, WALL_TIMES, DayField, local_text
from tenants.zones import zone

SCOPES = tuple(scope.value for scope in Scope)


class ReachIn(serializers.Serializer[Any]):
    """Which dates: `this` or `following` from a local day or a booking on, or `all`."""

    scope = serializers.ChoiceField(choices=SCOPES)
    from_date = DayField(required=False)
    booking = serializers.UUIDField(required=False)
    preview = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """All dates need no first one, the others one."""
        named = len({"from_date", "booking"} & attrs.keys())
        if named != (attrs["scope"] != Scope.ALL):
            raise serializers.ValidationError({"from_date": ["Give a date or a booking for this or following only."]})
        return attrs


class SeriesCancelIn(ReachIn, CancelIn):
    """Which dates are given up, and why; `preview` only says what it would cost."""


class SeriesRescheduleIn(ReachIn):
    """Which dates are moved, to which time on the wall and which resource; `preview` only says what it would cost."""

    start_time = serializers.TimeField(input_formats=WALL_TIMES, required=False)
    resource = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)
    mode = serializers.ChoiceField(choices=[mode.value for mode in Mode], default=Mode.ATOMIC.value)


class GivenOut(serializers.Serializer[Given]):
    """One date of a cancellation: what it costs, or in `left_alone` why nothing happens to it."""

    date = serializers.SerializerMethodField()
    booking = serializers.UUIDField(source="row.booking_id", allow_null=True)
    reference_code = serializers.CharField(source="booking.reference_code", allow_null=True, default=None)
    left_alone = serializers.SerializerMethodField()
    fee = serializers.SerializerMethodField()
    refund = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.DATE)
    def get_date(self, given: Given) -> str:
        """The local day."""
        return given.row.wall[:10]

    @extend_schema_field({"type": ["string", "null"]})
    def get_left_alone(self, given: Given) -> str | None:
        """`skipped`, `past`, `moved`, or the state in which the booking has ended."""
        return given.left or None

    @extend_schema_field({"type": ["string", "null"]})
    def get_fee(self, given: Given) -> str | None:
        """What is kept, or to be paid."""
        return self._text(given, given.settlement.fee_minor) if given.settlement else None

    @extend_schema_field({"type": ["string", "null"]})
    def get_refund(self, given: Given) -> str | None:
        """What comes back of what was paid."""
        return self._text(given, given.settlement.refund_minor) if given.settlement else None

    def _text(self, given: Given, minor: int) -> str:
        assert given.booking is not None
        return as_text(minor, given.booking.currency)


class SeriesCancelOut(serializers.Serializer[Any]):
    """How many dates are given up, the sums, and each date."""

    preview = serializers.BooleanField()
    cancelled = serializers.IntegerField(min_value=0, max_value=INT_MAX)
    fee = serializers.CharField()
    refund = serializers.CharField()
    currency = serializers.CharField()
    dates = GivenOut(many=True)


class ShiftedOut(serializers.Serializer[Shifted]):
    """One date of a move: the new times and totals, or why it is left alone, or the `conflict` in the way.

    Times are those after the change, in the venue's offset; null where nothing changes.
    """

    date = serializers.SerializerMethodField()
    booking = serializers.UUIDField(source="row.booking_id", allow_null=True)
    reference_code = serializers.CharField(source="booking.reference_code", allow_null=True, default=None)
    left_alone = serializers.SerializerMethodField()
    conflict = serializers.SerializerMethodField()
    start_datetime = serializers.SerializerMethodField()
    old_total = serializers.SerializerMethodField()
    new_total = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.DATE)
    def get_date(self, shifted: Shifted) -> str:
        """The local day."""
        return shifted.row.wall[:10]

    @extend_schema_field({"type": ["string", "null"]})
    def get_left_alone(self, shifted: Shifted) -> str | None:
        """`skipped`, `past`, `moved`, or the state in which the booking has ended."""
        return shifted.left or None

    @extend_schema_field({"type": ["string", "null"]})
    def get_conflict(self, shifted: Shifted) -> str | None:
        """Why it cannot be moved."""
        return shifted.conflict or None

    @extend_schema_field({"type": ["string", "null"], "format": "date-time"})
    def get_start_datetime(self, shifted: Shifted) -> str | None:
        """The new start."""
        after = shifted.preview and shifted.preview.booking
        return local_text(after.start, zone(after.time_zone)) if after else None

    @extend_schema_field({"type": ["string", "null"]})
    def get_old_total(self, shifted: Shifted) -> str | None:
        """The price before."""
        done = shifted.preview
        return as_text(done.old_total_minor, done.booking.currency) if done else None

    @extend_schema_field({"type": ["string", "null"]})
    def get_new_total(self, shifted: Shifted) -> str | None:
        """The price after."""
        done = shifted.preview
        return as_text(done.booking.total_minor, done.booking.currency) if done else None


class SeriesRescheduleOut(serializers.Serializer[Any]):
    """How many dates are moved, what they cost more (negative: less), and each date."""

    preview = serializers.BooleanField()
    moved = serializers.IntegerField(min_value=0, max_value=INT_MAX)
    conflicts = serializers.IntegerField(min_value=0, max_value=INT_MAX)
    delta = serializers.CharField()
    currency = serializers.CharField()
    dates = ShiftedOut(many=True)
