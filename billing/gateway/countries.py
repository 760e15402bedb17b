"""Where Stripe has accounts for businesses. Source: stripe.com/global."""

COUNTRIES = (
    "AE", "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR",
    "HK", "HR", "HU", "IE", "IN", "IT", "JP", "LI", "LT", "LU", "LV", "MT", "MX", "MY", "NL", "NO", "NZ", "PL", "PT",
    "RO", "SE", "SG", "SI", "SK", "TH", "US",
)  # fmt: skip
