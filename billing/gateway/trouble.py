"""What can go wrong at Stripe, in our words."""

from django.utils.translation import gettext as _

from kernel.errors import Broken, Refused

PAUSE = 10


class ProviderTrouble(Broken):
    """Stripe failed, cannot be reached or refuses us: nobody knows whether it did what was asked (HTTP 500).

    The same call with the same key may be made again, after `PAUSE` seconds. `is_lasting` says that it would fail in
    the same way, and `is_kept` that Stripe keeps this answer under the key for a day: another try needs another key.
    """

    is_kept = False
    retry_after = PAUSE

    def __init__(self, why: str, *, is_lasting: bool = False) -> None:
        super().__init__("payment_provider_error", _("The payment service does not answer. Please try again."))
        self.why = why
        self.is_lasting = is_lasting


class Revoked(ProviderTrouble):
    """The connected account has withdrawn our access, or never gave it: nothing can be done there any more."""

    def __init__(self) -> None:
        super().__init__("account_invalid", is_lasting=True)


class Declined(Refused):
    """The card was declined. `code` is `card_declined`, `reason` Stripe's class, such as `insufficient_funds`."""

    def __init__(self, reason: str) -> None:
        super().__init__("card_declined", _("The payment was declined."), {"reason": reason})
        self.reason = reason


class Unavailable(Refused):
    """This tenant cannot take money online now: no account, or Stripe does not let it charge."""

    def __init__(self) -> None:
        super().__init__("payment_unavailable", _("Online payment is not available here at the moment."))


class WrongMoment(Exception):
    """The object is in another state by now (`payment_intent_unexpected_state` and its kin): look at it again."""


class Gone(Exception):
    """Stripe knows no such object, or not on this account."""
