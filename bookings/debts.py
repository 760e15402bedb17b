"""What customers owe for bookings that stand or were given up, and what has to go back to them. Reading only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q, QuerySet, Sum

from billing.payments.models import Dispute, Refund
from bookings import sums
from bookings.models import Booking


@dataclass(slots=True)
class Open:
    """What is open in one currency, in minor units, and of how many bookings: visits that have begun, those ahead."""

    currency: str
    past: int = 0
    ahead: int = 0
    past_minor: int = 0
    ahead_minor: int = 0

    @property
    def bookings(self) -> int:
        """Of how many bookings."""
        return self.past + self.ahead


def open_bookings(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Those of which something is owed, with `owed_minor_sql`; the earliest start first."""
    return bookings.annotate(owed_minor_sql=sums.owed()).filter(sums.in_debt()).order_by("start", "id")


def open_sums(bookings: QuerySet[Booking], now: datetime) -> list[Open]:
    """What is open by currency. One query, which reads every booking once."""
    begun = ExpressionWrapper(Q(start__lte=now), output_field=BooleanField())
    rows = open_bookings(bookings).annotate(begun=begun).order_by("currency").values_list("currency", "begun")
    found: dict[str, Open] = {}
    for currency, has_begun, number, minor in rows.annotate(number=Count("pk"), minor=Sum("owed_minor_sql")):
        each = found.setdefault(currency, Open(currency))
        if has_begun:
            each.past, each.past_minor = number, minor
        else:
            each.ahead, each.ahead_minor = number, minor
    return list(found.values())


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
