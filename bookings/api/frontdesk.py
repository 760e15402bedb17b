"""v1 for the front desk: yes or no, cancelling, money, who came and who did not, the weather."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings import cancelling, lifecycle, visits, weather
from bookings.access import booking_overseen_by, booking_run_by
from bookings.api.amounts import minor_of
from bookings.api.bookings import shown
from bookings.api.cancelling import cancelled
from bookings.api.conditions import as_seen, tagged
from bookings.api.serializers import BookingOut, CancelOut
from bookings.api.staff_shapes import (
    ArrivalOut,
    CodeIn,
    DeclineIn,
    PaymentIn,
    PaymentOut,
    StaffCancelIn,
    WeatherIn,
    WeatherOut,
)
from bookings.cancelling import Cancellation
from bookings.lifecycle import Taking
from bookings.models import Booking, OnSitePayment
from bookings.records import Actor
from bookings.states import CancelReason
from bookings.weather import BadWeather, RainedOff
from kernel.money import as_text
from rest.fields import local_text
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY
from rest.views import ApiView
from tenants.zones import zone
from venues.access import check_staff, venue_run_by


def _to_change(request: Request, booking_id: UUID) -> Booking:
    return as_seen(request, booking_run_by(caller(request), booking_id))


def _told(request: Request, booking: Booking) -> Response:
    return tagged(Response(shown(booking, request, booking.updated_at)), booking, booking.updated_at)


class ConfirmView(ApiView):
    """`/admin/bookings/{id}/confirm/`."""

    @extend_schema(request=None, responses=BookingOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Say yes. What is to be paid online then waits for the payment, a day at most; all else is confirmed."""
        booking = lifecycle.confirm(_to_change(request, booking_id), Actor.of(caller(request)))
        return _told(request, booking)


class DeclineView(ApiView):
    """`/admin/bookings/{id}/decline/`."""

    @extend_schema(request=DeclineIn, responses=CancelOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Say no to a request for approval: cancelled, at no cost."""
        booking = _to_change(request, booking_id)
        body = DeclineIn(data=request.data)
        body.is_valid(raise_exception=True)
        return cancelled(cancelling.decline(booking, Actor.of(caller(request)), body.validated_data["notes"]))


class StaffCancelView(ApiView):
    """`/admin/bookings/{id}/cancel/`."""

    @extend_schema(request=StaffCancelIn, responses=CancelOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Cancel for the venue; only staff can say that it was the weather, or charge another fee."""
        booking = _to_change(request, booking_id)
        body = StaffCancelIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        fee = wanted.get("fee")
        fee_minor = None if fee is None else minor_of(fee, booking.currency, "fee")
        because = "" if fee is None else wanted["because"].strip()
        why = Cancellation(CancelReason(wanted["reason"]), wanted["notes"], fee_minor, fee_because=because)
        return cancelled(cancelling.cancel(booking, Actor.of(caller(request)), why))


class NoShowView(ApiView):
    """`/admin/bookings/{id}/no-show/`."""

    @extend_schema(request=None, responses=BookingOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Nobody came: the policy's fee for it is charged."""
        booking = visits.mark_no_show(_to_change(request, booking_id), Actor.of(caller(request)))
        return _told(request, booking)


class UndoNoShowView(ApiView):
    """`/admin/bookings/{id}/undo-no-show/`."""

    @extend_schema(request=None, responses=BookingOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """They did come; for two weeks."""
        booking = visits.undo_no_show(_to_change(request, booking_id), Actor.of(caller(request)))
        return _told(request, booking)


class CheckInView(ApiView):
    """`/admin/bookings/{id}/check-in/`."""

    @extend_schema(request=None, responses=ArrivalOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """They are here: from an hour before the start until the end. Twice is once."""
        booking = _to_change(request, booking_id)
        return Response(ArrivalOut(visits.check_in(booking, Actor.of(caller(request)))).data)


class CheckInByCodeView(ApiView):
    """`/admin/check-in/`."""

    @extend_schema(request=CodeIn, responses=ArrivalOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request) -> Response:
        """The same, for the booking whose QR code was read. 400 `code_invalid` for a code that is not ours."""
        check_staff(caller(request))
        body = CodeIn(data=request.data)
        body.is_valid(raise_exception=True)
        booking = _to_change(request, visits.booking_of(body.validated_data["code"]))
        return Response(ArrivalOut(visits.check_in(booking, Actor.of(caller(request)))).data)


class PaymentsView(ApiView):
    """`/admin/bookings/{id}/payments/`."""

    @extend_schema(operation_id="admin_bookings_payments_list", responses=PaymentOut(many=True))
    def get(self, request: Request, booking_id: UUID) -> Response:
        """Money that changed hands at the desk, the first first."""
        booking = booking_overseen_by(caller(request), booking_id)
        rows = OnSitePayment.objects.filter(booking=booking).select_related("taken_by").order_by("pk")
        return page_of(self, request, rows, PaymentOut, lambda _rows: {"currency": booking.currency})

    @extend_schema(
        operation_id="admin_bookings_payments_create",
        request=PaymentIn,
        responses={201: PaymentOut},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Note money taken, or given back: never more than is due, or to be returned."""
        booking = _to_change(request, booking_id)
        body = PaymentIn(data=request.data)
        body.is_valid(raise_exception=True)
        amount = minor_of(body.validated_data["amount"], booking.currency, "amount", least=None)
        taking = Taking(amount, OnSitePayment.Way(body.validated_data["way"]))
        lifecycle.pay_on_site(booking, taking, Actor.of(caller(request)))
        made = OnSitePayment.objects.filter(booking=booking).select_related("taken_by").latest("pk")
        return Response(PaymentOut(made, context={"currency": booking.currency}).data, 201)


class WeatherView(ApiView):
    """`/admin/weather/`."""

    @extend_schema(operation_id="admin_weather", request=WeatherIn, responses=WeatherOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request) -> Response:
        """Call off everything outdoors on a local day, or in some hours of it. All of it or nothing; twice is once."""
        check_staff(caller(request))
        body = WeatherIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        venue = venue_run_by(caller(request), wanted["venue"])
        period = weather.hours_of(venue, wanted["date"], wanted["from_time"], wanted["to_time"])
        bad = BadWeather(venue, period, frozenset(wanted["resources"]), wanted["notes"])
        act = weather.foretell if wanted["preview"] else weather.call_off
        gone = act(bad, Actor.of(caller(request)))
        return Response(
            {
                "preview": wanted["preview"],
                "from_datetime": local_text(period.start, zone(venue.time_zone)),
                "to_datetime": local_text(period.end, zone(venue.time_zone)),
                "count": len(gone),
                "bookings": [_rained_off(one) for one in gone],
            }
        )


def _rained_off(one: RainedOff) -> dict[str, Any]:
    booking, done = one.booking, one.settlement
    in_zone = zone(booking.time_zone)
    return {
        "id": str(booking.pk),
        "reference_code": booking.reference_code,
        "resource": booking.resource_id,
        "resource_name": booking.resource.name,
        "start_datetime": local_text(booking.start, in_zone),
        "end_datetime": local_text(booking.end, in_zone),
        "fee": as_text(done.fee_minor, booking.currency),
        "refund": as_text(done.refund_minor, booking.currency),
        "gift_credit_back": as_text(done.credit_back_minor, booking.currency),
        "prepaid_minutes_back": one.minutes_back,
        "owed": as_text(done.owed_minor, booking.currency),
        "currency": booking.currency,
    }
