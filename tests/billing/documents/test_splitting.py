"""The tax in parts of a price adds up to the cent, however it is taken apart."""

from hypothesis import given
from hypothesis import strategies as st

from billing.payments.splitting import Part, charged, left, over_lines, share

RATES = st.sampled_from([0, 550, 700, 1000, 1900, 2000, 2550])
LINES = st.lists(st.tuples(RATES, st.integers(1, 100_000)), min_size=1, max_size=6)


def test_tax_is_worked_out_once_for_each_rate() -> None:
    assert charged([(1900, 100), (1900, 100), (700, 107)]) == [Part(700, 107, 7), Part(1900, 200, 32)]


def test_deposit_of_two_rates_is_split_in_proportion() -> None:
    whole = charged([(1900, 14280), (700, 1070)])
    assert share(whole, 5000) == [Part(700, 349, 23), Part(1900, 4651, 743)]


def test_last_part_takes_all_the_tax_that_is_left() -> None:
    whole = charged([(1900, 14280), (700, 1070)])
    rest = left(whole, share(whole, 5000))
    assert share(rest, 10350) == [Part(700, 721, 47), Part(1900, 9629, 1537)]


def test_discounted_lines_share_the_tax_of_their_sum() -> None:
    assert over_lines([(1900, 2500), (1900, -500), (700, 300)]) == [399, -80, 20]


def test_nothing_is_shared_out_of_nothing() -> None:
    assert share([], 0) == []
    assert share([Part(1900, 0, 0)], 119) == [Part(1900, 119, 19)]


@given(LINES, st.lists(st.integers(1, 300_000), max_size=6))
def test_any_payments_in_a_row_add_up_to_the_price_and_its_tax(
    lines: list[tuple[int, int]], amounts: list[int]
) -> None:
    whole = charged(lines)
    rest, gone = whole, []
    for wanted in [*amounts, 10**9]:
        amount = min(wanted, sum(part.gross_minor for part in rest))
        if amount:
            parts = share(rest, amount)
            assert sum(part.gross_minor for part in parts) == amount
            assert all(0 <= part.tax_minor <= part.gross_minor for part in parts)
            gone += parts
            rest = left(whole, gone)
    for part in whole:
        mine = [found for found in gone if found.vat == part.vat]
        assert sum(found.gross_minor for found in mine) == part.gross_minor
        assert sum(found.tax_minor for found in mine) == part.tax_minor


@given(LINES)
def test_lines_of_a_rate_add_up_to_its_tax(lines: list[tuple[int, int]]) -> None:
    found = over_lines(lines)
    for part in charged(lines):
        assert sum(tax for tax, (vat, _amount) in zip(found, lines, strict=True) if vat == part.vat) == part.tax_minor
