"""What v1 calls a booking's status: a projection of three axes and the clock (API.md).

Once as a function, once as SQL for filters; a test holds one against the
other over every combination.
"""

from datetime import datetime

from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.expressions import Combinable

from bookings.facts import has_lapsed
from bookings.models import Booking
from bookings.states import WAITING, PaymentState, State

V1_STATUSES = ("pending", "confirmed", "paid", "cancelled", "completed", "no_show", "refunded")
PAID = frozenset({PaymentState.PAID, PaymentState.PARTIALLY_REFUNDED})


def v1_status(booking: Booking, now: datetime) -> str:
    """The status that v1 shows at an instant; a hold that is over is `cancelled` from that second on."""
    if booking.payment_state == PaymentState.REFUNDED:
        return "refunded"
    if booking.state in {State.CANCELLED, State.EXPIRED}:
        return "cancelled"
    if booking.state in {State.NO_SHOW, State.COMPLETED}:
        return str(booking.state)
    if booking.state in WAITING:
        return "cancelled" if has_lapsed(booking.state, booking.hold_expires_at, now) else "pending"
    if booking.end <= now:
        return "completed"
    return "paid" if booking.payment_state in PAID else "confirmed"


def v1_status_sql(now: Combinable) -> Case:
    """The same as an expression, to filter by."""
    lapsed = Q(state__in=WAITING, hold_expires_at__lte=now)
    return Case(
        When(payment_state=PaymentState.REFUNDED, then=Value("refunded")),
        When(Q(state__in=[State.CANCELLED, State.EXPIRED]) | lapsed, then=Value("cancelled")),
        When(state__in=[State.NO_SHOW, State.COMPLETED], then=F("state")),
        When(state__in=WAITING, then=Value("pending")),
        When(end__lte=now, then=Value("completed")),
        When(payment_state__in=PAID, then=Value("paid")),
        default=Value("confirmed"),
        output_field=CharField(),
    )


def is_upcoming(booking: Booking, now: datetime) -> bool:
    """Start in the future, and still held, pending or confirmed."""
    return booking.start > now and v1_status(booking, now) in {"pending", "confirmed", "paid"}
