"""core's shapes, in and out."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.payments.models import Payment
from bookings.api.serializers import Agreed
from bookings.api.wishes import some_id
from bookings.models import Booking
from bookings.projection import CORE_STATUSES, core_status
from bookings.states import PaymentState
from rest.fields import SMALLINT_MAX, InstantField

LONGEST_NAME, LONGEST_PHONE, LONGEST_NOTES = 150, 32, 2000


class BookingIn(serializers.Serializer[Any]):
    """Who wants which service, from when. Signed in, what is left out of the contact is the account's."""

    customer_name = serializers.CharField(max_length=LONGEST_NAME, required=False)
    customer_email = serializers.EmailField(required=False)
    customer_phone = serializers.CharField(max_length=LONGEST_PHONE, required=False, allow_blank=True)
    service_id = some_id()
    start_datetime = InstantField()
    participant_count = serializers.IntegerField(min_value=1, max_value=SMALLINT_MAX, default=1)
    notes = serializers.CharField(max_length=LONGEST_NOTES, allow_blank=True, default="")


class BookingOut(Agreed, serializers.Serializer[Booking]):
    """A booking. Context: `now` (aware). Rows come from `timed`."""

    id = serializers.UUIDField()
    reference_code = serializers.CharField()
    service_id = serializers.IntegerField(source="product_id", allow_null=True)
    service_name = serializers.SerializerMethodField()
    resource_id = serializers.IntegerField()
    resource_name = serializers.CharField(source="resource.name")
    venue_name = serializers.CharField(source="resource.venue.name")
    start_datetime = serializers.SerializerMethodField()
    end_datetime = serializers.SerializerMethodField()
    duration_minutes = serializers.SerializerMethodField()
    participant_count = serializers.IntegerField(source="participants")
    customer_name = serializers.CharField(source="name")
    customer_email = serializers.CharField(source="email")
    customer_phone = serializers.CharField(source="phone")
    notes = serializers.CharField()
    total_price = serializers.SerializerMethodField()
    currency = serializers.CharField()
    status = serializers.SerializerMethodField()
    payment_status = serializers.SerializerMethodField()
    stripe_payment_intent_id = serializers.SerializerMethodField()
    hold_expires_at = InstantField(allow_null=True)
    cancelled_at = InstantField(allow_null=True)
    created_at = InstantField()
    updated_at = InstantField()

    @extend_schema_field(OpenApiTypes.STR)
    def get_service_name(self, booking: Booking) -> str:
        """Empty where a resource was booked by itself."""
        return booking.product.name if booking.product else ""

    @extend_schema_field(serializers.ChoiceField(choices=CORE_STATUSES))
    def get_status(self, booking: Booking) -> str:
        """API.md's projection."""
        return core_status(booking, self.context["now"])[0]

    @extend_schema_field(serializers.ChoiceField(choices=PaymentState.choices))
    def get_payment_status(self, booking: Booking) -> str:
        """What has happened to the money."""
        return core_status(booking, self.context["now"])[1]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_stripe_payment_intent_id(self, booking: Booking) -> str | None:
        """Of the newest attempt to pay it online; null where there is none."""
        return booking.intent_id or None  # type: ignore[attr-defined]


class PaymentOut(serializers.Serializer[Any]):
    """What Stripe.js needs to take the payment; `stripe_account` where the venue's own account charges."""

    client_secret = serializers.CharField()
    payment_intent_id = serializers.CharField()
    stripe_account = serializers.CharField(allow_null=True)
    amount = serializers.CharField()
    currency = serializers.CharField()


class NewBookingOut(BookingOut):
    """A new booking, with the token that opens it again and what Stripe.js needs.

    `client_secret` is null where nothing is to be paid now, and where Stripe did not answer (`payment_error`): then ask
    `create-payment-intent` again, the time is kept until `hold_expires_at`.
    """

    token = serializers.CharField()
    client_secret = serializers.CharField(allow_null=True)
    stripe_account = serializers.CharField(allow_null=True)
    payment_error = serializers.CharField(allow_null=True)


def timed(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Bookings with all that `BookingOut` shows, and the database's clock as `now`, in one query."""
    newest = Payment.objects.filter(booking_id=OuterRef("pk")).order_by("-number").values("intent_id")[:1]
    found = bookings.select_related("resource__venue", "product")
    return found.annotate(now=Now(), intent_id=Coalesce(Subquery(newest), Value("")))
