"""Documents as PDF. Knows neither rows nor Stripe: a `Sheet` of texts goes in, bytes come out, the same each time."""
