"""Which VAT is in a part of a price. Pure: amounts at rates in, parts that add up to the cent out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kernel.money import rounded, shared_out, tax_in


@dataclass(frozen=True, slots=True)
class Part:
    """What is charged at one rate of VAT (basis points): gross, and the tax in it, in minor units."""

    vat: int
    gross_minor: int
    tax_minor: int


def charged(lines: Iterable[tuple[int, int]]) -> list[Part]:
    """Parts of lines (rate, gross amount): the tax is worked out once for each rate, as the price was."""
    gross: dict[int, int] = {}
    for vat, amount in lines:
        gross[vat] = gross.get(vat, 0) + amount
    return [Part(vat, amount, tax_in(amount, vat)) for vat, amount in sorted(gross.items())]


def left(parts: Sequence[Part], gone: Iterable[Part]) -> list[Part]:
    """What is left of parts after others; never less than nothing."""
    gross = {part.vat: part.gross_minor for part in parts}
    tax = {part.vat: part.tax_minor for part in parts}
    for part in gone:
        gross[part.vat] = gross.get(part.vat, 0) - part.gross_minor
        tax[part.vat] = tax.get(part.vat, 0) - part.tax_minor
    return [Part(vat, gross[vat], tax[vat]) if gross[vat] > 0 else Part(vat, 0, 0) for vat in sorted(gross)]


def share(parts: Sequence[Part], amount_minor: int) -> list[Part]:
    """Split an amount in proportion to parts, tax included. All that is left takes all of the tax that is left.

    More than there is, or of nothing, is charged in the same proportion, or at the first rate.
    """
    found = shared_out(amount_minor, [part.gross_minor for part in parts])
    return [_sized(part, gross) for part, gross in zip(parts, found, strict=True) if gross]


def _sized(part: Part, gross_minor: int) -> Part:
    if gross_minor == part.gross_minor:
        return part
    if not part.gross_minor:
        return Part(part.vat, gross_minor, tax_in(gross_minor, part.vat))
    tax = rounded(Fraction(part.tax_minor * gross_minor, part.gross_minor))
    return Part(part.vat, gross_minor, tax)


def over_lines(lines: Sequence[tuple[int, int]]) -> list[int]:
    """The tax in each line (rate, gross amount), so that the lines of a rate add up to the tax of their sum."""
    taxes = [0] * len(lines)
    for part in charged(lines):
        mine = [index for index, (vat, _amount) in enumerate(lines) if vat == part.vat]
        if part.gross_minor:
            for index, tax in zip(mine, shared_out(part.tax_minor, [lines[at][1] for at in mine]), strict=True):
                taxes[index] = tax
    return taxes
