"""What is told of a booking: v1's representation, as lists have it, and what the event needs."""

import json
from datetime import UTC, datetime

from bookings.cancelling import can_cancel
from bookings.models import Booking, BookingEvent, WebhookDelivery
from bookings.projection import is_upcoming, v1_status
from bookings.records import Actor
from kernel.money import as_text
from kernel.periods import Period
from rest.fields import local_text
from tenants.zones import zone


def data_of(booking: Booking, now: datetime) -> dict[str, object]:
    """API.md's list form of a booking whose resource and venue are read; `can_cancel` is its customer's answer."""
    in_zone = zone(booking.time_zone)
    place = booking.resource
    return {
        "id": str(booking.pk),
        "reference_code": booking.reference_code,
        "resource": booking.resource_id,
        "resource_name": place.name,
        "venue_name": place.venue.name,
        "venue_address": place.venue.address,
        "start_datetime": local_text(booking.start, in_zone),
        "end_datetime": local_text(booking.end, in_zone),
        "duration_minutes": Period(booking.start, booking.end).minutes,
        "participant_count": booking.participants,
        "price_per_unit": as_text(booking.price_per_unit_minor, booking.currency),
        "pricing_unit": booking.pricing_unit,
        "total_price": as_text(booking.total_minor, booking.currency),
        "currency": booking.currency,
        "status": v1_status(booking, now),
        "can_cancel": can_cancel(booking, _customer(booking), now),
        "is_upcoming": is_upcoming(booking, now),
        "notes": booking.notes,
        "confirmed_at": stamp(booking.confirmed_at),
        "paid_at": stamp(booking.paid_at),
        "cancelled_at": stamp(booking.cancelled_at),
        "created_at": stamp(booking.created_at),
        "updated_at": stamp(booking.updated_at),
    }


def _customer(booking: Booking) -> Actor:
    kind = BookingEvent.ActorKind.CUSTOMER if booking.customer_id else BookingEvent.ActorKind.GUEST
    return Actor(kind, booking.customer_id)


def stamp(instant: datetime | None) -> str | None:
    """`2025-01-10T12:00:00Z`, as v1 has it."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if instant else None


def body_of(delivery: WebhookDelivery) -> str:
    """The JSON that is signed and sent: for a delivery the same whenever it is made."""
    message = delivery.message
    body = {
        "id": message.message_id,
        "type": message.type,
        "timestamp": stamp(message.happened_at),
        "sequence": delivery.sequence,
        "data": message.data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
