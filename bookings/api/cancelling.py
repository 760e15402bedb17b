"""v1: what giving up would cost, and giving up."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings import cancelling
from bookings.access import acting_on, booking_changed_by
from bookings.api.conditions import as_seen, tagged
from bookings.api.serializers import CancelIn, CancelOut
from bookings.cancelling import Cancellation, Preview
from bookings.models import Booking
from bookings.states import CancelReason
from bookings.terms import Rung
from kernel.errors import Refused
from kernel.money import as_text, percent_text
from rest.fields import local_text
from rest.parameters import IDEMPOTENCY
from rest.views import ApiView
from schemas.clock import database_now
from tenants.zones import zone

REASON = OpenApiParameter("reason", str, enum=CancelReason.values)


class StepOut(serializers.Serializer[Any]):
    """What cancelling costs until an instant, in the venue's offset; the last step reaches to the start."""

    until = serializers.DateTimeField()
    minutes_before = serializers.IntegerField()
    fee = serializers.CharField()
    prepaid_percent_kept = serializers.CharField()


class CancellationPreview(serializers.Serializer[Any]):
    """What would come back. Amounts are null, and `code` and `detail` are there, where it cannot be cancelled.

    `reason` is the one that counts: from customers, `weather` is `other`. `owed` is what of the fee is still to
    be paid. `free_until` ends the time in which it is free; null where it is not free now, or stays free.
    """

    can_cancel = serializers.BooleanField()
    code = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)
    reason = serializers.ChoiceField(choices=CancelReason.choices)
    fee = serializers.CharField(allow_null=True)
    refund = serializers.CharField(allow_null=True)
    gift_credit_back = serializers.CharField(allow_null=True)
    prepaid_minutes_back = serializers.IntegerField(allow_null=True)
    owed = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    is_grace = serializers.BooleanField()
    free_until = serializers.DateTimeField(allow_null=True)
    steps = StepOut(many=True)


class PreviewView(ApiView):
    """`/bookings/{id}/cancellation-preview/`."""

    @extend_schema(operation_id="bookings_cancellation_preview", parameters=[REASON], responses=CancellationPreview)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """Exactly what `cancel` would do at this moment, for this caller and reason."""
        booking = booking_changed_by(caller(request), booking_id)
        asked = CancelIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        why = Cancellation(CancelReason(asked.validated_data["reason"]))
        actor, now = acting_on(caller(request), booking), database_now()
        try:
            return Response(_foretold(booking, cancelling.foretold(booking, actor, why, now)))
        except Refused as refusal:
            steps = cancelling.steps(booking, actor, why)
            return Response(_refused(booking, refusal, str(why.said_by(actor).reason), steps))


class CancelView(ApiView):
    """`/bookings/{id}/cancel/`."""

    @extend_schema(operation_id="bookings_cancel", request=CancelIn, responses=CancelOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Cancel; a repeat gives the same answer. 400 where it is too late, 403 where it is not yours."""
        booking = as_seen(request, booking_changed_by(caller(request), booking_id))
        body = CancelIn(data=request.data)
        body.is_valid(raise_exception=True)
        why = Cancellation(CancelReason(body.validated_data["reason"]), body.validated_data["notes"])
        return cancelled(cancelling.cancel(booking, acting_on(caller(request), booking), why))

    @extend_schema(
        operation_id="bookings_cancel_partially", request=CancelIn, responses=CancelOut, parameters=[IDEMPOTENCY]
    )
    def patch(self, request: Request, booking_id: UUID) -> Response:
        """The same as POST."""
        return self.post(request, booking_id)


def cancelled(booking: Booking) -> Response:
    """The four keys of a cancellation."""
    assert booking.cancelled_at is not None
    made = Response(CancelOut(booking, context={"now": booking.cancelled_at}).data)
    return tagged(made, booking, booking.cancelled_at)


def _foretold(booking: Booking, told: Preview) -> dict[str, Any]:
    done = told.settlement
    return {
        "can_cancel": True,
        "reason": str(told.reason),
        "fee": as_text(done.fee_minor, booking.currency),
        "refund": as_text(done.refund_minor, booking.currency),
        "gift_credit_back": as_text(done.credit_back_minor, booking.currency),
        "prepaid_minutes_back": told.minutes_back,
        "owed": as_text(done.owed_minor, booking.currency),
        "currency": booking.currency,
        "is_grace": done.is_grace,
        "free_until": told.free_until and local_text(told.free_until, zone(booking.time_zone)),
        "steps": [_step(booking, rung) for rung in told.steps],
    }


def _refused(booking: Booking, refusal: Refused, reason: str, steps: tuple[Rung, ...]) -> dict[str, Any]:
    nothing = dict.fromkeys(("fee", "refund", "gift_credit_back", "prepaid_minutes_back", "owed"))
    return {
        "can_cancel": False,
        "code": refusal.code,
        "detail": refusal.detail,
        "reason": reason,
        **nothing,
        "currency": booking.currency,
        "is_grace": False,
        "free_until": None,
        "steps": [_step(booking, rung) for rung in steps],
    }


def _step(booking: Booking, rung: Rung) -> dict[str, Any]:
    return {
        "until": local_text(rung.until, zone(booking.time_zone)),
        "minutes_before": rung.minutes_before,
        "fee": as_text(rung.outcome.fee_minor, booking.currency),
        "prepaid_percent_kept": percent_text(rung.outcome.hours_kept),
    }
