"""v1's shapes, in and out."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from billing.payments import attempts
from billing.payments.models import Payment
from bookings.api.wishes import WishIn
from bookings.cancelling import can_cancel
from bookings.models import Booking
from bookings.projection import V1_STATUSES, is_upcoming, v1_status
from bookings.states import WAYS_OF_CUSTOMERS, CancelReason
from kernel.money import as_text
from kernel.periods import Period
from rest.fields import BIGINT_MAX, InstantField, local_text
from tenants.zones import zone
from venues.models import Closure

LONGEST_TOKEN = 2000


class Agreed:
    """When, how long and for how much: what every shape of a booking says alike."""

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_start_datetime(self, booking: Booking) -> str:
        """In the venue's offset."""
        return local_text(booking.start, zone(booking.time_zone))

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_end_datetime(self, booking: Booking) -> str:
        """In the venue's offset."""
        return local_text(booking.end, zone(booking.time_zone))

    def get_duration_minutes(self, booking: Booking) -> int:
        """Minutes of real time."""
        return Period(booking.start, booking.end).minutes

    def get_total_price(self, booking: Booking) -> str:
        """Decimal string with the currency's number of decimals."""
        return as_text(booking.total_minor, booking.currency)


class BookingOut(Agreed, serializers.Serializer[Booking]):
    """A booking as list and create return it. Context: `now` (aware) and `actor` (`records.Actor`)."""

    id = serializers.UUIDField()
    reference_code = serializers.CharField()
    resource = serializers.IntegerField(source="resource_id")
    resource_name = serializers.CharField(source="resource.name")
    venue_name = serializers.CharField(source="resource.venue.name")
    venue_address = serializers.CharField(source="resource.venue.address")
    start_datetime = serializers.SerializerMethodField()
    end_datetime = serializers.SerializerMethodField()
    duration_minutes = serializers.SerializerMethodField()
    participant_count = serializers.IntegerField(source="participants")
    price_per_unit = serializers.SerializerMethodField()
    pricing_unit = serializers.CharField()
    total_price = serializers.SerializerMethodField()
    currency = serializers.CharField()
    status = serializers.SerializerMethodField()
    can_cancel = serializers.SerializerMethodField()
    is_upcoming = serializers.SerializerMethodField()
    notes = serializers.CharField()
    confirmed_at = InstantField(allow_null=True)
    paid_at = InstantField(allow_null=True)
    cancelled_at = InstantField(allow_null=True)
    created_at = InstantField()
    updated_at = InstantField()

    def get_price_per_unit(self, booking: Booking) -> str:
        """Decimal string with the currency's number of decimals."""
        return as_text(booking.price_per_unit_minor, booking.currency)

    @extend_schema_field(serializers.ChoiceField(choices=V1_STATUSES))
    def get_status(self, booking: Booking) -> str:
        """API.md's projection."""
        return v1_status(booking, self.context["now"])

    def get_can_cancel(self, booking: Booking) -> bool:
        """The answer for this caller, now."""
        return can_cancel(booking, self.context["actor"], self.context["now"])

    def get_is_upcoming(self, booking: Booking) -> bool:
        """Start in the future, and still alive."""
        return is_upcoming(booking, self.context["now"])


class ResourceRef(serializers.Serializer[Any]):
    """The resource of a booking's detail."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    venue_name = serializers.CharField(source="venue.name")
    venue_slug = serializers.CharField(source="venue.slug")


class ClientRef(serializers.Serializer[User]):
    """Whose booking it is."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    phone = serializers.CharField()


class PaymentRef(serializers.Serializer[Payment]):
    """A payment that was made online; all of them: `/bookings/{id}/payments/`."""

    id = serializers.UUIDField()
    payment_intent_id = serializers.CharField(source="intent_id")
    amount = serializers.SerializerMethodField()
    currency = serializers.CharField()
    method = serializers.CharField()
    paid_at = InstantField(source="succeeded_at")

    def get_amount(self, payment: Payment) -> str:
        """Decimal string with the currency's number of decimals."""
        return as_text(payment.amount_minor, payment.currency)


class BookingDetail(BookingOut):
    """A booking alone: `resource` is an object, and `payment` and `client` are added."""

    resource = ResourceRef()  # type: ignore[assignment]
    payment = serializers.SerializerMethodField()
    client = ClientRef(source="customer", allow_null=True)

    @extend_schema_field(PaymentRef(allow_null=True))
    def get_payment(self, booking: Booking) -> Any:
        """The last payment online that was counted for it; null where there is none."""
        payment = attempts.last_counted(booking.pk)
        return None if payment is None else PaymentRef(payment).data


class BookingIn(WishIn):
    """What a booking needs. With the `quote` of just this it costs what that says, or is refused."""

    quote = serializers.CharField(max_length=LONGEST_TOKEN, allow_blank=True, default="")
    notes = serializers.CharField(max_length=2000, allow_blank=True, default="")
    payment = serializers.ChoiceField(choices=WAYS_OF_CUSTOMERS, required=False)


class CancelIn(serializers.Serializer[Any]):
    """Why it is cancelled."""

    reason = serializers.ChoiceField(choices=CancelReason.choices, default=CancelReason.USER_REQUEST.value)
    notes = serializers.CharField(max_length=2000, allow_blank=True, default="")


class CancelOut(serializers.Serializer[Booking]):
    """The four keys of a cancellation."""

    id = serializers.UUIDField()
    reference_code = serializers.CharField()
    status = serializers.SerializerMethodField()
    cancelled_at = InstantField()

    @extend_schema_field(serializers.ChoiceField(choices=V1_STATUSES))
    def get_status(self, booking: Booking) -> str:
        """`cancelled`, or `refunded` once all money is back."""
        return v1_status(booking, self.context["now"])


class ClosureIn(serializers.Serializer[Any]):
    """Time to take out: of one resource with its parts, or of a whole venue."""

    venue = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX)
    resource = serializers.IntegerField(
        min_value=1, max_value=BIGINT_MAX, required=False, allow_null=True, default=None
    )
    start_datetime = InstantField()
    end_datetime = InstantField()
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The end lies after the start."""
        if attrs["end_datetime"] <= attrs["start_datetime"]:
            raise serializers.ValidationError({"end_datetime": ["The end must be after the start."]})
        return attrs


class ClosureOut(serializers.Serializer[Closure]):
    """A closure, in the venue's offset."""

    id = serializers.IntegerField()
    venue = serializers.IntegerField(source="venue_id")
    resource = serializers.IntegerField(source="resource_id", allow_null=True)
    start_datetime = serializers.SerializerMethodField()
    end_datetime = serializers.SerializerMethodField()
    reason = serializers.CharField()
    created_at = InstantField()

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_start_datetime(self, closure: Closure) -> str:
        """In the venue's offset."""
        return local_text(closure.start, zone(closure.venue.time_zone))

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_end_datetime(self, closure: Closure) -> str:
        """In the venue's offset."""
        return local_text(closure.end, zone(closure.venue.time_zone))
