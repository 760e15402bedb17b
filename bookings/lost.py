"""Money for a booking that is not there: the database was restored from before it was made. It goes back as a whole.

Nothing else ever deletes a booking that was paid. The owners have a letter with what Stripe calls the payment, by which
they find out there who it was.
"""

from uuid import UUID

from django.utils.translation import gettext as _

from billing.payments import attempts
from billing.payments.attempts import Seen
from billing.payments.models import Payment, Refund
from bookings import returns
from schemas.clock import database_now
from tenants import speech
from tenants.mail import in_house_language, tell_owners


def applied(payment_id: UUID, seen: Seen) -> Payment:
    """Bring an attempt without a booking up to what Stripe says, once; inside the caller's transaction."""
    payment, now = attempts.locked(payment_id), database_now()
    attempts.note(payment, seen, now)
    came = seen.intent is not None and seen.intent.status == "succeeded"
    if came:
        payment.state, payment.failure = Payment.State.SUCCEEDED, ""
        payment.succeeded_at = payment.succeeded_at or now
    payment.save()
    if came and not (payment.applied_at or payment.returned_at):
        returns.return_whole(payment, Refund.Reason.TOO_LATE, now)
        _tell(payment)
    return payment


@in_house_language()
def _tell(payment: Payment) -> None:
    words = {"amount": speech.money(payment.amount_minor, payment.currency), "payment": payment.intent_id}
    text = _(
        "Your data were restored from a backup, and %(amount)s were paid for a booking that was made after it. The"
        " booking is lost, so the money goes back as a whole. Stripe calls the payment %(payment)s and says there who"
        " paid it: please write to them, for they believe that they have a booking.\n"
    )
    subject = _("%(amount)s for a lost booking go back") % words
    tell_owners(f"lost:{payment.pk}", subject, text % words, database_now())
