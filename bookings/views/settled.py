"""What a booking's money means in a few words, for lists: paid, what is open and how it comes, what goes back."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from bookings.models import Booking
from bookings.states import PaymentState, PaymentWay, PendingReason, State
from tenants import speech

OVER = frozenset({State.CANCELLED, State.NO_SHOW, State.EXPIRED})


@dataclass(frozen=True, slots=True)
class Money:
    """A few words, and a tone of the style sheet's: success, warning, error or neutral."""

    label: str
    tone: str


def money_of(booking: Booking) -> Money:
    """How a booking stands with its money; with its resource at hand this needs no query."""
    if booking.payment_state == PaymentState.DISPUTED:
        return Money(_("Payment disputed"), "error")
    back = booking.refund_due_minor + booking.refunding_minor
    if back:
        return Money(_("%(amount)s to be returned") % _in_words(back, booking), "warning")
    return _given_up(booking) if booking.state in OVER else _live(booking)


def _given_up(booking: Booking) -> Money:
    if booking.owed_minor:
        return Money(_("Owes %(amount)s") % _in_words(booking.owed_minor, booking), "warning")
    kept = booking.paid_minor + booking.credit_minor
    if booking.payment_state == PaymentState.REFUNDED:
        return Money(_("Refunded"), "neutral")
    if booking.payment_state == PaymentState.PARTIALLY_REFUNDED:
        return Money(_("Refunded but for %(amount)s") % _in_words(kept, booking), "neutral")
    if kept:
        return Money(_("%(amount)s kept") % _in_words(kept, booking), "neutral")
    return Money(_("Nothing to be paid"), "neutral")


def _live(booking: Booking) -> Money:
    if not booking.total_minor:
        return Money(_("Free of charge"), "neutral")
    if not booking.due_minor:
        is_back = booking.payment_state == PaymentState.PARTIALLY_REFUNDED
        return Money(_("Paid, partly refunded") if is_back else _("Paid"), "success")
    if booking.payment_state == PaymentState.PROCESSING:
        return Money(_("Payment under way"), "neutral")
    words = _in_words(booking.due_minor, booking)
    if booking.payment_way == PaymentWay.INVOICE:
        return Money(_("By invoice, %(amount)s open") % words, "warning")
    if booking.deposit_minor and booking.here_minor + booking.credit_minor >= booking.deposit_minor:
        return Money(_("Deposit paid, %(amount)s open") % words, "warning")
    if booking.here_minor or booking.credit_minor:
        return Money(_("Partly paid, %(amount)s open") % words, "warning")
    is_at_desk = booking.resource_id and not booking.resource.pays_online
    if booking.payment_way == PaymentWay.ON_SITE or is_at_desk:
        return Money(_("%(amount)s at the venue") % words, "neutral")
    if booking.pending_reason == PendingReason.APPROVAL:
        return Money(_("%(amount)s once accepted") % words, "neutral")
    return Money(_("%(amount)s open") % words, "warning")


def _in_words(minor: int, booking: Booking) -> dict[str, str]:
    return {"amount": speech.money(minor, booking.currency)}
