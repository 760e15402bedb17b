"""The export of bookings: what they are, whose, for how much, and what became of them."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from bookings.exports import lasting
from bookings.exports.writing import Row, Rows, Sheet
from bookings.models import Booking
from bookings.projection import v1_status
from kernel.money import as_text
from kernel.periods import Period
from rest.fields import local_text
from tenants.zones import zone

COLUMNS = (
    "id", "reference_code", "venue", "resource", "resource_name", "product_name", "start_datetime", "end_datetime",
    "duration_minutes", "participant_count", "status", "payment_status", "currency", "total_price", "tax", "paid",
    "owed", "to_return", "customer", "name", "email", "phone", "notes", "series", "created_at", "confirmed_at",
    "paid_at", "cancelled_at", "cancel_reason",
)  # fmt: skip
WORDS = frozenset({"resource_name", "product_name", "name", "email", "phone", "notes"})


def sheet(bookings: QuerySet[Booking], now: datetime) -> Sheet:
    """These bookings, the earliest start first; their status is that of `now`."""

    def each(packed: bytes) -> Iterator[Row]:
        whole = Booking.objects.select_related("resource__venue", "product")
        for piece in lasting.by_uuid(packed, whole):
            yield from (row_of(booking, now) for booking in piece)

    def rows() -> Rows:
        packed = lasting.uuids_of(bookings.order_by("start", "id"))
        return Rows(len(packed) // lasting.LENGTH, each(packed))

    return Sheet("bookings", COLUMNS, frozenset(COLUMNS) - WORDS, rows)


def row_of(booking: Booking, now: datetime) -> Row:
    """A booking's row. Start and end have the venue's offset, all other instants are in UTC."""
    in_zone = zone(booking.time_zone)

    def money(minor: int) -> str:
        return as_text(minor, booking.currency)

    return {
        "id": str(booking.pk),
        "reference_code": booking.reference_code,
        "venue": booking.resource.venue.slug,
        "resource": booking.resource_id,
        "resource_name": booking.resource.name,
        "product_name": booking.product.name if booking.product else None,
        "start_datetime": local_text(booking.start, in_zone),
        "end_datetime": local_text(booking.end, in_zone),
        "duration_minutes": Period(booking.start, booking.end).minutes,
        "participant_count": booking.participants,
        "status": v1_status(booking, now),
        "payment_status": booking.payment_state,
        "currency": booking.currency,
        "total_price": money(booking.total_minor),
        "tax": money(booking.tax_minor),
        "paid": money(booking.credit_minor + booking.here_minor),
        "owed": money(booking.owed_minor),
        "to_return": money(booking.refund_due_minor),
        "customer": booking.customer_id,
        "name": booking.name,
        "email": booking.email,
        "phone": booking.phone,
        "notes": booking.notes,
        "series": booking.series_id,
        "created_at": stamp(booking.created_at),
        "confirmed_at": stamp(booking.confirmed_at),
        "paid_at": stamp(booking.paid_at),
        "cancelled_at": stamp(booking.cancelled_at),
        "cancel_reason": booking.cancel_reason or None,
    }


def stamp(instant: datetime | None) -> str | None:
    """An instant in UTC with a `Z`, to the second."""
    return None if instant is None else f"{instant:%Y-%m-%dT%H:%M:%SZ}"
