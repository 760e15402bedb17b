"""v1: a customer's own bookings."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings import lifecycle, looks
from bookings.access import booking_seen_by, bookings_of
from bookings.api.conditions import tagged
from bookings.api.filters import FILTERS, filtered
from bookings.api.serializers import BookingDetail, BookingIn, BookingOut
from bookings.api.wishes import wish_of
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import LIVE
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY
from rest.views import ApiView
from schemas.clock import database_now
from tenants import speech


def bookings_page(
    view: ApiView, request: Request, bookings: QuerySet[Booking], shape: type[BookingOut] = BookingOut
) -> Response:
    """One page of bookings, for this caller at the database's clock."""

    def context(rows: list[Any]) -> dict[str, Any]:
        return {"now": rows[0].now if rows else None, "actor": Actor.of(caller(request))}

    timed = bookings.select_related("resource__venue").annotate(now=Now())
    return page_of(view, request, timed, shape, context)


def shown(booking: Booking, request: Request, now: datetime) -> Any:
    """A booking in the form of list and create."""
    return BookingOut(booking, context={"now": now, "actor": Actor.of(caller(request))}).data


class BookingsView(ApiView):
    """`/bookings/`."""

    @extend_schema(
        operation_id="bookings_list",
        parameters=[*FILTERS, OpenApiParameter("page", int), OpenApiParameter("page_size", int)],
        responses=BookingOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """The caller's own bookings, the latest start first."""
        return bookings_page(self, request, filtered(bookings_of(caller(request)), request).order_by("-start", "id"))

    @extend_schema(request=BookingIn, responses={201: BookingOut}, parameters=[IDEMPOTENCY])
    def post(self, request: Request) -> Response:
        """Hold a slot for 15 minutes. 400 with a `code` that says why where it cannot be had."""
        body = BookingIn(data=request.data)
        body.is_valid(raise_exception=True)
        booking = self._held(request, body.validated_data)
        headers = {"Location": f"{request.path}{booking.pk}/"}
        made = Response(shown(booking, request, booking.created_at), 201, headers=headers)
        return tagged(made, booking, booking.created_at)

    def _held(self, request: Request, wanted: dict[str, Any]) -> Booking:
        wish = wish_of(wanted, caller(request))
        reached = replace(wish.contact, language=speech.asked_for(request))
        return lifecycle.book(replace(wish, contact=reached), wanted.get("payment"))


class UpcomingView(ApiView):
    """`/bookings/upcoming/`."""

    @extend_schema(operation_id="bookings_upcoming", parameters=FILTERS, responses=BookingOut(many=True))
    def get(self, request: Request) -> Response:
        """The caller's own bookings that are still to come, the next one first."""
        coming = bookings_of(caller(request)).filter(start__gt=Now(), state__in=LIVE)
        coming = coming.exclude(hold_expires_at__lte=Now())
        return bookings_page(self, request, filtered(coming, request).order_by("start", "id"))


class BookingView(ApiView):
    """`/bookings/{id}/`."""

    @extend_schema(operation_id="bookings_retrieve", responses=BookingDetail)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """One booking; another customer's is 403, one that does not exist 404."""
        booking = booking_seen_by(caller(request), booking_id)
        looks.at_booking(caller(request), booking)
        now = database_now()
        context = {"now": now, "actor": Actor.of(caller(request))}
        return tagged(Response(BookingDetail(booking, context=context).data), booking, now)
