"""Why a refund failed, in words. Source of the codes: docs.stripe.com/refunds#failed-refunds, and Stripe's errors."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_DISPUTED = gettext_lazy("the customer's bank disputes this payment")
WORDS: dict[str, Promise] = {
    "charge_already_refunded": gettext_lazy("it has been refunded before"),
    "charge_disputed": _DISPUTED,
    "charge_for_pending_refund_disputed": _DISPUTED,
    "declined": gettext_lazy("the bank has declined it"),
    "expired_or_canceled_card": gettext_lazy("the card has expired, or is gone"),
    "insufficient_funds": gettext_lazy("there was not enough money on your Stripe balance"),
    "lost_or_stolen_card": gettext_lazy("the card was reported as lost or stolen"),
    "merchant_request": gettext_lazy("it was stopped in your Stripe dashboard"),
}


def in_words(code: str) -> str:
    """What a code means; one that nobody has written down stays as it is, for whoever asks Stripe."""
    if code in WORDS:
        return str(WORDS[code])
    return _("Stripe says: %(code)s") % {"code": code} if code else ""
