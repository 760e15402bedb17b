"""What customers owe for bookings that stand or were given up, and what has to go back to them. Reading only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When

from billing.payments.models import Dispute, Refund
from bookings import sums
from bookings.models import Booking


@dataclass(frozen=True, slots=True)
class Open:
    """What is open in one currency, in minor units: of visits that have begun, and of those ahead."""

    currency: str
    bookings: int
    past_minor: int
    ahead_minor: int


def open_bookings(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Those of which something is owed, with `owed_minor_sql`; the earliest start first."""
    return bookings.annotate(owed_minor_sql=sums.owed()).filter(sums.in_debt()).order_by("start", "id")


def open_sums(bookings: QuerySet[Booking], now: datetime) -> list[Open]:
    """What is open by currency. One query."""
    rows = open_bookings(bookings).order_by("currency").values_list("currency")
    past = Sum(Case(When(start__lte=now, then=F("owed_minor_sql")), default=Value(0)))
    ahead = Sum(Case(When(start__gt=now, then=F("owed_minor_sql")), default=Value(0)))
    return [Open(*row) for row in rows.annotate(number=Count("pk"), past=past, ahead=ahead)]


def refunds(bookings: QuerySet[Booking] | None) -> QuerySet[Refund]:
    """Money that went back or is to go back, of these bookings or of all and of purchases; the newest first."""
    rows = Refund.objects.select_related("payment").order_by("-created_at", "id")
    return rows if bookings is None else rows.filter(booking_id__in=bookings.order_by().values("pk"))


def unfinished() -> Q:
    """Refunds that Stripe has not carried out."""
    return Q(state__in=[Refund.State.WANTED, Refund.State.PENDING])


def disputes(bookings: QuerySet[Booking] | None) -> QuerySet[Dispute]:
    """Payments that banks took back: open ones first, by the day until which to answer."""
    rows = Dispute.objects.select_related("payment")
    rows = rows.order_by(F("closed_at").desc(nulls_first=True), F("evidence_due_at").asc(nulls_last=True), "-opened_at")
    return rows if bookings is None else rows.filter(booking_id__in=bookings.order_by().values("pk"))
