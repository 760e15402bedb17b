"""Public holidays by country and region, as the `holidays` library has them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import holidays
from babel import Locale
from babel.core import UnknownLocaleError

from kernel.errors import Invalid

ALPHA_2 = 2
"""Letters of a country's code (ISO 3166-1)."""

FIRST_YEAR, LAST_YEAR, MOST_YEARS = 2000, 2100, 3


@dataclass(frozen=True, slots=True)
class PublicDay:
    """A public holiday, by its name in a language."""

    date: date
    name: str


def countries(language: str) -> list[tuple[str, str]]:
    """Codes and names of the countries whose holidays are known, by name."""
    names = _names(language)
    codes = [code for code in holidays.list_supported_countries(include_aliases=False) if len(code) == ALPHA_2]
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda each: each[1])


def regions(country: str) -> list[tuple[str, str]]:
    """Codes and names of a country's regions, by name; none where all of it has the same holidays."""
    codes = holidays.list_supported_countries(include_aliases=False).get(country, [])
    known = holidays.country_holidays(country) if codes else None
    named = {code: name for name, code in getattr(known, "subdivisions_aliases", {}).items()}
    return sorted(((code, named.get(code, code)) for code in codes), key=lambda each: each[1])


def days(country: str, region: str, years: Collection[int], language: str) -> list[PublicDay]:
    """The holidays of whole years, by date, named in the language where the library has it, else as at home."""
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known or (region and region not in known[country]):
        raise Invalid("invalid", "No holidays are known of this region.")
    if not years or len(years) > MOST_YEARS or not all(FIRST_YEAR <= year <= LAST_YEAR for year in years):
        raise Invalid("invalid", "Choose one to three years.")
    spoken = holidays.country_holidays(country).supported_languages
    wanted = next((each for each in spoken if each.partition("_")[0] == language.partition("-")[0]), None)
    found = holidays.country_holidays(country, subdiv=region or None, years=set(years), language=wanted)
    return [PublicDay(day, name) for day, name in sorted(found.items()) if day.year in years]


def _names(language: str) -> dict[str, str]:
    try:
        return dict(Locale.parse(language, sep="-").territories)
    except (UnknownLocaleError, ValueError):
        return dict(Locale.parse("en").territories)
