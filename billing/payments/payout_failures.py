"""Why a payout did not reach the bank, in words. Source of the codes: docs.stripe.com/api/payouts/failures."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WORDS: dict[str, Promise] = {
    "account_closed": gettext_lazy("The bank account has been closed."),
    "account_frozen": gettext_lazy("The bank account has been frozen."),
    "bank_account_restricted": gettext_lazy("The bank account is restricted: it does not allow this kind of transfer."),
    "bank_ownership_changed": gettext_lazy("The bank account has changed hands, or the bank itself has."),
    "could_not_process": gettext_lazy("The bank could not process this payout."),
    "debit_not_authorized": gettext_lazy("The bank account does not allow debits, which a negative balance needs."),
    "declined": gettext_lazy("The bank has declined this payout. Please ask your bank."),
    "incorrect_account_holder_address": gettext_lazy("The address is not the one that the bank has for the holder."),
    "incorrect_account_holder_name": gettext_lazy("The name is not the one that the bank has for the holder."),
    "incorrect_account_holder_tax_id": gettext_lazy("The tax number is not the one that the bank has for the holder."),
    "insufficient_funds": gettext_lazy("There was not enough money on the Stripe balance for it."),
    "invalid_account_number": gettext_lazy("The account number or IBAN is wrong."),
    "invalid_currency": gettext_lazy("The bank account does not take this currency."),
    "no_account": gettext_lazy("The bank account could not be found: number or bank are wrong."),
    "unsupported_card": gettext_lazy("Payouts to this debit card are not possible."),
}


def in_words(code: str) -> str:
    """What a code of Stripe's means; for one that nobody has written down, that the bank gave no reason we know."""
    known = WORDS.get(code)
    return str(known) if known else _("The bank did not take it.")
