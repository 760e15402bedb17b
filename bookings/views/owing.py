"""What a page says about money that is still to come, or on its way back."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from billing.payments import attempts
from billing.payments.models import Payment, Refund
from bookings import earning
from bookings.models import Booking
from bookings.states import PaymentWay, State
from kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Returns:
    """Money on its way back to the customer, and money that is back, in minor units."""

    coming_minor: int
    done_minor: int


def ways_to_pay(booking: Booking) -> list[PaymentWay]:
    """How the holder of this hold may pay for it, what is meant first; none where nothing is to be paid now."""
    resource = booking.resource
    if not booking.due_now_minor or resource.needs_approval:
        return []
    offered = [(resource.pays_online, PaymentWay.ONLINE), (resource.pays_on_site, PaymentWay.ON_SITE)]
    return [way for is_offered, way in offered if is_offered]


def payable_now(booking: Booking, now: datetime) -> int:
    """Minor units that the customer can pay online for a booking that they have; 0 where there is nothing.

    Nothing, too, while a bank decides on a payment: a second one would be refused.
    """
    if booking.state == State.HELD:
        return 0
    attempt = attempts.unfinished(booking.pk)
    if attempt is not None and attempt.state == Payment.State.PROCESSING:
        return 0
    try:
        return earning.payable(booking, now).amount_minor
    except Refused:
        return 0


def refunds_of(booking: Booking) -> Returns:
    """What goes back online."""
    states = (Refund.State.WANTED, Refund.State.PENDING, Refund.State.SUCCEEDED)
    rows = Refund.objects.filter(booking_id=booking.pk, state__in=states).order_by()
    sums = dict(rows.values_list("state").annotate(Sum("amount_minor")))
    done = sums.pop(Refund.State.SUCCEEDED, 0)
    return Returns(sum(sums.values()), done)
