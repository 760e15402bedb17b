"""v1: a booking's ticket, who comes along, and what has happened to it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings import looks, participants, visits
from bookings.access import acting_on, booking_changed_by, booking_overseen_by, booking_seen_by
from bookings.agents import client_of
from bookings.api.conditions import as_seen
from bookings.models import Booking, BookingEvent
from bookings.participants import Person
from kernel.money import as_text
from rest.fields import SMALLINT_MAX, InstantField
from rest.parameters import IDEMPOTENCY
from rest.views import ApiView

MINOR = "_minor"
BY = {
    BookingEvent.ActorKind.CUSTOMER: "customer",
    BookingEvent.ActorKind.GUEST: "customer",
    BookingEvent.ActorKind.APP: "customer",
    BookingEvent.ActorKind.STAFF: "venue",
    BookingEvent.ActorKind.SYSTEM: "system",
}


class TicketOut(serializers.Serializer[Any]):
    """What to show at the door: `code` is what the QR code says."""

    reference_code = serializers.CharField()
    code = serializers.CharField()
    qr_svg = serializers.CharField()


class PersonShape(serializers.Serializer[Person]):
    """Somebody who comes along."""

    name = serializers.CharField(max_length=150)
    email = serializers.EmailField(max_length=254, allow_blank=True, default="")


class PeopleIn(serializers.Serializer[Any]):
    """The whole list; at most as many as were booked for."""

    participants = serializers.ListField(child=PersonShape(), max_length=SMALLINT_MAX)


class ChangeShape(serializers.Serializer[Any]):
    """One thing that was changed; amounts are decimal strings."""

    field = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class HistoryOut(serializers.Serializer[Any]):
    """One act. `by` is `customer`, `venue` or `system`; the states are the engine's own."""

    at = InstantField()
    act = serializers.CharField()
    by = serializers.CharField()
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    changes = ChangeShape(many=True)


class StaffHistoryOut(HistoryOut):
    """The same with the name of who acted, where they still have an account, and why."""

    actor = serializers.CharField(allow_null=True)
    why = serializers.CharField()


class TicketView(ApiView):
    """`/bookings/{id}/ticket/`."""

    @extend_schema(operation_id="bookings_ticket", responses=TicketOut)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """The ticket of a confirmed booking, for its customer and for staff. 400 `wrong_state` for any other."""
        booking = booking_seen_by(caller(request), booking_id)
        code = visits.ticket(booking)
        return Response({"reference_code": booking.reference_code, "code": code, "qr_svg": visits.picture(booking)})


class TicketSvgView(ApiView):
    """`/bookings/{id}/ticket.svg`."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Whoever asks for an image gets one: there is nothing to negotiate but refusals, which are JSON."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        operation_id="bookings_ticket_svg", responses={(200, "image/svg+xml"): OpenApiResponse({"type": "string"})}
    )
    def get(self, request: Request, booking_id: UUID) -> HttpResponse:
        """The QR code of the ticket as an image."""
        picture = visits.picture(booking_seen_by(caller(request), booking_id))
        return HttpResponse(picture, content_type="image/svg+xml")


class ParticipantsView(ApiView):
    """`/bookings/{id}/participants/`."""

    @extend_schema(operation_id="bookings_participants_list", responses=PersonShape(many=True))
    def get(self, request: Request, booking_id: UUID) -> Response:
        """Who comes along, by name, in the customer's order."""
        people = participants.people_of(booking_seen_by(caller(request), booking_id))
        return Response([{"name": person.name, "email": person.email} for person in people])

    @extend_schema(
        operation_id="bookings_participants_replace",
        request=PeopleIn,
        responses=PersonShape(many=True),
        parameters=[IDEMPOTENCY],
    )
    def put(self, request: Request, booking_id: UUID) -> Response:
        """Put this list in place of the old one; until the booking is over."""
        booking = as_seen(request, booking_changed_by(caller(request), booking_id))
        body = PeopleIn(data=request.data)
        body.is_valid(raise_exception=True)
        people = [Person(row["name"], row["email"]) for row in body.validated_data["participants"]]
        people = participants.write(booking, people, acting_on(caller(request), booking))
        return Response([{"name": person.name, "email": person.email} for person in people])


class HistoryView(ApiView):
    """`/bookings/{id}/history/`."""

    @extend_schema(operation_id="bookings_history", responses=HistoryOut(many=True))
    def get(self, request: Request, booking_id: UUID) -> Response:
        """What has happened, the first first; of staff it says only that it was the venue."""
        booking = booking_seen_by(caller(request), booking_id)
        return Response(HistoryOut([_told(booking, happened) for happened in _events(booking)], many=True).data)


class StaffHistoryView(ApiView):
    """`/admin/bookings/{id}/history/`."""

    @extend_schema(operation_id="admin_bookings_history", responses=StaffHistoryOut(many=True))
    def get(self, request: Request, booking_id: UUID) -> Response:
        """What has happened, the first first, with who did it and why."""
        booking = booking_overseen_by(caller(request), booking_id)
        events = _events(booking)
        names = _actors(booking, events)
        rows = [{**_told(booking, each), "actor": names.get(each.pk), "why": each.why} for each in events]
        return Response(StaffHistoryOut(rows, many=True).data)


def _events(booking: Booking) -> list[BookingEvent]:
    return list(BookingEvent.objects.filter(booking=booking).prefetch_related("changes").order_by("at", "pk"))


def _actors(booking: Booking, events: list[BookingEvent]) -> dict[int, str]:
    """The names of those who did it, by event: an app's number is none of a person's."""
    people = [each for each in events if each.actor_id and each.actor_kind != BookingEvent.ActorKind.APP]
    named = dict(User.objects.filter(pk__in=[each.actor_id for each in people]).values_list("pk", "name"))
    found = {each.pk: named[each.actor_id] for each in people if each.actor_id in named}
    found |= {each.pk: looks.PLATFORM for each in people if (each.actor_id or 0) < 0}
    client = client_of(booking.agent) if booking.agent else None
    if client is not None:
        found |= {each.pk: client.name for each in events if each.actor_kind == BookingEvent.ActorKind.APP}
    return found


def _told(booking: Booking, happened: BookingEvent) -> dict[str, Any]:
    return {
        "at": happened.at,
        "act": happened.act,
        "by": BY[BookingEvent.ActorKind(happened.actor_kind)],
        "from_state": happened.from_state,
        "to_state": happened.to_state,
        "changes": [
            {
                "field": change.field.removesuffix(MINOR),
                "before": _text(change.field, change.before, booking.currency),
                "after": _text(change.field, change.after, booking.currency),
            }
            for change in happened.changes.all()
        ],
    }


def _text(field: str, value: str, currency: str) -> str:
    is_amount = field.endswith(MINOR) and value.lstrip("-").isdigit()
    return as_text(int(value), currency) if is_amount else value
