"""The export of money: every movement at Stripe, and what changed hands at the desk.

What Stripe moved is the statement (`bookings.takings`), row by row, so the nets of these rows sum to what the statement
says. Money that the books do not have yet is there too, without fee and net until they have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.payments.models import Payment, Posting, Refund
from bookings import takings
from bookings.exports import lasting
from bookings.exports.bookings import stamp
from bookings.exports.writing import Row, Rows, Sheet
from bookings.models import Booking, OnSitePayment, Purchase
from bookings.takings import Taking
from kernel.money import as_text

COLUMNS = (
    "at", "source", "kind", "way", "booking", "reference_code", "currency", "gross", "stripe_fee", "platform_fee",
    "net", "available_at", "id",
)  # fmt: skip
STRIPE, DESK = "stripe", "desk"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose money, and of when. `bookings` None: all of it, and what is for no booking (payouts, fees)."""

    bookings: QuerySet[Booking] | None = None
    first: datetime | None = None
    end: datetime | None = None

    def within(self, name: str) -> Q:
        """The span, of a column."""
        since = Q() if self.first is None else Q(**{f"{name}__gte": self.first})
        return since if self.end is None else since & Q(**{f"{name}__lt": self.end})

    def of_booking(self, name: str) -> Q:
        """The bookings, of a column."""
        return Q() if self.bookings is None else Q(**{f"{name}__in": self.bookings.values("pk")})


def sheet(wanted: Wanted) -> Sheet:
    """This money, the earliest first."""

    def rows() -> Rows:
        sources = [_movements(wanted), _payments(wanted), _refunds(wanted), _desk(wanted)]
        each = merge(*(source.each for source in sources), key=lambda row: str(row["at"]))
        return Rows(sum(source.total for source in sources), each)

    return Sheet("payments", COLUMNS, frozenset(COLUMNS), rows)


def _movements(wanted: Wanted) -> Rows:
    found = takings.statement().filter(wanted.within("at"))
    if wanted.bookings is not None:
        theirs = Payment.objects.filter(wanted.of_booking("booking_id")).exclude(charge_id="")
        found = found.filter(charge_id__in=theirs.values("charge_id"))
    packed = lasting.numbers_of(found.order_by("at", "pk"))
    pieces = lasting.by_number(packed, Posting.objects.all())
    return Rows(len(packed), (_movement(each) for piece in pieces for each in takings.takings(piece)))


def _movement(each: Taking) -> Row:
    posting = each.posting

    def money(minor: int) -> str:
        return as_text(minor, posting.currency)

    return {
        "at": stamp(posting.at),
        "source": STRIPE,
        "kind": posting.kind,
        "way": "online",
        **_named(each.booking or each.purchase),
        "currency": posting.currency,
        "gross": money(each.gross_minor),
        "stripe_fee": money(each.stripe_fee_minor),
        "platform_fee": money(each.platform_fee_minor),
        "net": money(each.net_minor),
        "available_at": stamp(posting.available_at),
        "id": posting.transaction_id,
    }


def _in_the_books(**columns: Any) -> Exists:
    return Exists(Posting.objects.exclude(charge_id="").filter(**columns))


def _payments(wanted: Wanted) -> Rows:
    """Payments that came and that the books do not have yet."""
    found = Payment.objects.filter(
        wanted.within("succeeded_at"), wanted.of_booking("booking_id"), state=Payment.State.SUCCEEDED
    ).exclude(_in_the_books(charge_id=OuterRef("charge_id")))
    packed = lasting.uuids_of(found.exclude(succeeded_at=None).order_by("succeeded_at", "pk"))

    def each() -> Iterator[Row]:
        for piece in lasting.by_uuid(packed, Payment.objects.all()):
            known = _known({payment.booking_id for payment in piece})
            for payment in piece:
                row = _unbooked("charge", payment.succeeded_at, payment.amount_minor, payment.currency)
                yield {**row, **_named(known.get(payment.booking_id)), "id": payment.intent_id}

    return Rows(len(packed) // lasting.LENGTH, each())


def _refunds(wanted: Wanted) -> Rows:
    """Refunds that Stripe took and that the books do not have yet."""
    booked_itself = Exists(Posting.objects.filter(source_id=OuterRef("refund_id")))
    others = ~Q(payment__charge_type=Payment.ChargeType.DIRECT)  # their movements do not name the refund
    charged = _in_the_books(charge_id=OuterRef("payment__charge_id"))
    found = Refund.objects.filter(
        wanted.within("created_at"),
        wanted.of_booking("booking_id"),
        ~booked_itself,
        state__in=[Refund.State.PENDING, Refund.State.SUCCEEDED],
    ).exclude(others & Q(charged))
    packed = lasting.uuids_of(found.exclude(refund_id="").order_by("created_at", "pk"))

    def each() -> Iterator[Row]:
        for piece in lasting.by_uuid(packed, Refund.objects.select_related("payment")):
            known = _known({refund.booking_id for refund in piece})
            for refund in piece:
                row = _unbooked("refund", refund.created_at, -refund.amount_minor, refund.payment.currency)
                yield {**row, **_named(known.get(refund.booking_id)), "id": refund.refund_id}

    return Rows(len(packed) // lasting.LENGTH, each())


def _unbooked(kind: str, at: datetime, gross_minor: int, currency: str) -> Row:
    return {
        "at": stamp(at),
        "source": STRIPE,
        "kind": kind,
        "way": "online",
        "booking": None,
        "reference_code": None,
        "currency": currency,
        "gross": as_text(gross_minor, currency),
        "stripe_fee": None,
        "platform_fee": None,
        "net": None,
        "available_at": None,
        "id": "",
    }


def _desk(wanted: Wanted) -> Rows:
    """Money that changed hands at the desk: nobody takes a fee of it."""
    found = OnSitePayment.objects.filter(wanted.within("at"), wanted.of_booking("booking"))
    packed = lasting.numbers_of(found.order_by("at", "pk"))
    pieces = lasting.by_number(packed, OnSitePayment.objects.select_related("booking", "purchase"))
    return Rows(len(packed), (_at_desk(paid) for piece in pieces for paid in piece))


def _at_desk(paid: OnSitePayment) -> Row:
    sold = paid.booking or paid.purchase
    assert sold is not None  # a constraint says so
    amount = as_text(paid.amount_minor, sold.currency)
    return {
        "at": stamp(paid.at),
        "source": DESK,
        "kind": "charge" if paid.amount_minor > 0 else "refund",
        "way": paid.way,
        **_named(sold),
        "currency": sold.currency,
        "gross": amount,
        "stripe_fee": None,
        "platform_fee": None,
        "net": amount,
        "available_at": None,
        "id": str(paid.pk),
    }


def _known(ids: set[UUID]) -> dict[UUID, Booking | Purchase]:
    """What payments name: bookings, and purchases of packs and memberships."""
    return {**Booking.objects.in_bulk(ids), **Purchase.objects.in_bulk(ids)}


def _named(sold: Booking | Purchase | None) -> Row:
    """Purchases have a reference, and are no bookings."""
    if isinstance(sold, Purchase):
        return {"booking": None, "reference_code": sold.reference}
    return {"booking": str(sold.pk) if sold else None, "reference_code": sold.reference_code if sold else None}
