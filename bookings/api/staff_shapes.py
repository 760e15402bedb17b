"""v1's shapes for staff, in and out."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bookings.api.amounts import AmountField
from bookings.api.serializers import BookingDetail, CancelIn
from bookings.api.wishes import MOST_EXTRAS, AnswersField, ExtraWishIn
from bookings.models import Booking, CalendarCopy, Connection, OnSitePayment, StaffNote
from bookings.plans import MOST_FURTHER, STAFF_MAY_OVERRULE
from bookings.states import PaymentState, PaymentWay, PendingReason
from kernel.errors import Invalid
from kernel.money import as_text
from rest.fields import BIGINT_MAX, SMALLINT_MAX, WALL_TIMES, DayField, InstantField, local_text
from tenants.zones import zone
from venues.models import CustomerGroup

LONGEST_CODE = 200
LONGEST_REASON = 200


class ContactIn(serializers.Serializer[Any]):
    """Somebody without an account."""

    name = serializers.CharField(max_length=150)
    email = serializers.EmailField(max_length=254, allow_blank=True, default="")
    phone = serializers.CharField(max_length=32, allow_blank=True, default="")


class OnBehalfIn(serializers.Serializer[Any]):
    """A booking for a `customer` (id) or somebody else (`contact`). `price` is the total they agreed on.

    `overrule` names the rules that are set aside, `because` says why, for the record; what is taken stays taken.
    """

    customer = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False, allow_null=True)
    contact = ContactIn(required=False, allow_null=True)
    resource = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False, allow_null=True)
    product = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False, allow_null=True)
    start_datetime = InstantField()
    end_datetime = InstantField()
    participant_count = serializers.IntegerField(min_value=1, max_value=SMALLINT_MAX, default=1)
    extras = serializers.ListField(child=ExtraWishIn(), max_length=MOST_EXTRAS, default=list)
    with_resources = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BIGINT_MAX), max_length=MOST_FURTHER, default=list
    )
    answers = AnswersField(default=dict)
    notes = serializers.CharField(max_length=2000, allow_blank=True, default="")
    price = AmountField(required=False, allow_null=True)
    overrule = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(reason.value for reason in STAFF_MAY_OVERRULE)),
        max_length=len(STAFF_MAY_OVERRULE),
        default=list,
    )
    because = serializers.CharField(max_length=LONGEST_REASON, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The end lies after the start, there is something to book, and somebody to book it for."""
        if attrs["end_datetime"] <= attrs["start_datetime"]:
            raise serializers.ValidationError({"end_datetime": ["The end must be after the start."]})
        if attrs.get("resource") is None and attrs.get("product") is None:
            raise serializers.ValidationError({"resource": ["This field is required."]})
        if attrs.get("customer") is None and attrs.get("contact") is None:
            raise Invalid("customer_required", _("Say whom this is for: customer or contact."))
        return attrs


class StaffCancelIn(CancelIn):
    """Why it is cancelled; `fee` is charged instead of what the policy says, `because` says why, for the record."""

    fee = AmountField(required=False, allow_null=True)
    because = serializers.CharField(max_length=LONGEST_REASON, allow_blank=True, default="")


class DeclineIn(serializers.Serializer[Any]):
    """A word to the customer."""

    notes = serializers.CharField(max_length=2000, allow_blank=True, default="")


class CodeIn(serializers.Serializer[Any]):
    """What the QR code says."""

    code = serializers.CharField(max_length=LONGEST_CODE)


class ArrivalOut(serializers.Serializer[Booking]):
    """Who has come, and what for."""

    id = serializers.UUIDField()
    reference_code = serializers.CharField()
    resource_name = serializers.CharField(source="resource.name")
    name = serializers.CharField()
    participant_count = serializers.IntegerField(source="participants")
    start_datetime = serializers.SerializerMethodField()
    end_datetime = serializers.SerializerMethodField()
    owed = serializers.SerializerMethodField()
    currency = serializers.CharField()
    checked_in_at = InstantField()

    def get_start_datetime(self, booking: Booking) -> str:
        """In the venue's offset."""
        return local_text(booking.start, zone(booking.time_zone))

    def get_end_datetime(self, booking: Booking) -> str:
        """In the venue's offset."""
        return local_text(booking.end, zone(booking.time_zone))

    def get_owed(self, booking: Booking) -> str:
        """What is still to be paid at the desk."""
        return as_text(booking.owed_minor, booking.currency)


class PaymentIn(serializers.Serializer[Any]):
    """Money taken at the desk; given back where `amount` is negative."""

    amount = AmountField()
    way = serializers.ChoiceField(choices=OnSitePayment.Way.choices, default=OnSitePayment.Way.CASH.value)


class PaymentOut(serializers.Serializer[OnSitePayment]):
    """Money that changed hands at the desk. Context: `currency`."""

    id = serializers.IntegerField()
    amount = serializers.SerializerMethodField()
    way = serializers.CharField()
    taken_by = serializers.CharField(source="taken_by.name", allow_null=True, default=None)
    at = InstantField()

    def get_amount(self, payment: OnSitePayment) -> str:
        """Decimal string; negative for what was given back."""
        return as_text(payment.amount_minor, self.context["currency"])


class NoteIn(serializers.Serializer[Any]):
    """A note for the team."""

    text = serializers.CharField(max_length=2000)


class NoteOut(serializers.Serializer[StaffNote]):
    """A note of the team; customers never see it."""

    id = serializers.IntegerField()
    text = serializers.CharField()
    author = serializers.CharField(source="author.name", allow_null=True, default=None)
    at = InstantField()


class WeatherIn(serializers.Serializer[Any]):
    """A day at a venue, or some hours of it on the wall. `preview` only looks."""

    venue = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX)
    date = DayField()
    from_time = serializers.TimeField(input_formats=WALL_TIMES, required=False, allow_null=True, default=None)
    to_time = serializers.TimeField(input_formats=WALL_TIMES, required=False, allow_null=True, default=None)
    resources = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BIGINT_MAX), max_length=500, default=list
    )
    notes = serializers.CharField(max_length=2000, allow_blank=True, default="")
    preview = serializers.BooleanField(default=False)


class RainedOffOut(serializers.Serializer[Any]):
    """One booking, and what comes back of it."""

    id = serializers.UUIDField()
    reference_code = serializers.CharField()
    resource = serializers.IntegerField()
    resource_name = serializers.CharField()
    start_datetime = serializers.DateTimeField()
    end_datetime = serializers.DateTimeField()
    fee = serializers.CharField()
    refund = serializers.CharField()
    gift_credit_back = serializers.CharField()
    prepaid_minutes_back = serializers.IntegerField()
    owed = serializers.CharField()
    currency = serializers.CharField()


class WeatherOut(serializers.Serializer[Any]):
    """What was called off, or would be: by start."""

    preview = serializers.BooleanField()
    from_datetime = serializers.DateTimeField()
    to_datetime = serializers.DateTimeField()
    count = serializers.IntegerField()
    bookings = RainedOffOut(many=True)


class ContactOut(serializers.Serializer[Booking]):
    """How to reach whoever comes, as they wrote it for this booking."""

    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()


class GroupOut(serializers.Serializer[CustomerGroup]):
    """A group that the customer was in when they booked."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class CalendarEventOut(serializers.Serializer[CalendarCopy]):
    """The booking's event in a calendar elsewhere; `event_id` is empty until it was written."""

    connection = serializers.IntegerField(source="connection_id")
    name = serializers.CharField(source="connection.name")
    provider = serializers.ChoiceField(source="connection.provider", choices=Connection.Provider.choices)
    event_id = serializers.CharField(source="remote_id")
    written_at = InstantField(source="pushed_at", allow_null=True)


class StaffBooking(BookingDetail):
    """A booking with everything that staff need. Context: `now`, `actor`, `groups`, `notes_count` and `copies`."""

    contact = ContactOut(source="*")
    payment_state = serializers.ChoiceField(choices=PaymentState.choices)
    pending_reason = serializers.ChoiceField(choices=[*PendingReason.values, ""])
    payment_way = serializers.ChoiceField(choices=[*PaymentWay.values, ""])
    amounts = serializers.SerializerMethodField()
    groups = serializers.SerializerMethodField()
    notes_count = serializers.SerializerMethodField()
    calendar_events = serializers.SerializerMethodField()
    cancel_reason = serializers.CharField()
    cancel_notes = serializers.CharField()
    revision = serializers.IntegerField()
    hold_expires_at = InstantField(allow_null=True)
    balance_due_at = InstantField(allow_null=True)
    checked_in_at = InstantField(allow_null=True)
    no_show_at = InstantField(allow_null=True)

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_amounts(self, booking: Booking) -> dict[str, str]:
        """Decimal strings: what was agreed, what has come in, what is still to go either way."""
        minor = {
            "total": booking.total_minor,
            "tax": booking.tax_minor,
            "deposit": booking.deposit_minor,
            "gift_credit": booking.credit_minor,
            "paid": booking.paid_minor,
            "fee": booking.fee_minor,
            "owed": booking.owed_minor,
            "due_now": min(booking.due_now_minor, booking.owed_minor),
            "refund_due": booking.refund_due_minor,
        }
        return {name: as_text(value, booking.currency) for name, value in minor.items()}

    @extend_schema_field(GroupOut(many=True))
    def get_groups(self, _booking: Booking) -> Any:
        """The customer's groups at the time of booking."""
        return GroupOut(self.context["groups"], many=True).data

    @extend_schema_field(CalendarEventOut(many=True))
    def get_calendar_events(self, _booking: Booking) -> Any:
        """Where the booking stands in calendars elsewhere."""
        return CalendarEventOut(self.context["copies"], many=True).data

    def get_notes_count(self, _booking: Booking) -> int:
        """How many notes the team has written."""
        return int(self.context["notes_count"])
