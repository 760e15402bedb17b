"""Letters about money on its way back: to the customer, and to the owners where it does not arrive."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.payments.models import Refund
from bookings.letters import composing
from bookings.letters.kinds import Kind
from bookings.letters.wording import Words
from bookings.models import Booking
from schemas.clock import database_now
from tenants import speech
from tenants.mail import in_house_language, post

LATE = timedelta(hours=1)
"""So long a refund may wait for Stripe before the owners hear of it."""


@in_house_language()
def came_back(booking: Booking, refund: Refund, now: datetime) -> None:
    """The customer was told that the money is on its way, and it came back."""
    to = booking.email or (booking.customer.mailbox if booking.customer else "")
    if not to:
        return
    words = {"amount": speech.money(refund.amount_minor, booking.currency), "booking": booking.reference_code}
    subject = _("Your refund for booking %(booking)s came back to us") % words
    text = _(
        "Your bank did not take our refund of %(amount)s for booking %(booking)s. The money is still yours: we try "
        "again, or ask you how you want to have it. You can also answer this letter."
    )
    post(composing.worded(Words(subject, text % words), booking, key=f"refund-back:{refund.pk}", to=to), now)


def goes_back(booking: Booking, refund: Refund, now: datetime) -> None:
    """The customer hears that money goes back which was never counted for the booking, and why (R14)."""
    to = booking.email or (booking.customer.mailbox if booking.customer else "")
    if not to:
        return
    language = composing.language_of(booking)
    with override(language):
        extra = {"amount": speech.money(refund.amount_minor, booking.currency), "why": _why(refund)}
    key = f"refund:{refund.pk}"
    post(composing.letter(Kind.REFUND, booking, key=key, to=to, language=language, now=now, extra=extra), now)


def _why(refund: Refund) -> str:
    if refund.reason == Refund.Reason.TOO_LATE:
        return _("Your payment arrived when this time was no longer free, so all of it goes back to you.")
    if refund.reason == Refund.Reason.CANCELLED:
        return _("Your payment arrived when this booking was cancelled already, so all of it goes back to you.")
    return _("We received more than one payment, or not the amount that was due, so this one goes back to you.")


@in_house_language()
def warn_if_late(refund: Refund) -> None:
    """The clock tries for hours and then gives up: before that, somebody hears of it (I13)."""
    now = database_now()
    if now - refund.created_at < LATE:
        return
    booking = Booking.objects.get(pk=refund.booking_id)
    words = {"booking": booking.reference_code}
    subject = _("A refund for booking %(booking)s has not gone through yet") % words
    text = _("Stripe has not taken the refund for booking %(booking)s so far. We keep trying; please look after it.")
    composing.tell_owners(f"refund-late:{refund.pk}", Words(subject, text % words), booking, now)


@in_house_language()
def alert(booking: Booking, refund: Refund, now: datetime) -> None:
    """The owners hear that a refund has failed, with Stripe's code, and what to do."""
    if refund.failure == "charge_already_refunded" and not booking.refund_due_minor:
        return
    words = {
        "amount": speech.money(refund.amount_minor, booking.currency),
        "booking": booking.reference_code,
        "code": refund.failure or "unknown",
    }
    subject = _("A refund for booking %(booking)s has failed") % words
    text = _("%(amount)s could not be returned for booking %(booking)s (%(code)s). The money is still owed.") % words
    if refund.payment.returned_at:
        text += " " + _(
            "Try again on the page “Give money back” of the booking, or return it in your Stripe dashboard."
        )
    else:
        text += " " + _(
            "Try again on the page “Give money back” of the booking, or return it in another way and note it there."
        )
    composing.tell_owners(f"refund-failed:{refund.pk}", Words(subject, text), booking, now)
