"""VAT on what the platform sells to businesses: by where they are, and whether their VAT id is known.

By Art. 44 and 196 of directive 2006/112/EC (3a and 13b UStG) a business elsewhere in the EU whose VAT id is verified
owes the tax itself, and one outside the EU is not taxed here. Who has no verified id counts as a consumer, whose tax is
that of its own country (Art. 58, paid by the one-stop shop). Stripe Tax does the same for plans.
"""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

VERIFIED = "verified"
RATES = {
    "AT": 2000, "BE": 2100, "BG": 2000, "CY": 1900, "CZ": 2100, "DE": 1900, "DK": 2500, "EE": 2400, "ES": 2100,
    "FI": 2550, "FR": 2000, "GR": 2400, "HR": 2500, "HU": 2700, "IE": 2300, "IT": 2200, "LT": 2100, "LU": 1700,
    "LV": 2100, "MT": 1800, "NL": 2100, "PL": 2300, "PT": 2300, "RO": 2100, "SE": 2500, "SI": 2200, "SK": 2300,
}  # fmt: skip
"""Standard rates of the member states in basis points, as of 2026; at home `PLATFORM_VAT` counts."""


@dataclass(frozen=True, slots=True)
class Taxation:
    """At which rate (basis points) a tenant's fees are taxed, and why not where they are not."""

    rate: int
    note: str = ""


def taxation(country: str, vat_id: str, vat_id_status: str) -> Taxation:
    """How a business in a country is taxed; without a country, as at home."""
    at_home = settings.PLATFORM_COUNTRY
    is_known = bool(vat_id) and vat_id_status == VERIFIED
    where = (vat_id[:2].upper() if is_known else "") or country or at_home
    where = "GR" if where == "EL" else where
    if where == at_home:
        return Taxation(settings.PLATFORM_VAT)
    if where not in RATES:
        return Taxation(0, _("Not taxable in %(country)s.") % {"country": at_home})
    if is_known:
        return Taxation(0, _("Reverse charge: the recipient owes the VAT."))
    return Taxation(RATES[where])
