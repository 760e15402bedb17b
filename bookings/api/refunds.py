"""v1: money that goes back online, for customers and staff, and staff who give back by hand."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from billing.payments.models import Refund
from bookings import goodwill
from bookings.access import booking_overseen_by, booking_run_by, booking_seen_by
from bookings.api.amounts import AmountField, minor_of
from bookings.api.conditions import as_seen
from bookings.models import Booking
from bookings.records import Actor
from kernel.money import as_text
from rest.fields import InstantField
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY
from rest.views import ApiView


class RefundOut(serializers.Serializer[Refund]):
    """Money on its way back, or back, to where it came from. `failed`: it came back to the venue, and is still owed."""

    id = serializers.UUIDField()
    amount = serializers.SerializerMethodField()
    currency = serializers.CharField(source="payment.currency")
    state = serializers.ChoiceField(choices=Refund.State.choices)
    reason = serializers.ChoiceField(choices=Refund.Reason.choices)
    created_at = InstantField()
    updated_at = InstantField()

    def get_amount(self, refund: Refund) -> str:
        """Decimal string."""
        return as_text(refund.amount_minor, refund.payment.currency)


class StaffRefundOut(RefundOut):
    """The same with what staff need: who asked for it and why, the platform's fee that came with it, what went wrong.

    Context: `names` of people by id.
    """

    payment = serializers.UUIDField(source="payment_id")
    fee_returned = serializers.SerializerMethodField()
    note = serializers.CharField()
    asked_by = serializers.SerializerMethodField()
    failure = serializers.CharField()

    def get_fee_returned(self, refund: Refund) -> str:
        """Decimal string: the part of the platform's fee that the venue gets back."""
        return as_text(refund.fee_minor, refund.payment.currency)

    def get_asked_by(self, refund: Refund) -> str | None:
        """The name of a member of staff; null where the house did it."""
        found: str | None = self.context["names"].get(refund.asked_by_id)
        return found


class RefundsOut(serializers.Serializer[Any]):
    """What can be given back of a booking, and what was.

    `refundable` in all: `online` of it goes back by itself, the rest at the desk. `refund_due` of it is owed already;
    `under_way` has left it. Nothing while a bank disputes a payment (`is_disputed`).
    """

    currency = serializers.CharField()
    refundable = serializers.CharField()
    online = serializers.CharField()
    refund_due = serializers.CharField()
    under_way = serializers.CharField()
    is_disputed = serializers.BooleanField()
    refunds = StaffRefundOut(many=True)


class RefundIn(serializers.Serializer[Any]):
    """How much is to be given back, and why, for the record; the front desk has to say."""

    amount = AmountField()
    note = serializers.CharField(max_length=200, allow_blank=True, default="")


class OwnRefundsView(ApiView):
    """`/bookings/{id}/refunds/`."""

    @extend_schema(operation_id="bookings_refunds_list", responses=RefundOut(many=True))
    def get(self, request: Request, booking_id: UUID) -> Response:
        """What goes back of what was paid online, the first first."""
        booking = booking_seen_by(caller(request), booking_id)
        rows = Refund.objects.filter(booking_id=booking.pk).select_related("payment").order_by("created_at", "pk")
        return page_of(self, request, rows, RefundOut)


class RefundsView(ApiView):
    """`/admin/bookings/{id}/refunds/`."""

    @extend_schema(operation_id="admin_bookings_refunds_retrieve", responses=RefundsOut)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """What could be given back at this moment, and what was given back online."""
        return Response(_shown(booking_overseen_by(caller(request), booking_id)))

    @extend_schema(
        operation_id="admin_bookings_refunds_create",
        request=RefundIn,
        responses={201: RefundsOut},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Give back so much: first what is owed anyway, then by lowering the price, or the fee that is kept.

        400: `amount_too_high`, `amount_too_low`, `dispute_open`, `reason_required`, `wrong_state`.
        """
        booking = as_seen(request, booking_run_by(caller(request), booking_id))
        body = RefundIn(data=request.data)
        body.is_valid(raise_exception=True)
        note = body.validated_data["note"]
        goodwill.check_says_why(caller(request), note)
        amount = minor_of(body.validated_data["amount"], booking.currency, "amount")
        return Response(_shown(goodwill.give_back(booking, amount, note, Actor.of(caller(request)))), 201)


def _shown(booking: Booking) -> Any:
    found = goodwill.refundable(booking)
    rows = list(Refund.objects.filter(booking_id=booking.pk).select_related("payment").order_by("created_at", "pk"))
    asking = User.objects.filter(pk__in=[row.asked_by_id for row in rows if row.asked_by_id])
    told = {
        "currency": booking.currency,
        "refundable": as_text(found.most_minor, booking.currency),
        "online": as_text(found.online_minor, booking.currency),
        "refund_due": as_text(found.due_minor, booking.currency),
        "under_way": as_text(found.under_way_minor, booking.currency),
        "is_disputed": found.is_disputed,
        "refunds": rows,
    }
    return RefundsOut(told, context={"names": dict(asking.values_list("pk", "name"))}).data
