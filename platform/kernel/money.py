"""Money: integer minor units and an ISO 4217 currency.

Inside the house an amount is an `int` of minor units; `as_text` is the
decimal string that APIs and pages show. Floats never appear.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

# ISO 4217 minor units that are not 2. Source: ISO 4217 list one. Stripe counts three
# currencies otherwise (ISK and UGX with two decimals, MGA with none): its adapter's business.
NO_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

LONGEST = 28  # digits of an amount; beyond it, a text as short as 1e999999 would fill the memory


def exponent(currency: str) -> int:
    """Number of decimals of the currency: 0, 2 or 3."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def as_text(minor: int, currency: str) -> str:
    """`2500, "EUR"` gives `"25.00"`; `2500, "JPY"` gives `"2500"`."""
    return str(Decimal(minor).scaleb(-exponent(currency)))


def from_text(text: str, currency: str) -> int:
    """Minor units of a decimal string; `ValueError` for more decimals than the currency has, or no number at all."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no amount") from None
    if not amount.is_finite() or abs(amount.adjusted()) > LONGEST:
        raise ValueError(f"{text!r} is no amount")
    exact: Fraction = Fraction(amount) * 10 ** exponent(currency)
    if exact.denominator != 1:
        raise ValueError(f"{text} has more decimals than {currency}")
    return exact.numerator


def round_sum(euros: int, currency: str) -> int:
    """Minor units of a price to begin with: 25 is 25.00 EUR, 25.000 KWD and 2500 JPY; yen and their like are small."""
    return euros * int(10 ** (exponent(currency) or 2))


def exact_text(amount: Fraction) -> str:
    """A number as people write it, without rounding: `"1.5"`, or `"1/3"` for one that no decimal can say."""
    rest = amount.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    if rest != 1:
        return str(amount)
    return f"{Decimal(amount.numerator) / Decimal(amount.denominator):f}"


def percent_text(basis_points: int) -> str:
    """`1250` gives `"12.5"`, `1900` gives `"19"`."""
    return exact_text(Fraction(basis_points, 100))


def rounded(amount: Fraction, step: int = 1) -> int:
    """Minor units of an exact amount, to a multiple of `step`, halves away from zero (the commercial rule).

    Steps are for currencies whose smallest coin is more than the minor unit: 5 in CHF.
    """
    exact = abs(amount) / step
    size = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator) * step
    return size if amount >= 0 else -size


def shared_out(amount: int, weights: Sequence[int]) -> list[int]:
    """Split minor units in proportion to weights so that the parts add up to the cent (largest remainders).

    Parts of equal remainder go to the earlier weight. All weights zero: everything goes to the first.
    """
    whole = sum(weights)
    if not weights:
        return []
    if not whole:
        return [amount, *([0] * (len(weights) - 1))]
    parts = [amount * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda index: -(amount * weights[index] % whole))
    for index in order[: amount - sum(parts)]:
        parts[index] += 1
    return parts


def tax_in(gross: int, vat: int) -> int:
    """The tax that a gross amount contains at a rate of `vat` basis points."""
    return gross - rounded(Fraction(gross * 10_000, 10_000 + vat))
