"""Letters about payments that take days, such as direct debits: under way, with the link back, and not gone through.

Who pays so has closed the page long before their bank decides. That it went through says the confirmation, or the
receipt.
"""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.payments.models import Payment
from bookings.letters import composing, values
from bookings.letters.kinds import Kind
from bookings.letters.wording import Words
from bookings.models import Booking
from bookings.states import State
from tenants import speech
from tenants.mail import post


def under_way(booking: Booking, payment: Payment, now: datetime) -> None:
    """The customer's bank decides on a payment by now; one letter for each."""
    with override(composing.language_of(booking)):
        body = [_("Your bank has not confirmed your payment of {{ amount }} yet. You need not do anything.")]
        if booking.hold_expires_at is not None:
            body.append(_("The time is kept for you until {{ until }}."))
        body.append(_("We write again as soon as your bank has decided."))
        words = _words(_("Your payment is under way: {{ what }}, {{ day }}"), body)
    _post(f"debit:{payment.pk}", words, Kind.REFUND, booking, payment, now)


def failed(booking: Booking, payment: Payment, now: datetime) -> None:
    """The bank has refused it: what that means for the booking, and the way to pay it otherwise."""
    kind = Kind.REFUND
    with override(composing.language_of(booking)):
        body = [_("Your bank did not carry out your payment of {{ amount }}, and nothing was charged.")]
        if booking.state == State.PENDING and booking.hold_expires_at is not None:
            kind = Kind.BALANCE
            body.append(_("The time is kept for you until {{ until }}. Pay by then, and it is yours."))
        elif booking.state == State.CONFIRMED:
            kind = Kind.BALANCE
            body.append(_("Your booking stands. Please pay in another way."))
        words = _words(_("Your payment did not go through: {{ what }}, {{ day }}"), body)
    _post(f"debit-failed:{payment.pk}:{payment.failures}", words, kind, booking, payment, now)


def _words(subject: str, body: list[str]) -> Words:
    return Words(subject, "\n\n".join(["{{ greeting }}", *body]))


def _post(key: str, words: Words, kind: Kind, booking: Booking, payment: Payment, now: datetime) -> None:
    to = booking.email or (booking.customer.mailbox if booking.customer else "")
    if not to:
        return
    with override(composing.language_of(booking)):
        extra = {
            "amount": speech.money(payment.amount_minor, payment.currency),
            "until": values.until(booking),
        }
        post(composing.worded(words, booking, key=key, to=to, kind=kind, extra=extra), now)
