"""`/bookings`: a slot is reserved, gets its details, is confirmed or paid, and given up."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bookings import lifecycle
from bookings.access import booking_of_agent, bookings_of_agent
from bookings.agents import Agent
from bookings.api.conditions import as_seen, tagged
from bookings.api.filters import MomentField
from bookings.api.partner.base import PAGES, ROOT, PartnerView, agent_of
from bookings.api.partner.details import fill_in, give_up
from bookings.api.partner.moments import end_of, first_of
from bookings.api.partner.shapes import CANCEL, BookingOut, DetailsIn, ReservationIn, shown, timed
from bookings.api.partner.slots import UNKNOWN, product_called, space_called
from bookings.api.partner.spelling import Camel, page_of
from bookings.models import Booking
from bookings.projection import PARTNER, PARTNER_STATUSES, phase_sql, phases_called
from bookings.requests import HoldRequest
from kernel.periods import Period
from rest import scopes
from rest.fields import WordsField
from rest.parameters import IDEMPOTENCY, several


class BookingFilter(Camel[Any]):
    """The query parameters."""

    status = WordsField(PARTNER_STATUSES)
    to = MomentField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {**super().get_fields(), "from": MomentField(required=False)}


class BookingsView(PartnerView):
    """`/bookings`."""

    @extend_schema(
        operation_id="bookings_list",
        parameters=[
            several("status", PARTNER_STATUSES),
            OpenApiParameter("from", str, description="Day of UTC, or date and time with offset: start at or after."),
            OpenApiParameter("to", str, description="Day of UTC (inclusive), or date and time with offset: before."),
            *PAGES,
        ],
        responses=BookingOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """What this app has made, the latest start first; with a token of somebody's, what it has made for them."""
        query = BookingFilter(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = _narrowed(bookings_of_agent(agent_of(request)), query.validated_data)
        return page_of(self, request, timed(rows).order_by("-start", "id"), shown)

    @extend_schema(
        operation_id="bookings_create",
        request=ReservationIn,
        responses={201: BookingOut, 404: UNKNOWN},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        """Reserve a slot for 15 minutes: `RESERVED_15_MIN`, until `expiresAt`. 409 where it cannot be had."""
        body = ReservationIn(data=request.data)
        body.is_valid(raise_exception=True)
        agent = agent_of(request)
        booking = lifecycle.hold(_wish(agent, body.validated_data), agent.actor)
        answer = _told(booking.pk, 201)
        answer["Location"] = f"{ROOT}bookings/{booking.pk}"
        return answer


class BookingView(PartnerView):
    """`/bookings/{id}`."""

    @extend_schema(operation_id="bookings_retrieve", responses=BookingOut)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """One of these bookings; 404 for everybody else's."""
        return _told(booking_of_agent(agent_of(request), booking_id).pk)

    @extend_schema(operation_id="bookings_update", request=DetailsIn, responses=BookingOut, parameters=[IDEMPOTENCY])
    def patch(self, request: Request, booking_id: UUID) -> Response:
        """Say who comes, and have it confirmed or paid.

        With `paymentEnabled: true` it is `PENDING` until it is paid on the page in `Location`. With `false` it is
        `CONFIRMED` where the venue takes payment on site or nothing is due, else 400 `payment_required`. 410
        `hold_expired` once its time is over.
        """
        agent = agent_of(request)
        booking = as_seen(request, booking_of_agent(agent, booking_id))
        if isinstance(request.data, dict) and request.data.get("status") == CANCEL:
            give_up(request, booking)
            return _told(booking_id)
        scopes.require(request, scopes.BOOKING_WRITE)
        body = DetailsIn(data=request.data)
        body.is_valid(raise_exception=True)
        fill_in(agent, booking, body.validated_data)
        answer = _told(booking_id)
        if body.validated_data.get("payment_enabled") and answer.data["paymentUrl"]:
            answer["Location"] = answer.data["paymentUrl"]
        return answer

    @extend_schema(operation_id="bookings_destroy", responses={200: BookingOut}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, booking_id: UUID) -> Response:
        """Give it up: freely before it is confirmed, by the venue's terms after that, which needs `booking:cancel`.

        A repeat gives the same answer. 409 `not_cancellable` once it has begun.
        """
        give_up(request, as_seen(request, booking_of_agent(agent_of(request), booking_id)))
        return _told(booking_id)


def _wish(agent: Agent, wanted: dict[str, Any]) -> HoldRequest:
    product, space = product_called(wanted["product_id"]), space_called(wanted["space_id"])
    start = wanted["slot"]["from"]
    end = start + timedelta(minutes=product.duration_minutes or 0)
    if wanted["slot"].get("to", end) != end:
        problem = f"This service takes {product.duration_minutes} minutes."
        raise serializers.ValidationError({"slot": {"to": [problem]}})
    own = agent.name if agent.user is None else ""
    return HoldRequest(
        period=Period(start, end),
        resource_id=space.pk,
        product_id=product.pk,
        answers=None,
        customer=agent.user,
        holder=own,
        origin=own,
        agent=agent.name,
    )


def _narrowed(rows: QuerySet[Booking], wanted: dict[str, Any]) -> QuerySet[Booking]:
    if "status" in wanted:
        rows = rows.annotate(phase=phase_sql(Now())).filter(phase__in=phases_called(PARTNER, wanted["status"]))
    if "from" in wanted:
        rows = rows.filter(start__gte=first_of(wanted["from"]))
    if "to" in wanted:
        rows = rows.filter(start__lt=end_of(wanted["to"]))
    return rows


def _told(booking_id: UUID, status: int = 200) -> Response:
    """A booking as it is now, with its version."""
    booking = timed(Booking.objects.filter(pk=booking_id)).get()
    return tagged(Response(shown([booking])[0], status), booking, booking.now)  # type: ignore[attr-defined]
