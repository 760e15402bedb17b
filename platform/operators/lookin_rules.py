"""What is not done while somebody of the platform looks in, whoever they look in as: by the address alone.

Reading is allowed but for what is the person's own and what is everything at once; changing only where it was asked
for, and never the ways in, money's accounts, the team, or what sends data elsewhere.
"""

import re

from django.utils.translation import gettext as _

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_OUT = "logout"
ALWAYS = frozenset({SIGN_OUT, "language", "appearance", "look-in-end"})
"""Routes that change nothing of the tenant's."""
NOT_SHOWN = re.compile(
    r"/account/(?!packs/)"  # passwords, second factors, passkeys, sessions, the person's own data
    r"|/(login|signup|data|me|oauth)/"
    r"|/desk/api/"
    r"|/desk/settings/(everything|close)/"
    r"|/desk/(exports|calendars/feeds|calendars/returned|calendars/leave)/"
    r"|/desk/money/(books/file|return|plan/return)/"
    r"|/desk/.*\.csv$"
    r"|/desk/customers/.*/(file|erase)/"
    r"|/bookings/(calendar|cards)/"
    r"|/api/v1/(me|admin/tokens|admin/exports|oauth-clients|calendar-feeds)/"
)
"""Not even to be seen."""
NEVER_CHANGED = re.compile(
    r"/desk/(team|domains|money|webhooks|calendars|website)/"
    r"|/desk/settings/(business|agreement|processing)/"
    r"|/api/v1/(admin/(stripe-account|subscription|business-details)|calendar-connections)/"
    r"|/api/(v1/|partner/v1/)?webhook-(endpoints|deliveries)"
    r"|/(packs/buy|account/packs)/"
    r"|/(bookings|api)/.*/(pay|create-payment-intent|checkout-session)(/|$)"
)
"""Changed by people of the tenant alone."""


def refusal(method: str, path: str, name: str, *, may_change: bool) -> str:
    """Why it is not done; empty for what is."""
    is_safe = method in SAFE
    if name in ALWAYS:
        return ""
    if NOT_SHOWN.match(path):
        return _("This is not shown to somebody who looks in: it belongs to the person, or is everything at once.")
    if is_safe:
        return ""
    if not may_change:
        return _("You look in to read. Nothing was changed.")
    if NEVER_CHANGED.match(path):
        return _("Nobody who looks in changes this: only people of the business do. Nothing was changed.")
    return ""
