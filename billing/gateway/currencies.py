"""Amounts as Stripe counts them, and which of them it takes. Source: docs.stripe.com/currencies.

Most currencies have the same minor units there as here (ISO 4217). The others are named below. Payouts in HUF and TWD
are whole forints and dollars: Stripe's business, since payouts run by Stripe's own schedule and what is over stays in
the balance.
"""

from django.utils.translation import gettext as _

from billing.gateway.trouble import ProviderTrouble
from kernel import money
from kernel.errors import Refused

WHOLE_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})
"""Without decimals by ISO 4217, with two at Stripe, which must be 00."""

WHOLE_AT_STRIPE = frozenset({"MGA"})
"""Two decimals by ISO 4217, none at Stripe."""

SMALLEST = {
    "AED": 200,
    "ARS": 50,
    "AUD": 50,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "COP": 50,
    "CZK": 15_00,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 175_00,
    "IDR": 50,
    "ILS": 50,
    "INR": 50,
    "JPY": 50,
    "KRW": 50,
    "MXN": 10_00,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PHP": 50,
    "PLN": 200,
    "RON": 200,
    "RUB": 50,
    "SEK": 300,
    "SGD": 50,
    "THB": 10_00,
    "USD": 50,
    "ZAR": 50,
}
"""The least that can be charged, in minor units, for an account that settles in the same currency."""

CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY"
    " COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK"
    " JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR"
    " MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS"
    " SRD STD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
CHARGEABLE = frozenset(CODES.split())
"""Currencies in which Stripe charges cards at all."""

ONLY = {"BR": frozenset({"BRL"})}
"""Countries whose accounts charge in their own currency alone (foreign exchange control)."""


def step(currency: str) -> int:
    """The smallest difference between two amounts that Stripe can move, in our minor units.

    10 where there are three decimals (the last digit must be 0), 100 for MGA, else 1. What is computed (shares,
    fees) is rounded to it: `money.rounded(amount, step(currency))`.
    """
    if currency in WHOLE_AT_STRIPE:
        return 100
    return 10 if money.exponent(currency) == 3 else 1  # noqa: PLR2004 - decimals


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units as Stripe's `amount`.

    Raises `Refused("amount_not_chargeable")` for an amount that Stripe cannot move, such as 1.235 KWD. It is not
    rounded: nobody is charged anything but the price that was shown (R33).
    """
    if minor % step(currency):
        raise Refused(
            "amount_not_chargeable",
            _("%(amount)s %(currency)s cannot be paid online: the amount must be a multiple of %(step)s.")
            % {
                "amount": money.as_text(minor, currency),
                "currency": currency,
                "step": money.as_text(step(currency), currency),
            },
        )
    if currency in WHOLE_IN_HUNDREDTHS:
        return minor * 100
    return minor // 100 if currency in WHOLE_AT_STRIPE else minor


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's `amount` in our minor units; `currency` in either case.

    Raises a lasting `ProviderTrouble` for hundredths of a currency that has none: money is not guessed.
    """
    code = currency.upper()
    if code in WHOLE_IN_HUNDREDTHS:
        whole, rest = divmod(amount, 100)
        if rest:
            raise ProviderTrouble(f"{amount} is no whole amount of {code}", is_lasting=True)
        return whole
    return amount * 100 if code in WHOLE_AT_STRIPE else amount


def smallest(currency: str) -> int:
    """The least that can be charged, in our minor units; one `step` where Stripe publishes no minimum.

    An account that settles in another currency needs the equivalent of that one's minimum: then Stripe says no.
    """
    return SMALLEST.get(currency, step(currency))


def supports(country: str, currency: str) -> bool:
    """Whether an account of this country (ISO 3166) can charge in this currency (ISO 4217)."""
    return currency in ONLY.get(country, CHARGEABLE)
