"""Letters about money on its way back: to the customer, and to the owners where it does not arrive."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from billing.payments.models import Refund
from bookings.models import Booking
from schemas.clock import database_now
from tenants import speech
from tenants.mail import Letter, in_house_language, post, tell_owners

LATE = timedelta(hours=1)
"""So long a refund may wait for Stripe before the owners hear of it."""


@in_house_language()
def came_back(booking: Booking, refund: Refund, now: datetime) -> None:
    """The customer was told that the money is on its way, and it came back."""
    to = booking.email or (booking.customer.email if booking.customer else "")
    if not to:
        return
    words = {"amount": speech.money(refund.amount_minor, booking.currency), "booking": booking.reference_code}
    subject = _("Your refund for booking %(booking)s came back to us") % words
    text = _(
        "Your bank did not take our refund of %(amount)s for booking %(booking)s. The money is still yours: we try "
        "again, or ask you how you want to have it. You can also answer this letter."
    )
    post(Letter(f"refund-back:{refund.pk}", to, subject, text % words, reply_to=booking.resource.venue.email), now)


@in_house_language()
def goes_back(booking: Booking, refund: Refund, now: datetime) -> None:
    """The customer hears that money goes back which was never counted for the booking, and why (R14)."""
    to = booking.email or (booking.customer.email if booking.customer else "")
    if not to:
        return
    words = {
        "amount": speech.money(refund.amount_minor, booking.currency),
        "booking": booking.reference_code,
    }
    if refund.reason == Refund.Reason.TOO_LATE:
        why = _("Your payment arrived when this time was no longer free, so all of it goes back to you.")
    elif refund.reason == Refund.Reason.CANCELLED:
        why = _("Your payment arrived when this booking was cancelled already, so all of it goes back to you.")
    else:
        why = _("We received more than one payment, or not the amount that was due, so this one goes back to you.")
    text = _("We return %(amount)s for booking %(booking)s the way you paid.") % words
    text = f"{why}\n\n{text}\n" + _("It can take a few days until you see it in your account.")
    subject = _("Refund of %(amount)s for booking %(booking)s") % words
    post(Letter(f"refund:{refund.pk}", to, subject, text), now)


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
    tell_owners(f"refund-late:{refund.pk}", subject, text % words, now)


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
    tell_owners(f"refund-failed:{refund.pk}", subject, text, now)
