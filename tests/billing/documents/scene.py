"""Bookings with prices at several rates of VAT, payments and refunds as rows, and documents read back."""

import io
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from pypdf import PdfReader

from billing.payments.models import Document, Payment, Refund
from billing.payments.sheets import pdf_of
from bookings.models import Booking, BookingLine, BookingResource
from schemas.clock import database_now
from tests.worlds import World
from venues.models import Resource

START = datetime(2027, 3, 6, 17, 0, tzinfo=UTC)
SPORT_AND_DRINKS = (("Court 1: Evening", 11900, 1900), ("Lamps", 2380, 1900), ("Drinks", 1070, 700))
"""153.50: 142.80 at 19 % (22.80 tax), 10.70 at 7 % (0.70 tax)."""


def booking(world: World, lines: tuple[tuple[str, int, int], ...] = SPORT_AND_DRINKS, **fields: object) -> Booking:
    """A confirmed booking of these lines, in the current schema."""
    now = database_now()
    resource = Resource.objects.get(pk=world.court_1)
    made = Booking.objects.create(
        **{
            "id": uuid4(),
            "reference_code": uuid4().hex[:12],
            "resource": resource,
            "start": START,
            "end": START + timedelta(hours=1),
            "name": "Gina Guest",
            "email": "gina@example.org",
            "state": "confirmed",
            "payment_state": "unpaid",
            "price_per_unit_minor": 2500,
            "pricing_unit": "hour",
            "total_minor": sum(amount for _label, amount, _vat in lines),
            "currency": world.tenant.currency,
            "time_zone": world.tenant.time_zone,
            "confirmed_at": now,
            "created_at": now,
            "updated_at": now,
            **fields,
        }
    )
    BookingLine.objects.bulk_create(
        BookingLine(booking=made, position=position, kind="rate", label=label, amount_minor=amount, vat=vat)
        for position, (label, amount, vat) in enumerate(lines, 1)
    )
    assert not BookingResource.objects.filter(booking=made).exists()
    return made


def paid(of: Booking, amount: int, number: int = 1, purpose: str = "booking", **fields: object) -> Payment:
    """A payment that came and was counted for the booking."""
    now = database_now()
    Booking.objects.filter(pk=of.pk).update(paid_minor=of.paid_minor + amount)
    of.refresh_from_db()
    return Payment.objects.create(
        **{
            "booking_id": of.pk,
            "number": number,
            "purpose": purpose,
            "state": "succeeded",
            "amount_minor": amount,
            "currency": of.currency,
            "charge_type": "direct",
            "account_id": "acct_scene",
            "is_live": False,
            "created_at": now,
            "updated_at": now,
            "succeeded_at": now,
            "applied_at": now,
            **fields,
        }
    )


def returned(payment: Payment, amount: int, state: str = "succeeded") -> Refund:
    """A refund of some of it, which Stripe has taken."""
    now = database_now()
    payment.refunded_minor += amount
    payment.save()
    return Refund.objects.create(
        payment=payment,
        booking_id=payment.booking_id,
        amount_minor=amount,
        reason="by_hand",
        state=state,
        refund_id=f"re_{uuid4().hex}",
        created_at=now,
        updated_at=now,
    )


def at_rates(booking_id: UUID) -> dict[int, tuple[int, int]]:
    """What all documents of a booking come to: gross and tax at each rate."""
    sums: dict[int, tuple[int, int]] = {}
    for paper in Document.objects.filter(booking_id=booking_id):
        for line in paper.lines.all():
            gross, tax = sums.get(line.tax_rate, (0, 0))
            sums[line.tax_rate] = (gross + line.amount_minor, tax + line.tax_minor)
    return sums


def text_of(paper: Document) -> str:
    """Everything that the PDF says, blanks made plain."""
    pages = PdfReader(io.BytesIO(pdf_of(paper))).pages
    return "\n".join(page.extract_text() for page in pages).replace("\u00a0", " ")
