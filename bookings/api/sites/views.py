"""core: services, free starts, and a customer's booking from the first wish to the end of it."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from billing import accounts
from billing.gateway.trouble import ProviderTrouble
from billing.payments import attempts
from bookings import asking, cancelling, checkout, lifecycle
from bookings.access import (
    acting_on,
    booking_by_link,
    booking_changed_by,
    booking_paid_by,
    booking_seen_by,
    link_token,
)
from bookings.api.availability import asked
from bookings.api.catalogue import ProductOut, ServicesView
from bookings.api.conditions import as_seen, tagged
from bookings.api.serializers import CancelIn
from bookings.api.sites.shapes import BookingIn, BookingOut, NewBookingOut, PaymentOut, timed
from bookings.asking import Payer
from bookings.cancelling import Cancellation
from bookings.checkout import Opened
from bookings.facts import Window
from bookings.models import Booking
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest
from bookings.states import CancelReason, State
from kernel.errors import NotFound, Refused
from kernel.money import as_text
from kernel.periods import Period
from rest.fields import BIGINT_MAX, DayField, local_text
from rest.idempotency import idempotently
from rest.origins import origin_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView, OutsideView
from schemas.current import current_tenant
from tenants import speech
from venues.access import public_products
from venues.models import Product

HEADER = "X-Booking-Token"
TOKEN = [
    OpenApiParameter("token", str, description="The booking's token, for whoever has no account."),
    OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, description="The same; it does not show in logs."),
]


class OpenView(ApiView):
    """Anybody may ask: what is free is public, guests may book, and a booking's token is the permission."""

    permission_classes = [AllowAny]


class OpenOutsideView(OutsideView):
    """As `OpenView`, where Stripe is asked."""

    permission_classes = [AllowAny]


def user_of(request: Request) -> User | None:
    """Who is signed in, if anybody is."""
    return request.user if isinstance(request.user, User) else None


class CoreServicesView(ServicesView):
    """`/services/`."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="services_list",
        parameters=PAGES,
        responses=ProductOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """All services, in the owner's order."""
        return super().get(request)


class StartsQuery(serializers.Serializer[Any]):
    """Which service, on which day of the venue."""

    service_id = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX)
    date = DayField()


class StartsView(OpenView):
    """`/availability/`."""

    @extend_schema(
        operation_id="availability",
        parameters=[StartsQuery],
        responses=serializers.ListSerializer(child=serializers.DateTimeField()),
    )
    def get(self, request: Request) -> Response:
        """When the service can begin on a day: opening hours, minus booked and blocked; in the venue's offset."""
        query = StartsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        day = query.validated_data["date"]
        user = user_of(request)
        wanted = {"service_id": query.validated_data["service_id"]}
        found = asked(wanted, Window(day, day), user.pk if user else None)
        free = {
            (wish.period.start, local_text(wish.period.start, facts.zone))
            for facts in found.facts
            for wish in facts.wishes(found.minutes(facts), 1)
            if found.predicate(facts)(wish) is None
        }
        return Response([text for _start, text in sorted(free)])


class BookingsView(OpenView):
    """`/bookings/`."""

    @extend_schema(
        operation_id="bookings_create", request=BookingIn, responses={201: NewBookingOut}, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request) -> Response:
        """Book a service: its time is kept for 15 minutes, and Stripe is asked for a payment where one is due.

        400 with a `code` that says why where it cannot be had. Where Stripe fails the time is kept all the same.
        """
        body = BookingIn(data=request.data)
        body.is_valid(raise_exception=True)
        booking = lifecycle.book(_wish(request, body.validated_data))
        _check_payable(booking)
        return Response({"id": str(booking.pk)}, 201, headers={"Location": f"{request.path}{booking.pk}/"})

    def _once(self, handler: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The booking once, for a key; after that its payment, which is the same however often it is asked for."""
        answer = idempotently(request, lambda: handler(request, *args, **kwargs))
        if answer.status_code == 201:  # noqa: PLR2004 - created
            _add_payment(answer, UUID(answer.data["id"]), user_of(request))
        return answer


class BookingView(OpenView):
    """`/bookings/{id}/`."""

    @extend_schema(operation_id="bookings_retrieve", parameters=TOKEN, responses=BookingOut)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """One booking: an own one, one at a venue that one works for, or by its token."""
        token = _token(request)
        booking = booking_by_link(booking_id, token) if token else booking_seen_by(_signed_in(request), booking_id)
        return _told(booking.pk)


class CancelView(OpenView):
    """`/bookings/{id}/cancel/`."""

    @extend_schema(
        operation_id="bookings_cancel", request=CancelIn, parameters=[*TOKEN, IDEMPOTENCY], responses=BookingOut
    )
    def patch(self, request: Request, booking_id: UUID) -> Response:
        """Cancel; a repeat gives the same answer. 400 where it is too late."""
        token = _token(request)
        if token:
            booking, actor = booking_by_link(booking_id, token), Actor.of(None)
        else:
            user = _signed_in(request)
            booking = booking_changed_by(user, booking_id)
            actor = acting_on(user, booking)
        body = CancelIn(data=request.data)
        body.is_valid(raise_exception=True)
        why = Cancellation(CancelReason(body.validated_data["reason"]), body.validated_data["notes"])
        cancelling.cancel(as_seen(request, booking), actor, why)
        return _told(booking.pk)


class IntentView(OpenOutsideView):
    """`/bookings/{id}/create-payment-intent/`."""

    @extend_schema(
        operation_id="bookings_create_payment_intent",
        request=None,
        parameters=[*TOKEN, IDEMPOTENCY],
        responses=PaymentOut,
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Ask for the payment of what is due now; asked again it is the same one. 500 where Stripe fails."""
        token = _token(request)
        user = None if token else _signed_in(request)
        booking = booking_by_link(booking_id, token) if user is None else booking_paid_by(user, booking_id)
        try:
            opened = checkout.start(booking.pk, Payer(user))
        except ProviderTrouble as trouble:
            trouble.detail = asking.unanswered(booking)
            raise
        payment = opened.payment
        amount = as_text(payment.amount_minor, payment.currency)
        return Response({**_card_form(opened), "amount": amount, "currency": payment.currency})


def _told(booking_id: UUID) -> Response:
    """A booking as it is now, with its version."""
    booking = timed(Booking.objects.filter(pk=booking_id)).get()
    now: datetime = booking.now  # type: ignore[attr-defined]
    return tagged(Response(BookingOut(booking, context={"now": now}).data), booking, now)


def _token(request: Request) -> str:
    return request.headers.get(HEADER, "") or request.query_params.get("token", "")


def _signed_in(request: Request) -> User:
    user = user_of(request)
    if user is None:
        raise exceptions.NotAuthenticated
    return user


def _wish(request: Request, wanted: dict[str, Any]) -> HoldRequest:
    user = user_of(request)
    service, start = _service(wanted["service_id"]), wanted["start_datetime"]
    return HoldRequest(
        period=Period(start, start + timedelta(minutes=service.duration_minutes or 0)),
        product_id=service.pk,
        participants=wanted["participant_count"],
        notes=wanted["notes"],
        customer=user,
        contact=_contact(wanted, user, speech.asked_for(request)),
        holder="" if user else secrets.token_hex(16),
        origin="" if user else origin_of(request),
    )


def _service(service_id: int) -> Product:
    service = public_products().filter(kind=Product.Kind.BOOKING, pk=service_id).first()
    if service is None:
        raise NotFound("not_found", _("There is no such service."))
    return service


def _contact(wanted: dict[str, Any], user: User | None, language: str) -> Contact:
    known = {"name": user.name, "email": user.email, "phone": user.phone} if user else {}
    given = {name: wanted.get(f"customer_{name}", known.get(name, "")) for name in ("name", "email", "phone")}
    missing = [name for name in ("name", "email") if not given[name]]
    if missing:
        raise serializers.ValidationError({f"customer_{name}": ["This field is required."] for name in missing})
    return Contact(**given, language=language)


def _check_payable(booking: Booking) -> None:
    """Nothing is held that nobody can pay; raises `Unavailable`, and the booking with its time is undone."""
    if _waits_for_card(booking):
        accounts.charging(current_tenant(), booking.currency)


def _waits_for_card(booking: Booking) -> bool:
    return bool(booking.state == State.HELD and booking.due_now_minor and not booking.resource.needs_approval)


def _add_payment(answer: Response, booking_id: UUID, user: User | None) -> None:
    """Answer a new booking, with its version, and with its payment where one is due and Stripe answers."""
    booking = Booking.objects.select_related("resource").get(pk=booking_id)
    form: dict[str, Any] = {"client_secret": None, "stripe_account": None}
    error = None
    if _waits_for_card(booking):
        try:
            form = _card_form(checkout.start(booking_id, Payer(user)))
        except Refused as refusal:
            error = refusal.code
    form.pop("payment_intent_id", None)  # the booking has it
    told = _told(booking_id)
    answer.data = {**told.data, "token": link_token(booking), **form, "payment_error": error}
    answer["ETag"] = told["ETag"]


def _card_form(opened: Opened) -> dict[str, Any]:
    """What Stripe.js is opened with."""
    return {
        "client_secret": opened.intent.client_secret,
        "payment_intent_id": opened.intent.id,
        "stripe_account": attempts.place_of(opened.payment).scope or None,
    }
