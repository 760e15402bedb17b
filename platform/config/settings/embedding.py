"""Which pages other sites may show in a frame (`tenants.embedding`), by the names of their routes."""

__all__ = ["EMBEDDED_PAGES", "EMBEDDING_SITES_OF_DEVELOPERS"]

# What a visitor without an account needs to book, pay and manage a booking. Nothing behind a sign-in is here: inside a
# frame nobody is signed in. tests/guards/test_embedded_pages.py asks for a decision on every page that is open to all.
EMBEDDED_PAGES = frozenset(
    {
        "brand",
        "picture",
        "home",
        "venue",
        "resource",
        "hold",
        "search",
        "venue-day",
        "booking",
        "booking-details",
        "booking-time",
        "booking-more-time",
        "booking-cancel",
        "booking-calendar",
        "booking-extras",
        "booking-ask",
        "booking-move",
        "booking-pay",
        "booking-pay-intent",
        "booking-pay-elsewhere",
        "booking-paid",
        "booking-people",
        "document",
    }
)

# Origins that may show every tenant's pages: pages of developers on their own machine.
EMBEDDING_SITES_OF_DEVELOPERS: list[str] = []
