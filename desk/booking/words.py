"""What the record of a booking says, in words for the team."""

from datetime import datetime

from django.utils.translation import gettext as _

from bookings.models import Booking, BookingChange, BookingEvent, OnSitePayment
from bookings.states import CancelReason, PendingReason, State
from bookings.views.file_forms import RULES
from tenants import speech
from tenants.zones import zone

Act = BookingEvent.Act
MINOR = "_minor"


def act(event: BookingEvent) -> str:
    """What was done."""
    match event.act:
        case Act.CHANGED if event.why == "erased":
            return _("Personal data erased")
        case Act.CHANGED if event.from_state == event.to_state:
            return _("Changed")
        case Act.HOLD_EXTENDED:
            return _("Time kept for longer")
        case Act.CHECKED_IN:
            return _("Checked in")
        case Act.PAID:
            return _("Payment")
        case Act.REFUNDED:
            return _("Money back")
        case Act.DISPUTED:
            return _("Payment disputed")
    return _moved(event)


def _moved(event: BookingEvent) -> str:
    if event.from_state == State.NO_SHOW:
        return _("No-show taken back")
    return {
        State.HELD: _("Time held"),
        State.PENDING: _("Waits for an answer or a payment"),
        State.CONFIRMED: _("Confirmed"),
        State.CANCELLED: _("Cancelled"),
        State.EXPIRED: _("Not finished in time"),
        State.COMPLETED: _("Visit is over"),
        State.NO_SHOW: _("Nobody came"),
    }[State(event.to_state)]


def why(event: BookingEvent) -> str:
    """Why, where there is more to say than that it was done."""
    known = {
        "booked by staff": _("Booked by the team"),
        "time ran out": _("The time ran out"),
        "replaced": _("Another time was chosen instead"),
        "paid online": _("Paid online"),
        "paid on site": _("Paid at the venue"),
        "by invoice": _("By invoice"),
        "approved, to be paid": _("Accepted, to be paid now"),
        "payment takes days": _("The payment takes days"),
        "payment under way": _("A payment is under way"),
        "payment cancelled": _("The payment was cancelled"),
        "came after all": _("They came after all"),
        "not here": _("They are not here after all"),
        "details": _("Details were entered"),
        "erased": "",
    }
    known |= {str(value): str(label) for value, label in (*OnSitePayment.Way.choices, *CancelReason.choices)}
    reason, _comma, rest = event.why.partition(", ")
    if rest == "fee set by staff":
        return _("%(reason)s, the team set the fee") % {"reason": known.get(reason, reason)}
    return known.get(event.why, event.why)


def change(row: BookingChange, booking: Booking) -> str:
    """One difference: what it was, and what it is."""
    if row.field == "overruled":
        rules = ", ".join(str(RULES.get(code, code)) for code in row.after.split(", "))
        return _("Against the rules: %(rules)s") % {"rules": rules}
    if row.field in {"overruled_because", "fee_because"}:
        return _("Reason: %(reason)s") % {"reason": row.after} if row.after else ""
    values = {
        "field": _field(row.field),
        "before": _value(row, row.before, booking) or "–",
        "after": _value(row, row.after, booking) or "–",
    }
    return _("%(field)s: %(before)s → %(after)s") % values


def _field(name: str) -> str:
    return {
        "start": _("Start"),
        "end": _("End"),
        "resource": _("What"),
        "participants": _("People"),
        "people": _("Names on the list"),
        "total_minor": _("Price"),
        "deposit_minor": _("Deposit"),
        "credit_minor": _("Gift credit"),
        "paid_minor": _("Paid"),
        "fee_minor": _("Fee"),
        "refund_due_minor": _("To be given back"),
        "notes": _("Wishes"),
        "extras": _("Extras"),
        "answers": _("Answers"),
        "with_resources": _("Together with"),
        "payment_way": _("Way of payment"),
        "pending_reason": _("Waits for"),
        "hold_expires_at": _("Kept until"),
        "files": _("Files"),
        "checked_in_at": _("Checked in"),
        "payment_state": _("Payment"),
    }.get(name, name)


def _value(row: BookingChange, value: str, booking: Booking) -> str:
    if value in {"", "None"}:
        return ""
    if row.field.endswith(MINOR) and value.lstrip("-").isdigit():
        return speech.money(int(value), booking.currency)
    if row.field in {"start", "end", "hold_expires_at", "checked_in_at"}:
        return _instant(value, booking)
    if row.field == "pending_reason":
        return str(dict(PendingReason.choices).get(value, value))
    return value


def _instant(value: str, booking: Booking) -> str:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    here = zone(booking.time_zone)
    return f"{speech.day(at, here, 'medium')}, {speech.clock(at, here)}"
