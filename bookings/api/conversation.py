"""v1: what a customer and the team write to each other about a booking."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings import conversation
from bookings.access import acting_on, booking_changed_by, booking_seen_by
from bookings.models import Booking, BookingMessage
from rest.fields import InstantField
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView


class MessageIn(serializers.Serializer[Any]):
    """What is written to the other side."""

    text = serializers.CharField(max_length=BookingMessage.LONGEST)


class MessageOut(serializers.Serializer[BookingMessage]):
    """A word of one side. `author` is who of the team wrote it, for the team alone. Context: `is_staff`.

    `answered_at` says since when a customer's word waits no more.
    """

    id = serializers.IntegerField()
    side = serializers.ChoiceField(choices=BookingMessage.Side.choices)
    author = serializers.SerializerMethodField()
    text = serializers.CharField()
    at = InstantField()
    answered_at = InstantField(allow_null=True)

    @extend_schema_field({"type": "string", "nullable": True})
    def get_author(self, message: BookingMessage) -> str | None:
        """Null for customers' words, and for customers."""
        return message.author.name if self.context["is_staff"] and message.author else None


class MessagesView(ApiView):
    """`/bookings/{id}/messages/`."""

    @extend_schema(operation_id="bookings_messages_list", parameters=PAGES, responses=MessageOut(many=True))
    def get(self, request: Request, booking_id: UUID) -> Response:
        """What was written about an own booking, or one at a venue that the caller works for; the oldest first."""
        user = caller(request)
        booking = booking_seen_by(user, booking_id)
        context = {"is_staff": _reads_as_staff(user, booking)}
        return page_of(self, request, conversation.thread(booking), MessageOut, lambda _rows: context)

    @extend_schema(
        operation_id="bookings_messages_create",
        request=MessageIn,
        responses={201: MessageOut},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Write. The venue's words go to the customer by mail, a customer's to the owners, and wait for an answer."""
        user = caller(request)
        booking = booking_changed_by(user, booking_id)
        body = MessageIn(data=request.data)
        body.is_valid(raise_exception=True)
        text, is_staff = body.validated_data["text"], acting_on(user, booking).is_staff
        made = conversation.answer(booking, text, user) if is_staff else conversation.ask(booking, text)
        return Response(MessageOut(made, context={"is_staff": is_staff}).data, 201)


def _reads_as_staff(user: User, booking: Booking) -> bool:
    return user.is_staff_member and booking.customer_id != user.pk
