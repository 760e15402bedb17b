"""Currencies and countries: how small an amount may be, how many decimals it has, who may charge what."""

from decimal import Decimal

from embedded.sandbox.problems import Problem

TWO = """
aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk
dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs khr kyd kzt lak lbp lkr
lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub
sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd yer zar zmw
"""
ZERO_DECIMALS = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
WHOLE_UNITS_ONLY = frozenset({"isk", "ugx"})  # two decimals for Stripe, and both are 0
PAID_OUT_IN_WHOLE_UNITS = frozenset({"huf", "twd", "isk", "ugx"})
KNOWN = ZERO_DECIMALS | THREE_DECIMALS | WHOLE_UNITS_ONLY | frozenset(TWO.split())
LEAST = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
    "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
    "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
MOST = 99_999_999
OF_COUNTRY = {
    "AE": "aed", "AT": "eur", "AU": "aud", "BE": "eur", "BG": "eur", "BR": "brl", "CA": "cad", "CH": "chf", "CY": "eur",
    "CZ": "czk", "DE": "eur", "DK": "dkk", "EE": "eur", "ES": "eur", "FI": "eur", "FR": "eur", "GB": "gbp", "GI": "gbp",
    "GR": "eur", "HK": "hkd", "HR": "eur", "HU": "huf", "IE": "eur", "IN": "inr", "IT": "eur", "JP": "jpy", "LI": "chf",
    "LT": "eur", "LU": "eur", "LV": "eur", "MT": "eur", "MX": "mxn", "MY": "myr", "NL": "eur", "NO": "nok", "NZ": "nzd",
    "PL": "pln", "PT": "eur", "RO": "ron", "SE": "sek", "SG": "sgd", "SI": "eur", "SK": "eur", "TH": "thb", "US": "usd",
}  # fmt: skip
NOTHING_ELSE = frozenset({"BR", "IN", "MX"})
"""Countries whose accounts charge in their own currency only (Stripe's list is longer and changes)."""


def check_charge(amount: int, currency: str, country: str) -> None:
    """Whether an account in this country may charge this. Raises Problem as Stripe would."""
    check_currency(currency)
    if country in NOTHING_ELSE and currency != OF_COUNTRY[country]:
        raise Problem(
            f"Currency {currency} is not supported for accounts in {country}. Use {OF_COUNTRY[country]} instead.",
            code="currency_not_supported",
            param="currency",
        )
    if amount < 1:
        raise Problem(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount < LEAST.get(currency, 1):
        raise Problem(
            f"Amount must be at least {LEAST[currency]} {currency} in the smallest unit.",
            code="amount_too_small",
            param="amount",
        )
    if amount > MOST:
        raise Problem("Amount must be no more than 999,999.99.", code="amount_too_large", param="amount")
    check_last_digits(amount, currency, "amount")


def check_currency(currency: str) -> None:
    """Raises Problem for a code that Stripe does not know; capitals are known too."""
    if currency not in KNOWN:
        known = ", ".join(sorted(KNOWN))
        raise Problem(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: {known}", param="currency"
        )


def check_last_digits(amount: int, currency: str, param: str) -> None:
    """Three-decimal amounts end in 0, and some currencies have whole units only. Raises Problem."""
    step = 10 if currency in THREE_DECIMALS else 100 if currency in WHOLE_UNITS_ONLY else 1
    if amount % step:
        raise Problem(
            f"Invalid {param}: amounts in {currency} must be evenly divisible by {step} (given {amount}).",
            code="parameter_invalid_integer",
            param=param,
        )


def shown(amount: int, currency: str) -> str:
    """An amount in minor units for people: `100.00 EUR`, `500 JPY`."""
    places = 0 if currency in ZERO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    return f"{Decimal(amount).scaleb(-places)} {currency.upper()}"
