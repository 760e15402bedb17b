"""Stripe's amounts against ours, currency by currency."""

import pytest

from billing.gateway import currencies
from billing.gateway.trouble import ProviderTrouble
from kernel import money
from kernel.errors import Refused


@pytest.mark.parametrize(
    ("currency", "minor", "amount"),
    [
        ("EUR", 2500, 2500),
        ("CHF", 2505, 2505),
        ("HUF", 123_450, 123_450),
        ("TWD", 80_045, 80_045),
        ("JPY", 500, 500),
        ("KRW", 500, 500),
        ("ISK", 5, 500),
        ("UGX", 5, 500),
        ("MGA", 500, 5),
        ("KWD", 5120, 5120),
        ("BHD", 10, 10),
    ],
)
def test_an_amount_goes_to_stripe_and_comes_back(currency: str, minor: int, amount: int) -> None:
    assert currencies.to_stripe(minor, currency) == amount
    assert currencies.from_stripe(amount, currency.lower()) == minor


@pytest.mark.parametrize(
    ("currency", "minor", "sentence"),
    [
        ("KWD", 5124, "5.124 KWD cannot be paid online: the amount must be a multiple of 0.010."),
        ("TND", 1, "0.001 TND cannot be paid online: the amount must be a multiple of 0.010."),
        ("MGA", 520, "5.20 MGA cannot be paid online: the amount must be a multiple of 1.00."),
    ],
)
def test_an_amount_that_stripe_cannot_move_is_refused_and_not_rounded(currency: str, minor: int, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        currencies.to_stripe(minor, currency)
    assert (refusal.value.code, refusal.value.detail) == ("amount_not_chargeable", sentence)


@pytest.mark.parametrize("currency", ["isk", "ugx"])
def test_hundredths_of_what_has_none_are_not_guessed(currency: str) -> None:
    with pytest.raises(ProviderTrouble) as trouble:
        currencies.from_stripe(550, currency)
    assert trouble.value.is_lasting


@pytest.mark.parametrize(
    ("currency", "least"),
    [("EUR", "0.50"), ("GBP", "0.30"), ("HUF", "175.00"), ("JPY", "50"), ("CZK", "15.00"), ("KWD", "0.010"),
     ("MGA", "1.00"), ("ISK", "1"), ("XPF", "1")],
)  # fmt: skip
def test_the_least_that_can_be_charged(currency: str, least: str) -> None:
    assert money.as_text(currencies.smallest(currency), currency) == least


def test_every_minimum_is_an_amount_that_stripe_can_move() -> None:
    for currency in currencies.CHARGEABLE:
        currencies.to_stripe(currencies.smallest(currency), currency)
    assert set(currencies.SMALLEST) <= currencies.CHARGEABLE


@pytest.mark.parametrize(
    ("country", "currency", "can"),
    [("DE", "EUR", True), ("DE", "CHF", True), ("KW", "KWD", True), ("BR", "BRL", True), ("BR", "USD", False),
     ("DE", "IQD", False), ("DE", "XXX", False)],
)  # fmt: skip
def test_which_country_charges_in_which_currency(country: str, currency: str, can: bool) -> None:
    assert currencies.supports(country, currency) is can
