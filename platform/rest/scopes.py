"""What a token may be good for, and which scope each call needs: one table, asked at the one door (decision 0033).

A session and a personal token without scopes are not limited. Every other
token may call what its scopes name, and what its person may do beyond that it
may not. A route without a line in the table is refused to all limited tokens;
a guard finds it (`tests/guards/test_scopes.py`).
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from kernel.errors import Forbidden

AVAILABILITY_READ = "availability:read"
BOOKING_READ = "booking:read"
BOOKING_WRITE = "booking:write"
BOOKING_CANCEL = "booking:cancel"
WEBHOOK_WRITE = "webhook:write"
STAFF_READ = "staff:read"
STAFF_WRITE = "staff:write"

SCOPES: dict[str, Promise | str] = {
    AVAILABILITY_READ: gettext_lazy("See what can be booked, when it is free and what it costs"),
    BOOKING_READ: gettext_lazy("See bookings, with their payments and documents"),
    BOOKING_WRITE: gettext_lazy("Make, change and pay bookings"),
    BOOKING_CANCEL: gettext_lazy("Cancel bookings, by the venue's terms"),
    WEBHOOK_WRITE: gettext_lazy("Have another system told of what happens"),
    STAFF_READ: gettext_lazy("See what the people at the desk see"),
    STAFF_WRITE: gettext_lazy("Do what the people at the desk do"),
}
"""Every scope, in plain words for the page that asks for consent."""

PERSONAL = "personal"
"""Not a scope: for sessions and personal tokens, not for apps of others."""
UNLIMITED = "unlimited"
"""Not a scope: for sessions and tokens without limits."""
WITHOUT_PERSON = frozenset({AVAILABILITY_READ})
"""What can be asked by a client that acts as nobody."""

V1, CORE, PARTNER = "api/v1/", "api/", "api/partner/v1/"
PARAMETER = re.compile(r"<[^>]*>|{[^}]*}")


class Needs(NamedTuple):
    """The scope that reading a route needs, and the one that every other method needs.

    With `instead` the route opens as well to who wants to change something: its view asks which of the two it takes.
    """

    read: str
    write: str
    instead: str = ""


_CATALOGUE = Needs(AVAILABILITY_READ, AVAILABILITY_READ)
_BOOKING = Needs(BOOKING_READ, BOOKING_WRITE)
_CANCEL = Needs(BOOKING_READ, BOOKING_CANCEL)
_STAFF = Needs(STAFF_READ, STAFF_WRITE)
_HOOKS = Needs(WEBHOOK_WRITE, WEBHOOK_WRITE)

TABLE: dict[str, Needs] = {
    **dict.fromkeys(("venues/", "resources/", "products/", "services/", "availability/"), _CATALOGUE),
    "quotes/": _CATALOGUE,
    "vouchers/check/": Needs(BOOKING_READ, BOOKING_READ),
    **dict.fromkeys(("bookings/", "series/", "waitlist/", "hours-accounts/", "documents/", "me/cards/"), _BOOKING),
    **dict.fromkeys(("bookings/{}/cancel/", "series/{}/cancel/"), _CANCEL),
    "calendar-feeds/": _BOOKING,
    "me/tokens/": Needs(PERSONAL, PERSONAL),
    "me/apps/": Needs(PERSONAL, PERSONAL),
    "oauth-clients/": Needs(UNLIMITED, UNLIMITED),
    **dict.fromkeys(("webhook-endpoints/", "webhook-deliveries/"), _HOOKS),
    **dict.fromkeys(("admin/", "notices/", "message-rules/", "message-settings/", "message-templates/"), _STAFF),
    **dict.fromkeys(("calendar-connections/", "calendar-conflicts/"), _STAFF),
    **dict.fromkeys(("partner/v1/products", "partner/v1/spaces", "partner/v1/slots"), _CATALOGUE),
    "partner/v1/bookings": _BOOKING,
    "partner/v1/bookings/{}": Needs(BOOKING_READ, BOOKING_WRITE, BOOKING_CANCEL),
    **dict.fromkeys(("partner/v1/webhook-endpoints", "partner/v1/webhook-deliveries"), _HOOKS),
}
"""By the beginning of a route below `/api/v1/` and `/api/`; the longest holds. `{}` is any parameter."""


class Credential(Protocol):
    """What a request brought to say who it is, where that has limits."""

    @property
    def held(self) -> frozenset[str] | None:
        """Scopes, or None for one without limits."""

    @property
    def is_personal(self) -> bool:
        """Whether a person made it for themselves."""


class InsufficientScope(Forbidden):
    """403 with the scope that is missing, as RFC 6750 (3.1) has it."""

    def __init__(self, scope: str) -> None:
        super().__init__("insufficient_scope", _("This token may not do that."), {"scope": scope})
        self.challenge = f'Bearer realm="api", error="insufficient_scope", scope="{scope}"'


def needs_of(route: str) -> Needs | None:
    """What a route, as written in the URLconf or in OpenAPI, needs; None for one that nobody declared."""
    if not route.startswith(CORE):
        return None
    below = PARAMETER.sub("{}", route.removeprefix(V1).removeprefix(CORE))
    found = max(_fitting(below), key=len, default=None)
    return None if found is None else TABLE[found]


def _fitting(below: str) -> Iterator[str]:
    return (beginning for beginning in TABLE if below.startswith(beginning))


def require(request: Request, scope: str) -> None:
    """Refuse credentials with limits that do not reach so far: `InsufficientScope`."""
    held = getattr(request.auth, "held", None)
    if held is not None and scope not in held:
        raise InsufficientScope(scope)


def check(request: Request) -> None:
    """Let a request pass whose credentials are good for its route and method.

    Raises `InsufficientScope`, and `Forbidden("person_required")` for a client
    that acts as nobody where somebody is needed: nowhere in the partner dialect.
    """
    credential: Any = request.auth
    held = getattr(credential, "held", None)
    if held is None:
        return
    match = request.resolver_match
    needs = needs_of(match.route if match else "") or Needs(UNLIMITED, UNLIMITED)
    is_reading = request.method in SAFE_METHODS
    scope = needs.read if is_reading else needs.write
    if scope == PERSONAL and credential.is_personal:
        return
    if scope not in held and (is_reading or needs.instead not in held):
        raise InsufficientScope(scope)
    is_partners = match is not None and match.route.startswith(PARTNER)
    if not (request.user.is_authenticated or is_partners or scope in WITHOUT_PERSON):
        raise Forbidden(
            "person_required", _("This app acts as nobody, and this needs somebody. The owner can say as whom it acts.")
        )
