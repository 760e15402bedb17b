"""Time zones and currencies for a form: what is likely for whoever reads, and what goes with what."""

from collections import defaultdict
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name, get_territory_currencies
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

from desk.places.forms import CURRENCIES
from desk.setup.guessing import country_of
from tenants.zones import zone_names

USUAL = "Europe/Berlin"
MOST_PEOPLE = {"US": "America/New_York", "CA": "America/Toronto", "AU": "Australia/Sydney", "NZ": "Pacific/Auckland"}
"""Of countries with several zones, the one in which most people live."""
USUAL_CURRENCY = "EUR"


def guessed(request: HttpRequest) -> str:
    """The zone of the first country that the browser names with its language; scripts know better (`sign_up.js`)."""
    for named, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        country = named.rpartition("-")[2].upper() if "-" in named else ""
        if country in MOST_PEOPLE:
            return MOST_PEOPLE[country]
        if len(zones := _zones_of(country)) == 1:
            return zones[0]
    return USUAL


@cache
def currency_of(zone: str) -> str:
    """What people pay with where a zone lies, if it is among those that are offered; else the euro."""
    country = country_of(zone)
    found = get_territory_currencies(country) if country else []
    return next((code for code in found if code in CURRENCIES), USUAL_CURRENCY)


@cache
def options() -> tuple[tuple[str, str], ...]:
    """Every zone with its currency, for a list to choose from."""
    return tuple((name, currency_of(name)) for name in sorted(zone_names()))


@cache
def _named(language: str) -> tuple[tuple[str, str], ...]:
    spoken = Locale.parse(language, sep="-")
    return tuple((code, f"{code} · {get_currency_name(code, locale=spoken)}") for code in CURRENCIES)


def currencies() -> tuple[tuple[str, str], ...]:
    """The currencies that are offered, by code and name in the reader's language."""
    return _named(get_language() or "en")


def found(typed: str) -> str:
    """The zone that is meant: its name in any case, or a town alone, such as `berlin`; empty for none, or several."""
    wanted = typed.strip().replace(" ", "_").lower()
    exact = [name for name in zone_names() if name.lower() == wanted]
    towns = [name for name in zone_names() if name.lower().rpartition("/")[2] == wanted]
    return (exact or towns)[0] if len(exact or towns) == 1 else ""


@cache
def _zones_of(country: str) -> tuple[str, ...]:
    by_country: dict[str, list[str]] = defaultdict(list)
    for name, territory in get_global("zone_territories").items():
        if name in zone_names():
            by_country[territory].append(name)
    return tuple(sorted(by_country[country]))
