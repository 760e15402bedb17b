"""Money is integer minor units: exact, in currencies of 0, 2 and 3 decimals."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import as_text, exponent, from_text, rounded

MINOR = st.integers(min_value=-(2**63), max_value=2**63 - 1)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (2500, "EUR", "25.00"),
        (5, "EUR", "0.05"),
        (0, "EUR", "0.00"),
        (-5, "USD", "-0.05"),
        (2500, "JPY", "2500"),
        (0, "KRW", "0"),
        (2500, "KWD", "2.500"),
        (1, "BHD", "0.001"),
        (0, "TND", "0.000"),
        (9_223_372_036_854_775_807, "EUR", "92233720368547758.07"),
    ],
)
def test_minor_units_are_shown_with_the_decimals_of_their_currency(minor, currency, text):
    assert as_text(minor, currency) == text
    assert from_text(text, currency) == minor


@pytest.mark.parametrize(("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("OMR", 3)])
def test_currencies_have_zero_two_or_three_decimals(currency, decimals):
    assert exponent(currency) == decimals


@given(MINOR, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_text_and_back_loses_nothing(minor, currency):
    assert from_text(as_text(minor, currency), currency) == minor


@pytest.mark.parametrize(("text", "currency"), [("25.001", "EUR"), ("25.5", "JPY"), ("0.0001", "KWD")])
def test_more_decimals_than_the_currency_has_are_refused(text, currency):
    with pytest.raises(ValueError, match="more decimals"):
        from_text(text, currency)


def test_trailing_zeros_beyond_the_currency_are_no_decimals():
    assert from_text("25.000", "EUR") == 2500
    assert from_text("25.0", "JPY") == 25


def test_a_decimal_too_small_for_the_context_is_still_refused():
    with pytest.raises(ValueError, match="more decimals"):
        from_text("1.0000000000000000000000000000000000001", "EUR")


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "-inf", "1,00", "1e400"])
def test_what_is_no_amount_is_a_value_error(text):
    with pytest.raises(ValueError, match="no amount"):
        from_text(text, "EUR")


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        (Fraction(1, 2), 1),
        (Fraction(-1, 2), -1),
        (Fraction(5, 2), 3),
        (Fraction(-5, 2), -3),
        (Fraction(49, 100), 0),
        (Fraction(2, 3), 1),
        (Fraction(1, 3), 0),
        (Fraction(7), 7),
        (Fraction(0), 0),
    ],
)
def test_halves_are_rounded_away_from_zero(amount, minor):
    assert rounded(amount) == minor


def test_rounding_looks_at_every_digit():
    just_below_a_half = Fraction(5 * 10**40 - 1, 10**41)
    assert rounded(just_below_a_half) == 0
    assert rounded(10**40 + just_below_a_half) == 10**40


@given(st.fractions(min_value=-(10**15), max_value=10**15, max_denominator=10**6))
def test_rounding_is_never_further_off_than_a_half_and_is_the_same_on_both_sides_of_zero(amount):
    assert abs(rounded(amount) - amount) <= Fraction(1, 2)
    assert rounded(-amount) == -rounded(amount)
    if (amount * 2).denominator == 1 and amount.denominator == 2:
        assert abs(rounded(amount)) == abs(amount) + Fraction(1, 2)


def test_a_third_of_an_hour_at_25_euros_is_833_cents():
    assert rounded(2500 * Fraction(20, 60)) == 833
    assert Decimal(as_text(833, "EUR")) == Decimal("8.33")
