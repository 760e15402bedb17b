"""v1 for the people who run the venue."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings import cancelling, closures, lifecycle, visits
from bookings.access import booking_run_by, bookings_for_staff
from bookings.api.bookings import IDEMPOTENCY, bookings_page, shown
from bookings.api.filters import FILTERS, filtered
from bookings.api.serializers import BookingOut, CancelIn, CancelOut, ClosureIn, ClosureOut
from bookings.cancelling import Cancellation
from bookings.closures import ClosureRequest
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import CancelReason
from kernel.errors import NotFound
from kernel.periods import Period
from rest.pagination import page_of
from rest.views import ApiView
from venues.access import check_staff, closures_run_by, closures_seen_by, venue_run_by

PAGES = [OpenApiParameter("page", int), OpenApiParameter("page_size", int)]


class AllBookingsView(ApiView):
    """`/admin/bookings/`."""

    @extend_schema(operation_id="admin_bookings_list", parameters=[*FILTERS, *PAGES], responses=BookingOut(many=True))
    def get(self, request: Request) -> Response:
        """All bookings at the caller's venues, the latest start first; staff only."""
        bookings = filtered(bookings_for_staff(caller(request)), request)
        return bookings_page(self, request, bookings.order_by("-start", "id"))


class ConfirmView(ApiView):
    """`/admin/bookings/{id}/confirm/`."""

    @extend_schema(request=None, responses=BookingOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Accept a held or pending booking that is paid on site."""
        booking = lifecycle.confirm(booking_run_by(caller(request), booking_id), Actor.of(caller(request)))
        return Response(shown(booking, request, booking.updated_at))


class StaffCancelView(ApiView):
    """`/admin/bookings/{id}/cancel/`."""

    @extend_schema(request=CancelIn, responses=CancelOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Cancel for the venue; only staff can say that it was the weather."""
        booking = booking_run_by(caller(request), booking_id)
        body = CancelIn(data=request.data)
        body.is_valid(raise_exception=True)
        why = Cancellation(CancelReason(body.validated_data["reason"]), body.validated_data["notes"])
        cancelled = cancelling.cancel(booking, Actor.of(caller(request)), why)
        return Response(CancelOut(cancelled, context={"now": cancelled.updated_at}).data)


class NoShowView(ApiView):
    """`/admin/bookings/{id}/no-show/`."""

    @extend_schema(request=None, responses=BookingOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Nobody came."""
        booking: Booking = visits.mark_no_show(booking_run_by(caller(request), booking_id), Actor.of(caller(request)))
        return Response(shown(booking, request, booking.updated_at))


class ClosuresView(ApiView):
    """`/admin/closures/`."""

    @extend_schema(operation_id="admin_closures_list", parameters=PAGES, responses=ClosureOut(many=True))
    def get(self, request: Request) -> Response:
        """Closures at the caller's venues, the latest start first; staff only."""
        check_staff(caller(request))
        rows = closures_seen_by(caller(request)).select_related("venue").order_by("-start", "id")
        return page_of(self, request, rows, ClosureOut)

    @extend_schema(request=ClosureIn, responses={201: ClosureOut}, parameters=[IDEMPOTENCY])
    def post(self, request: Request) -> Response:
        """Take time out. 400 `closure_conflicts` with the bookings in the way, and nothing changed."""
        check_staff(caller(request))
        body = ClosureIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        closure = closures.block_out(
            ClosureRequest(
                venue=venue_run_by(caller(request), wanted["venue"]),
                period=Period(wanted["start_datetime"], wanted["end_datetime"]),
                resource_id=wanted["resource"],
                reason=wanted["reason"],
                user=caller(request),
            )
        )
        return Response(ClosureOut(closure).data, 201, headers={"Location": f"{request.path}{closure.pk}/"})


class ClosureView(ApiView):
    """`/admin/closures/{id}/`."""

    @extend_schema(operation_id="admin_closures_destroy", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, closure_id: int) -> Response:
        """Take a closure back."""
        check_staff(caller(request))
        closure = closures_run_by(caller(request)).filter(pk=closure_id).first()
        if closure is None:
            raise NotFound("not_found", "There is no such closure.")
        closures.reopen(closure)
        return Response(status=204)
