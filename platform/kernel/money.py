"""Money: integer minor units and an ISO 4217 currency.

Inside the house an amount is an `int` of minor units; `as_text` is the
decimal string that APIs and pages show. Floats never appear.
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

# ISO 4217 minor units that are not 2. Source: ISO 4217 list one; Stripe's
# "zero-decimal" and "three-decimal" currencies agree for those it supports.
NO_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def exponent(currency: str) -> int:
    """Number of decimals of the currency: 0, 2 or 3."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def as_text(minor: int, currency: str) -> str:
    """`2500, "EUR"` gives `"25.00"`; `2500, "JPY"` gives `"2500"`."""
    return str(Decimal(minor).scaleb(-exponent(currency)))


def from_text(text: str, currency: str) -> int:
    """Minor units of a decimal string; `ValueError` where it has more decimals than the currency."""
    scaled = Decimal(text).scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{text} has more decimals than {currency}")
    return int(scaled)


def rounded(amount: Fraction) -> int:
    """Minor units of an exact amount, halves away from zero (the commercial rule)."""
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
