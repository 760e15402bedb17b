"""In whose words something is told: those of v1, and those of partners, whose names and statuses are others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bookings.hooks.bodies import data_of, stamp
from bookings.models import Booking, WebhookMessage
from bookings.projection import partner_status, v1_status
from bookings.states import WAITING
from kernel.money import as_text
from kernel.periods import Period
from rest.fields import local_text
from rest.spelling import camel
from tenants.zones import zone

Data = dict[str, object]
Extra = Mapping[str, object]
Dialect = WebhookMessage.Dialect


@dataclass(frozen=True)
class Words:
    """A dialect: what it calls a status, what it tells of a booking, and how it spells what a type has besides."""

    dialect: Dialect
    status: Callable[[Booking, datetime], str]
    data: Callable[[Booking, datetime], Data]
    place: Callable[[Booking, Period, str], Data]
    spelt: Callable[[Extra], Extra]


def _place(booking: Booking, period: Period, name: str) -> Data:
    """Where and when a booking was, in the venue's offset."""
    in_zone = zone(booking.time_zone)
    return {
        "start_datetime": local_text(period.start, in_zone),
        "end_datetime": local_text(period.end, in_zone),
        "resource_name": name,
    }


def _partners_place(_booking: Booking, period: Period, name: str) -> Data:
    return {"slot": _slot(period), "spaceName": name}


def _slot(period: Period) -> Data:
    return {"from": stamp(period.start), "to": stamp(period.end)}


def _partners_data(booking: Booking, now: datetime) -> Data:
    """What partners know a booking by, without the customer's details: they have them."""
    product = booking.product
    return {
        "id": str(booking.pk),
        "referenceCode": booking.reference_code,
        "status": partner_status(booking, now),
        "productId": str(product.public_id) if product else None,
        "spaceId": str(booking.resource.public_id),
        "slot": _slot(Period(booking.start, booking.end)),
        "expiresAt": stamp(booking.hold_expires_at) if booking.state in WAITING else None,
        "totalPrice": as_text(booking.total_minor, booking.currency),
        "currency": booking.currency,
        "confirmedAt": stamp(booking.confirmed_at),
        "paidAt": stamp(booking.paid_at),
        "cancelledAt": stamp(booking.cancelled_at),
        "createdAt": stamp(booking.created_at),
        "updatedAt": stamp(booking.updated_at),
    }


def _camel(extra: Extra) -> Extra:
    return {camel(name): value for name, value in extra.items()}


V1 = Words(Dialect.V1, v1_status, data_of, _place, dict)
PARTNER = Words(Dialect.PARTNER, partner_status, _partners_data, _partners_place, _camel)
