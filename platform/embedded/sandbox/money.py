"""Amounts as pages show them."""

from embedded.sandbox.currencies import THREE_DECIMALS, ZERO_DECIMALS


def shown(amount: int, currency: str) -> str:
    """Minor units as `12.50 EUR`, `1250 JPY`, `1.250 KWD`."""
    digits = 0 if currency in ZERO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    sign, whole = "-" if amount < 0 else "", abs(amount)
    text = f"{whole // 10**digits}.{whole % 10**digits:0{digits}d}" if digits else str(whole)
    return f"{sign}{text} {currency.upper()}"
