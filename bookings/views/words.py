"""What a booking's state means to the person who reads the page: a heading, and what happens next."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bookings.facts import has_lapsed
from bookings.models import Booking, BookingEvent
from bookings.states import CancelReason, PaymentState, PaymentWay, PendingReason, State
from tenants import speech
from tenants.zones import zone

Who = BookingEvent.ActorKind
OF_THE_CUSTOMER = frozenset({Who.CUSTOMER, Who.GUEST, Who.APP})


@dataclass(frozen=True, slots=True)
class Words:
    """`tone` is one of the style sheet's: info, success, warning, neutral."""

    label: str
    heading: str
    next_step: str
    tone: str


def state_at(booking: Booking, now: datetime) -> State:
    """The state as a person sees it at an instant, whether or not the clock's work has been done."""
    if has_lapsed(booking.state, booking.hold_expires_at, now):
        return State.EXPIRED
    if booking.state == State.PENDING and booking.start <= now:
        return State.EXPIRED
    if booking.state == State.CONFIRMED and booking.end <= now:
        return State.COMPLETED
    return State(booking.state)


def words_for(booking: Booking, now: datetime) -> Words:
    """Words for a booking at an instant."""
    state = state_at(booking, now)
    venue = booking.resource.venue.name
    match state:
        case State.HELD:
            return Words(
                _("Not finished"),
                _("We are keeping this time for you"),
                _("Enter your details to finish the booking."),
                "warning",
            )
        case State.PENDING if booking.pending_reason == PendingReason.PAYMENT:
            return _waits_for_money(booking)
        case State.PENDING:
            return Words(
                _("Requested"),
                _("Your request is in"),
                _asked_next(booking) % {"venue": venue},
                "info",
            )
        case State.CONFIRMED:
            return Words(_("Confirmed"), _("Your booking is confirmed"), _confirmed_next(booking), "success")
        case State.CANCELLED:
            return Words(_("Cancelled"), _("This booking is cancelled"), _cancelled_next(booking), "neutral")
        case State.EXPIRED:
            return _expired(booking)
        case State.COMPLETED:
            return Words(_("Completed"), _("Thank you for coming"), _("This booking is in the past."), "neutral")
        case State.NO_SHOW:
            return Words(
                _("No-show"), _("This booking was not used"), _("The venue noted that nobody came."), "neutral"
            )


def _is_under_way(booking: Booking) -> bool:
    return booking.payment_state == PaymentState.PROCESSING


def _waits_for_money(booking: Booking) -> Words:
    """A bank decides on it, or has refused what takes days; or it is a request that was accepted."""
    if _is_under_way(booking):
        return Words(_("Payment under way"), _("Your payment is under way"), _bank_decides(booking), "info")
    if booking.payment_state == PaymentState.FAILED:
        uncharged = _("Nothing was charged.")
        next_step = f"{uncharged} {_to_be_paid(booking)}"
        return Words(_("Payment failed"), _("Your payment did not go through"), next_step, "warning")
    if booking.resource.needs_approval:
        return Words(_("Accepted"), _("Your request is accepted"), _to_be_paid(booking), "warning")
    return Words(_("Not paid yet"), _("We are keeping this time for you"), _to_be_paid(booking), "warning")


def _expired(booking: Booking) -> Words:
    if not _is_under_way(booking):
        said = _("Nothing was booked and nothing is owed. You can choose a time again.")
        return Words(_("Expired"), _("This booking was not finished in time"), said, "neutral")
    said = _(
        "Your bank has not confirmed your payment yet. If it does, the booking is yours where the time is still free;"
        " else all of it goes back to you."
    )
    return Words(_("Expired"), _("This booking was not paid in time"), said, "neutral")


def _to_be_paid(booking: Booking) -> str:
    said = _("The time is kept for you until %(day)s, %(time)s. Pay by then and it is yours.")
    return said % _kept_until(booking)


def _bank_decides(booking: Booking) -> str:
    said = _("Your bank has not confirmed it yet. The time is kept for you until %(day)s, %(time)s.")
    return said % _kept_until(booking)


def _kept_until(booking: Booking) -> dict[str, str]:
    assert booking.hold_expires_at is not None
    in_zone = zone(booking.time_zone)
    return {
        "day": speech.day(booking.hold_expires_at, in_zone),
        "time": speech.clock(booking.hold_expires_at, in_zone),
    }


def _cancelled_next(booking: Booking) -> str:
    """With what it cost to cancel: whoever paid and gets nothing back is told why."""
    said = [_("The time is free again for others.")]
    if booking.fee_minor:
        fee = {"fee": speech.money(booking.fee_minor, booking.currency)}
        said.append(_("Cancelling cost %(fee)s.") % fee)
    if booking.owed_minor:
        owed = {"owed": speech.money(booking.owed_minor, booking.currency)}
        said.append(_("You still owe the venue %(owed)s.") % owed)
    if _is_under_way(booking):
        said.append(_("Your payment is still under way. When it arrives, all of it goes back to you."))
    return " ".join(said)


def _asked_next(booking: Booking) -> str:
    if booking.payment_way == PaymentWay.ONLINE and booking.due_minor:
        return _("%(venue)s will confirm it. The time is yours meanwhile, and you pay once it is confirmed.")
    if booking.due_minor:
        return _("%(venue)s will confirm it. The time is yours meanwhile, and you pay at the venue.")
    return _("%(venue)s will confirm it. The time is yours meanwhile.")


def _confirmed_next(booking: Booking) -> str:
    if booking.payment_way == PaymentWay.INVOICE and booking.due_minor:
        return _("Just come by. You have an invoice.")
    if booking.due_minor and _is_under_way(booking):
        return _("Just come by. Your payment is under way.")
    if booking.due_minor and booking.payment_way == PaymentWay.ON_SITE and booking.resource.pays_online:
        return _("Just come by. You pay at the venue, or here before you come.")
    if booking.balance_due_at and not booking.due_now_minor and booking.due_minor and booking.resource.pays_online:
        return _("Please pay the rest here before you come.")
    if booking.due_minor and booking.resource.pays_online:
        return _("Just come by. What is still open you can pay here.")
    if booking.due_minor:
        return _("Just come by. You pay at the venue.")
    if booking.paid_minor:
        return _("Just come by. It is paid.")
    return _("Just come by. There is nothing to pay.")


def words_of_page(booking: Booking, now: datetime) -> Words:
    """As `words_for`, and of what was cancelled whether the venue did it, or said no to a request. One query more."""
    words = words_for(booking, now)
    if booking.state != State.CANCELLED:
        return words
    last = booking.events.filter(to_state=State.CANCELLED).exclude(from_state=State.CANCELLED).order_by("-pk").first()
    if last is None or last.actor_kind in OF_THE_CUSTOMER:
        return words
    if last.from_state == State.PENDING and booking.confirmed_at is None:
        declined = _("The venue could not accept it.")
        return Words(_("Declined"), _("Your request was declined"), f"{declined} {words.next_step}", words.tone)
    by_weather = booking.cancel_reason == CancelReason.WEATHER
    why = _("It had to be cancelled because of the weather.") if by_weather else ""
    return Words(words.label, _("The venue cancelled this booking"), f"{why} {words.next_step}".strip(), words.tone)
