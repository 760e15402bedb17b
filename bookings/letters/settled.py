"""What giving a booking up has come to, as its letter says it: paid, the fee, what is kept for it, what comes back.

It says the same whether the letter is written before the money has gone back, or after.
"""

from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from billing.payments.models import Refund
from bookings.models import Booking, CreditEntry, OnSitePayment

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


def _sum(rows: QuerySet[Refund] | QuerySet[OnSitePayment] | QuerySet[CreditEntry]) -> int:
    return int(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
