"""What the API's dialects call a booking's status: projections of three axes and the clock (API.md).

A booking is in one `Phase` at an instant: once as a function, once as SQL for filters, and a test holds one against
the other over every combination. What a dialect calls it is a table from there.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from django.db.models import Case, CharField, Q, Value, When
from django.db.models.expressions import Combinable

from bookings.facts import has_lapsed
from bookings.models import Booking
from bookings.states import WAITING, PaymentState, State

PAID = frozenset({PaymentState.PAID, PaymentState.PARTIALLY_REFUNDED})
GONE = frozenset({State.CANCELLED, State.EXPIRED})


class Phase(StrEnum):
    """Where a booking is, as far as anybody outside is told. `reserved` is a hold of which no person is known yet."""

    RESERVED = "reserved"
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    PAID = "paid"
    COMPLETED = "completed"
    COMPLETED_PAID = "completed_paid"
    NO_SHOW = "no_show"
    NO_SHOW_PAID = "no_show_paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED_WAITING = "refunded_waiting"
    REFUNDED = "refunded"
    REFUNDED_GONE = "refunded_gone"


V1: Mapping[Phase, str] = {
    Phase.RESERVED: "pending",
    Phase.WAITING: "pending",
    Phase.CONFIRMED: "confirmed",
    Phase.PAID: "paid",
    Phase.COMPLETED: "completed",
    Phase.COMPLETED_PAID: "completed",
    Phase.NO_SHOW: "no_show",
    Phase.NO_SHOW_PAID: "no_show",
    Phase.CANCELLED: "cancelled",
    Phase.EXPIRED: "cancelled",
    Phase.REFUNDED_WAITING: "refunded",
    Phase.REFUNDED: "refunded",
    Phase.REFUNDED_GONE: "refunded",
}
PARTNER: Mapping[Phase, str] = {
    Phase.RESERVED: "RESERVED_15_MIN",
    Phase.WAITING: "PENDING",
    Phase.CONFIRMED: "CONFIRMED",
    Phase.PAID: "PAID",
    Phase.COMPLETED: "CONFIRMED",
    Phase.COMPLETED_PAID: "PAID",
    Phase.NO_SHOW: "CONFIRMED",
    Phase.NO_SHOW_PAID: "PAID",
    Phase.CANCELLED: "CANCEL",
    Phase.EXPIRED: "CANCEL",
    Phase.REFUNDED_WAITING: "REFUNDED",
    Phase.REFUNDED: "REFUNDED",
    Phase.REFUNDED_GONE: "REFUNDED",
}
CORE: Mapping[Phase, str] = {
    Phase.RESERVED: "pending",
    Phase.WAITING: "pending",
    Phase.CONFIRMED: "confirmed",
    Phase.PAID: "confirmed",
    Phase.COMPLETED: "confirmed",
    Phase.COMPLETED_PAID: "confirmed",
    Phase.NO_SHOW: "confirmed",
    Phase.NO_SHOW_PAID: "confirmed",
    Phase.CANCELLED: "cancelled",
    Phase.EXPIRED: "cancelled",
    Phase.REFUNDED_WAITING: "pending",
    Phase.REFUNDED: "confirmed",
    Phase.REFUNDED_GONE: "cancelled",
}
V1_STATUSES = ("pending", "confirmed", "paid", "cancelled", "completed", "no_show", "refunded")
PARTNER_STATUSES = ("RESERVED_15_MIN", "PENDING", "CONFIRMED", "PAID", "CANCEL", "REFUNDED")
CORE_STATUSES = ("pending", "confirmed", "cancelled")


def phase(booking: Booking, now: datetime) -> Phase:
    """The phase at an instant; a hold that is over is `expired` from that second on, a visit over from its end."""
    waits = booking.state in WAITING
    lapsed = waits and has_lapsed(booking.state, booking.hold_expires_at, now)
    if booking.payment_state == PaymentState.REFUNDED:
        if booking.state in GONE or lapsed:
            return Phase.REFUNDED_GONE
        return Phase.REFUNDED_WAITING if waits else Phase.REFUNDED
    if booking.state == State.CANCELLED:
        return Phase.CANCELLED
    if booking.state == State.EXPIRED or lapsed:
        return Phase.EXPIRED
    if waits:
        return Phase.WAITING if booking.email or booking.state == State.PENDING else Phase.RESERVED
    return _attended(booking, now)


def _attended(booking: Booking, now: datetime) -> Phase:
    is_paid = booking.payment_state in PAID
    if booking.state == State.NO_SHOW:
        return Phase.NO_SHOW_PAID if is_paid else Phase.NO_SHOW
    if booking.state == State.COMPLETED or booking.end <= now:
        return Phase.COMPLETED_PAID if is_paid else Phase.COMPLETED
    return Phase.PAID if is_paid else Phase.CONFIRMED


def phase_sql(now: Combinable) -> Case:
    """The same as an expression, to filter by."""
    lapsed = Q(state__in=WAITING, hold_expires_at__lte=now)
    refunded, paid = Q(payment_state=PaymentState.REFUNDED), Q(payment_state__in=PAID)
    over = Q(state=State.COMPLETED) | Q(end__lte=now)
    rows = [
        (refunded & (Q(state__in=GONE) | lapsed), Phase.REFUNDED_GONE),
        (refunded & Q(state__in=WAITING), Phase.REFUNDED_WAITING),
        (refunded, Phase.REFUNDED),
        (Q(state=State.CANCELLED), Phase.CANCELLED),
        (Q(state=State.EXPIRED) | lapsed, Phase.EXPIRED),
        (Q(state=State.HELD, email=""), Phase.RESERVED),
        (Q(state__in=WAITING), Phase.WAITING),
        (Q(state=State.NO_SHOW) & paid, Phase.NO_SHOW_PAID),
        (Q(state=State.NO_SHOW), Phase.NO_SHOW),
        (over & paid, Phase.COMPLETED_PAID),
        (over, Phase.COMPLETED),
        (paid, Phase.PAID),
    ]
    whens = [When(condition, then=Value(str(name))) for condition, name in rows]
    return Case(*whens, default=Value(str(Phase.CONFIRMED)), output_field=CharField())


def phases_called(table: Mapping[Phase, str], names: Collection[str]) -> list[str]:
    """The phases that a dialect calls by one of these names."""
    return [str(each) for each, name in table.items() if name in names]


def v1_status(booking: Booking, now: datetime) -> str:
    """What v1 calls it."""
    return V1[phase(booking, now)]


def partner_status(booking: Booking, now: datetime) -> str:
    """What the partner dialect calls it."""
    return PARTNER[phase(booking, now)]


def core_status(booking: Booking, now: datetime) -> tuple[str, str]:
    """What core calls it, and its `payment_status`: of a hold that is over there is nothing to pay."""
    now_in = phase(booking, now)
    paid = PaymentState.UNPAID if now_in == Phase.EXPIRED else PaymentState(booking.payment_state)
    return CORE[now_in], str(paid)


def is_upcoming(booking: Booking, now: datetime) -> bool:
    """Start in the future, and still held, pending or confirmed."""
    return booking.start > now and v1_status(booking, now) in {"pending", "confirmed", "paid"}
