"""Letters about the money of purchases: to who has bought, and to the owners where something went wrong.

Receipts and credit notes go with their documents (`billing.payments.issuing`).
"""

from datetime import datetime

from django.utils.translation import gettext as _

from billing.payments.disputes import Turn
from billing.payments.models import Dispute, Payment, Refund
from bookings.models import Purchase
from bookings.purchases.rows import page_of
from tenants import mail, speech
from tenants.mail import Letter, in_house_language, tell_owners


@in_house_language()
def goes_back(purchase: Purchase, refund: Refund, now: datetime) -> None:
    """Money goes back that was never counted for the purchase: it came twice, too late, or was another amount."""
    words = _words(purchase, refund)
    subject = _("Your payment for %(name)s goes back to you") % words
    text = _(
        "We received more than one payment, or one that was no longer needed or not the amount that was due, so"
        " %(amount)s for %(name)s (%(reference)s) goes back to you."
    )
    _post(f"refund:{refund.pk}", purchase, subject, text % words, now)


@in_house_language()
def failed(purchase: Purchase, payment: Payment, now: datetime) -> None:
    """Who pays in a way that takes days hears that their bank refused it, and where it can be paid otherwise."""
    words = {
        "name": purchase.name,
        "reference": purchase.reference,
        "amount": speech.money(payment.amount_minor, payment.currency),
        "link": page_of(purchase.pk, "purchase-pay"),
    }
    subject = _("Your payment for %(name)s did not go through") % words
    text = _(
        "Your bank did not carry out your payment of %(amount)s for %(name)s (%(reference)s), and nothing was charged."
        " You can pay in another way:\n\n%(link)s"
    )
    _post(f"debit-failed:{payment.pk}:{payment.failures}", purchase, subject, text % words, now)


@in_house_language()
def came_back(purchase: Purchase, refund: Refund, now: datetime) -> None:
    """Who has bought was told that the money is on its way, and it came back."""
    words = _words(purchase, refund)
    subject = _("Your refund for %(name)s came back to us") % words
    text = _(
        "Your bank did not take our refund of %(amount)s for %(name)s (%(reference)s). The money is still yours: we try"
        " again, or ask you how you want to have it. You can also answer this letter."
    )
    _post(f"refund-back:{refund.pk}", purchase, subject, text % words, now)


@in_house_language()
def alert(purchase: Purchase, refund: Refund, now: datetime) -> None:
    """The owners hear that a refund has failed, with Stripe's code, and what to do."""
    words = {**_words(purchase, refund), "code": refund.failure or "unknown"}
    subject = _("A refund for %(name)s (%(reference)s) has failed") % words
    text = _(
        "%(amount)s could not be returned for %(name)s (%(reference)s, %(code)s). The money is still owed. Try again on"
        " its page at the desk, or hand it out and note it there."
    )
    tell_owners(f"refund-failed:{refund.pk}", subject, text % words, now)


@in_house_language()
def is_late(purchase: Purchase, refund: Refund, now: datetime) -> None:
    """The owners hear that Stripe has not taken a refund for an hour."""
    words = _words(purchase, refund)
    subject = _("A refund for %(name)s (%(reference)s) has not gone through yet") % words
    text = _("Stripe has not taken the refund of %(amount)s for %(name)s (%(reference)s) so far. We keep trying.")
    tell_owners(f"refund-late:{refund.pk}", subject, text % words, now)


@in_house_language()
def mismatch(purchase: Purchase, payment: Payment, now: datetime) -> None:
    """The owners hear that another amount came than was asked for."""
    words = {"reference": purchase.reference, "amount": speech.money(payment.amount_minor, payment.currency)}
    subject = _("Purchase %(reference)s was paid with another amount than its own") % words
    text = _("%(amount)s came for purchase %(reference)s, which is not what was asked for. It is returned as a whole.")
    tell_owners(f"mismatch:{payment.pk}", subject, text % words, now)


@in_house_language()
def disputed(purchase: Purchase, dispute: Dispute, turn: Turn, now: datetime) -> None:
    """The owners hear of a dispute: that it began, or how it ended."""
    words = {
        "reference": purchase.reference,
        "amount": speech.money(dispute.amount_minor, dispute.currency),
        "reason": dispute.reason.replace("_", " "),
    }
    told = {
        Turn.OPENED: _(
            "The customer's bank disputes %(amount)s for purchase %(reference)s: %(reason)s. Answer it with evidence in"
            " your Stripe dashboard."
        ),
        Turn.WON: _("The dispute about %(amount)s for purchase %(reference)s is over, and you keep the money."),
        Turn.LOST: _(
            "The bank has decided: %(amount)s for purchase %(reference)s went back to the customer. What was left of"
            " the purchase is taken back."
        ),
    }[turn]
    subject = _("A payment for purchase %(reference)s is disputed") % words
    tell_owners(f"dispute-{turn.name.lower()}:{dispute.dispute_id}", subject, told % words, now)


@in_house_language()
def warned(purchase: Purchase, warning_id: str, kind: str, now: datetime) -> None:
    """The owners hear that the card's bank reports fraud; each warning once, by its key."""
    words = {"reference": purchase.reference, "kind": kind.replace("_", " ")}
    subject = _("Warning of fraud for purchase %(reference)s") % words
    text = _(
        "The card's bank reports the payment of purchase %(reference)s as fraud (%(kind)s). A refund now avoids a"
        " dispute and its fee: look at the purchase and decide."
    )
    tell_owners(f"fraud:{warning_id}", subject, text % words, now)


def _words(purchase: Purchase, refund: Refund) -> dict[str, str]:
    return {
        "name": purchase.name,
        "reference": purchase.reference,
        "amount": speech.money(refund.amount_minor, purchase.currency),
    }


def _post(key: str, purchase: Purchase, subject: str, text: str, now: datetime) -> None:
    if purchase.customer.mailbox:
        mail.post(Letter(key=key, to=purchase.customer.mailbox, subject=subject, text=text), now)
