"""Stripe's test cards and test bank accounts: what each number does."""

from dataclasses import dataclass

from embedded.sandbox.problems import Problem

GENERIC = "Your card was declined."
SAID = {
    "generic_decline": GENERIC,
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": GENERIC,
    "stolen_card": GENERIC,
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "fraudulent": GENERIC,
}
OWN_CODES = {"expired_card", "incorrect_cvc", "processing_error"}
"""Decline codes that are error codes themselves; the others come as `card_declined`."""


@dataclass(frozen=True)
class Card:
    """A test card. `sca`: never, always, or `unless_set_up`; `then` is what happens after the charge."""

    number: str
    decline: str = ""
    sca: str = "never"
    then: str = ""
    attachable: bool = True
    is_set_up: bool = False
    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"


CARDS = {
    "visa": Card("4242424242424242"),
    "visa_debit": Card("4000056655665556", funding="debit"),
    "mastercard": Card("5555555555554444", brand="mastercard"),
    "amex": Card("378282246310005", brand="amex"),
    "de": Card("4000002760000016", country="DE"),
    "bypassPending": Card("4000000000000077", then="available"),
    "chargeDeclined": Card("4000000000000002", decline="generic_decline", attachable=False),
    "chargeDeclinedInsufficientFunds": Card("4000000000009995", decline="insufficient_funds", attachable=False),
    "chargeDeclinedLostCard": Card("4000000000009987", decline="lost_card", attachable=False),
    "chargeDeclinedStolenCard": Card("4000000000009979", decline="stolen_card", attachable=False),
    "chargeDeclinedExpiredCard": Card("4000000000000069", decline="expired_card", attachable=False),
    "chargeDeclinedIncorrectCvc": Card("4000000000000127", decline="incorrect_cvc", attachable=False),
    "chargeDeclinedProcessingError": Card("4000000000000119", decline="processing_error", attachable=False),
    "chargeDeclinedFraudulent": Card("4100000000000019", decline="fraudulent", attachable=False),
    "chargeCustomerFail": Card("4000000000000341", decline="generic_decline"),
    "authenticationRequiredOnSetup": Card("4000002500003155", sca="unless_set_up"),
    "authenticationRequired": Card("4000002760003184", sca="always"),
    "threeDSecure2Required": Card("4000000000003220", sca="unless_set_up"),
    "authenticationRequiredSetupForOffSession": Card("4000003800000446", sca="unless_set_up", is_set_up=True),
    "authenticationRequiredChargeDeclinedInsufficientFunds": Card(
        "4000008260003178", sca="always", decline="insufficient_funds"
    ),
    "createDispute": Card("4000000000000259", then="dispute:fraudulent"),
    "createDisputeProductNotReceived": Card("4000000000002685", then="dispute:product_not_received"),
    "createDisputeInquiry": Card("4000000000001976", then="inquiry:fraudulent"),
    "createIssuerFraudRecord": Card("4000000000005423", then="warning"),
    "pendingRefund": Card("4000000000007726", then="refund_pending"),
    "refundFail": Card("4000000000005126", then="refund_fails"),
}
ALIASES = {
    "visa_chargeDeclined": "chargeDeclined",
    "visa_chargeDeclinedInsufficientFunds": "chargeDeclinedInsufficientFunds",
    "visa_chargeDeclinedLostCard": "chargeDeclinedLostCard",
    "visa_chargeDeclinedStolenCard": "chargeDeclinedStolenCard",
    "us": "visa",
}
BY_NUMBER = {card.number: card for card in CARDS.values()}
IBANS = {
    "DE89370400440532013000": "succeeds",
    "AT611904300234573201": "succeeds",
    "DE62370400440532013001": "fails",
    "AT861904300235473202": "fails",
    "DE08370400440532013003": "succeeds",
}
IBAN_TOKENS = {
    "pm_sepaDebit": "DE89370400440532013000",
    "pm_sepaDebit_success": "DE89370400440532013000",
    "pm_sepaDebit_failure": "DE62370400440532013001",
}


def of_token(token: str) -> Card | None:
    """The card of `pm_card_visa`, `tok_visa` and the like; None for something else."""
    name = token.removeprefix("pm_card_").removeprefix("tok_")
    return CARDS.get(ALIASES.get(name, name)) if name != token else None


def of_number(number: str) -> Card:
    """The card of a number. Raises Problem for one that is no test card."""
    digits = number.replace(" ", "").replace("-", "")
    card = BY_NUMBER.get(digits)
    if card is None and not _passes_luhn(digits):
        raise declined("incorrect_number", "Your card number is incorrect.")
    if card is None:
        raise declined(
            "card_declined", "Your card was declined. Your request was in test mode, but used a non test card."
        )
    return card


def declined(code: str, message: str, **error: object) -> Problem:
    """A `card_error`."""
    return Problem(message, status=402, type="card_error", code=code, **error)


def error_code(decline: str) -> str:
    """The error code that goes with a decline code."""
    if decline == "authentication_required":
        return "authentication_required"
    return decline if decline in OWN_CODES else "card_declined"


def _passes_luhn(digits: str) -> bool:
    if not digits.isdigit():
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004
