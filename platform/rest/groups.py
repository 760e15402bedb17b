"""Under which heading the descriptions of the API list a call: by the beginning of its path, the longest holds."""

from rest.scopes import PARAMETER

ROOTS = ("/api/partner/v1/", "/api/v1/", "/api/")

GROUPS = {
    "Catalogue": "What there is: venues, resources, services, and what can be had with them.",
    "Availability and prices": "When it is free, and what it would cost.",
    "Bookings": "Booking, changing and giving up: one's own bookings.",
    "Paying": "Paying online, what came of it, refunds and documents.",
    "Series and waiting lists": "Many dates at once, and dates that are taken.",
    "Desk": "What the people at the desk do: bookings of everybody, arrivals, closures.",
    "Desk: catalogue": "What is offered, at which prices and terms, and to whom.",
    "Desk: money": "What arrived, what is given back, and the tenant's account and plan.",
    "Messages": "What people are told, when, by which way, and what became of it.",
    "Webhooks": "Telling another system of what happens.",
    "Calendars": "Calendars elsewhere: to subscribe to, and connected ones.",
    "Signing in": "Tokens of one's own, and apps.",
}
"""Headings and what they are about, in the order of the page."""

_PATHS = {
    "Catalogue": ("venues/", "resources/", "products", "services/", "spaces"),
    "Availability and prices": ("availability/", "quotes/", "vouchers/check/", "slots"),
    "Bookings": ("bookings", "hours-accounts/"),
    "Paying": (
        *(f"bookings/{{}}/{end}/" for end in ("create-payment-intent", "checkout-session", "payments", "refunds")),
        *("bookings/{}/payment-intent/", "bookings/{}/documents/", "documents/", "me/cards/"),
    ),
    "Series and waiting lists": ("series/", "waitlist/"),
    "Desk": ("admin/",),
    "Desk: catalogue": tuple(
        f"admin/{each}/"
        for each in (
            *("venues", "resources", "products", "extra-offers", "custom-fields", "rates", "quotas", "packs"),
            *("membership-plans", "purchases"),
            *("hours-accounts", "gift-credits", "vouchers", "groups", "cancellation-policies"),
        )
    ),
    "Desk: money": (
        *(f"admin/bookings/{{}}/{end}/" for end in ("payments", "refunds", "invoice", "pay-link")),
        *(f"admin/{each}/" for each in ("balance", "statement", "payouts", "stripe-account", "subscription")),
        *("admin/documents/", "admin/business-details/"),
    ),
    "Messages": ("notices/", "message-rules/", "message-settings/", "message-templates/"),
    "Webhooks": ("webhook-endpoints", "webhook-deliveries"),
    "Calendars": ("calendar-feeds/", "calendar-connections/", "calendar-conflicts/"),
    "Signing in": ("me/tokens/", "me/apps/", "oauth-clients/", "admin/tokens/"),
}
_HEADING = {beginning: heading for heading, paths in _PATHS.items() for beginning in paths}


def group_of(path: str) -> str | None:
    """The heading of a path as OpenAPI writes it; None for one that nobody has sorted in."""
    root = next((root for root in ROOTS if path.startswith(root)), "")
    below = PARAMETER.sub("{}", path.removeprefix(root))
    found = max((beginning for beginning in _HEADING if below.startswith(beginning)), key=len, default=None)
    return None if found is None else _HEADING[found]
