"""What giving a booking up has come to, as letter and page say it: paid, the fee, what is kept for it, what comes back.

It says the same whether the letter is written before the money has gone back, or after.
"""

from dataclasses import dataclass

from django.db.models import Max, QuerySet, Sum

from billing.payments.models import Refund
from bookings.models import Booking, BookingEvent, CreditEntry, HoursEntry, OnSitePayment
from bookings.states import State

TAKEN = (Refund.State.PENDING, Refund.State.SUCCEEDED)


@dataclass(frozen=True, slots=True)
class Settled:
    """Minor units. `paid` had come until then, gift credit too; `refund` is money, `credit_back` gift credit."""

    paid_minor: int
    kept_minor: int
    refund_minor: int
    credit_back_minor: int

    @property
    def back_minor(self) -> int:
        """What comes back, as money and as gift credit."""
        return self.refund_minor + self.credit_back_minor


@dataclass(frozen=True, slots=True)
class Balances:
    """What went back besides online: gift credit and what the venue handed back, in minor units, and prepaid minutes;
    and the minutes that are lost."""

    credit_minor: int = 0
    minutes: int = 0
    lost_minutes: int = 0
    handed_minor: int = 0


def balances_of(booking: Booking) -> Balances:
    """What giving a booking up gave back otherwise than online, when it was cancelled or was over unfinished."""
    credit, hours = CreditEntry.objects.filter(booking=booking), HoursEntry.objects.filter(booking=booking)
    if booking.state == State.CANCELLED and booking.cancelled_at:
        credit, hours = credit.filter(at__gte=booking.cancelled_at), hours.filter(at__gte=booking.cancelled_at)
        used = HoursEntry.objects.filter(booking=booking).aggregate(sum=Sum("minutes"))["sum"] or 0
        handed = OnSitePayment.objects.filter(booking=booking, amount_minor__lt=0, at__gte=booking.cancelled_at)
        return Balances(_sum(credit.filter(amount_minor__gt=0)), _minutes(hours), -used, -_sum(handed))
    if booking.state != State.EXPIRED:
        return Balances()
    last_credit, last_hours = (rows.aggregate(at=Max("at"))["at"] for rows in (credit, hours))
    return Balances(
        _sum(credit.filter(amount_minor__gt=0, at=last_credit)) if last_credit else 0,
        _minutes(hours.filter(at=last_hours)) if last_hours else 0,
    )


def _minutes(entries: QuerySet[HoursEntry]) -> int:
    return int(entries.filter(minutes__gt=0).aggregate(sum=Sum("minutes"))["sum"] or 0)


def of(booking: Booking) -> Settled:
    """What a cancelled booking has come to; all of it is 0 for one that is not cancelled."""
    since = booking.cancelled_at
    if since is None:
        return Settled(0, 0, 0, 0)
    refunds = Refund.objects.filter(booking_id=booking.pk, payment__applied_at__isnull=False, state__in=TAKEN)
    desk = OnSitePayment.objects.filter(booking=booking, amount_minor__lt=0, at__gte=since)
    credit = CreditEntry.objects.filter(booking=booking, amount_minor__gt=0, at__gte=since)
    gone = _sum(refunds.filter(created_at__gte=since)) - _sum(desk)
    credit_back = _sum(credit)
    refund = booking.refund_due_minor + booking.refunding_minor + gone
    paid = booking.paid_minor + gone + booking.credit_minor + credit_back
    return Settled(paid, max(0, paid - refund - credit_back), refund, credit_back)


def word(booking: Booking) -> str:
    """What the venue said to the customer when it cancelled or declined; empty where they cancelled themselves."""
    if booking.state != State.CANCELLED or not booking.cancel_notes:
        return ""
    ended = BookingEvent.objects.filter(booking=booking, to_state=State.CANCELLED).order_by("-pk")
    by = ended.values_list("actor_kind", flat=True).first()
    return booking.cancel_notes if by == BookingEvent.ActorKind.STAFF else ""


def _sum(rows: QuerySet[Refund] | QuerySet[OnSitePayment] | QuerySet[CreditEntry]) -> int:
    return int(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
