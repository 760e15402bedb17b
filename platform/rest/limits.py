"""How often what may be called: by kind of call, counted for the caller, the network address and the tenant.

`settings.RATE_LIMITS` has the figures (`config.settings.limits`). A kind counts calls (`hold.caller`), or what failed
of what could be guessed (`wrong_code.address`): then a call is let in while there are guesses left, and only a miss is
counted. No key has an address in it, but a digest of it that is good in one tenant (T29).

An app calls for many people from one place: it has figures of its own (`hold.app`) in place of the address's.
"""

import math
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from kernel.errors import TooMany
from rest.counters import Count, Standing, Taken, known_full, take
from rest.origins import place_of
from rest.scopes import PARAMETER
from schemas.current import current_schema

READ, SEARCH, WRITE, HOLD, EXPORT, OAUTH = "read", "search", "write", "hold", "export", "oauth"
LETTER, MESSAGE = "letter", "message"
WRONG_TOKEN, WRONG_PASSWORD, WRONG_CODE, WRONG_LINK = "wrong_token", "wrong_password", "wrong_code", "wrong_link"
WRONG_FACTOR = "wrong_factor"
CALLER, APP, ADDRESS, TENANT = "caller", "app", "address", "tenant"
CLIENT = "client:"
"""How the names of callers begin that are apps: then follow the app's number and, after another colon, the person's."""

# Below the root of a dialect; the longest holds. What is not named is read or written.
HOLDS = frozenset({"bookings", "series", "waitlist/{}/take"})
MESSAGES = "bookings/{}/messages"
BEGINNINGS = {
    "availability": SEARCH,
    "slots": SEARCH,
    "quotes": SEARCH,
    "vouchers/check": SEARCH,
    "series/preview": SEARCH,
    "admin/exports": EXPORT,
}
ROOTS = ("api/v1/", "api/partner/v1/", "api/")
CODE_REFUSALS = frozenset({"voucher_unknown", "credit_unknown"})
"""What is said of a code that somebody made up."""
CODES = ("voucher", "gift_credit", "code")
"""Where a body has what could be guessed."""
LINK_HEADER, LINK_PARAMETER = "X-Booking-Token", "token"
NOT_FOUND = 404


def kind_of(method: str, route: str) -> str:
    """What kind of call a route of the API, as the URLconf has it, is for a method."""
    root = next((each for each in ROOTS if route.startswith(each)), "")
    below = PARAMETER.sub("{}", route.removeprefix(root)).rstrip("/")
    if method == "POST" and below in HOLDS:
        return HOLD
    if method == "POST" and below == MESSAGES:
        return MESSAGE
    named = max((each for each in BEGINNINGS if f"{below}/".startswith(f"{each}/")), key=len, default="")
    if named:
        return BEGINNINGS[named]
    return READ if method in SAFE_METHODS else WRITE


def counts_of(request: HttpRequest | Request, kind: str, caller: str = "", cost: int = 1) -> list[Count]:
    """The counts that a call of a kind meets; `caller` is empty for whoever nobody knows."""
    return [
        Count(f"limits:{current_schema()}:{kind}:{by}:{who}", *_rate(f"{kind}.{by}"), cost)
        for by, who in _whose(request, caller).items()
        if who and f"{kind}.{by}" in settings.RATE_LIMITS
    ]


def _whose(request: HttpRequest | Request, caller: str) -> dict[str, str]:
    if not caller.startswith(CLIENT):
        return {CALLER: caller, ADDRESS: place_of(request), TENANT: "all"}
    app, _colon, person = caller.rpartition(":")
    return {CALLER: person and caller, APP: app, TENANT: "all"}


def full_place(request: HttpRequest, kind: str) -> Taken | None:
    """The refusal of an address that is known to have had enough, before anything is looked up; apps have none."""
    is_app = request.headers.get("Authorization", "").lower().startswith("bearer ")
    return None if is_app else known_full(counts_of(request, kind))


def caller_of(request: Request) -> str:
    """Who calls, as counts and kept answers know them; empty for nobody."""
    credential: Any = request.auth
    person = f"user:{request.user.pk}" if request.user.is_authenticated else ""
    return str(getattr(credential, "principal", person))


def admit(request: Request, kind: str) -> Taken:
    """Count a call; one that brings the token of a link is let in while there are guesses left."""
    guesses = counts_of(request, WRONG_LINK, cost=0) if brings_link(request) else []
    return _taken(counts_of(request, kind, caller_of(request)), guesses)


def admit_stranger(request: HttpRequest, kind: str) -> Taken:
    """Count a call with credentials that are nobody's, and the mistake."""
    return _taken(counts_of(request, kind), counts_of(request, WRONG_TOKEN))


def admit_visitor(request: HttpRequest, kind: str) -> None:
    """Count what somebody does on a page as a call of a kind; raises `TooMany`."""
    taken = take(counts_of(request, kind, f"user:{request.user.pk}" if request.user.is_authenticated else ""))
    if not taken.is_allowed:
        raise refusal(taken)


def _taken(counts: list[Count], guesses: list[Count]) -> Taken:
    """What is left of guesses is nobody's business."""
    taken = take([*counts, *guesses])
    return taken._replace(standings=taken.standings[: len(counts)]) if taken.is_allowed else taken


def check_codes(request: Request) -> None:
    """Raise `TooMany` for a body with a code, of a caller who made up too many."""
    match = request.resolver_match
    if match is None or request.method in SAFE_METHODS or kind_of(request.method or "", match.route) == WRITE:
        return
    if isinstance(request.data, dict) and any(request.data.get(name) for name in CODES):
        check_guesses(request, WRONG_CODE, caller_of(request))


def brings_link(request: HttpRequest | Request) -> bool:
    """Whether the token of a booking's link came with it."""
    return LINK_HEADER in request.headers or LINK_PARAMETER in request.GET


def note_guess(request: Request, status: int, answer: Any) -> None:
    """Count what was answered if it says that somebody guessed wrong.

    Raises `TooMany` for one guess too many, so that nobody learns more than the limit lets them.
    """
    said = {answer.get("code"), answer.get("reason")} if isinstance(answer, dict) else set()
    if said & CODE_REFUSALS:
        missed(request, WRONG_CODE, caller_of(request))
    elif status == NOT_FOUND and brings_link(request):
        missed(request, WRONG_LINK)


def check_guesses(request: HttpRequest | Request, kind: str, caller: str = "") -> None:
    """Raise `TooMany` for whoever has none left; nothing is counted."""
    taken = take(counts_of(request, kind, caller, cost=0))
    if not taken.is_allowed:
        raise refusal(taken)


def missed(request: HttpRequest | Request, kind: str, caller: str = "") -> None:
    """Count a wrong guess. Raises `TooMany` for one too many, which is then not told that it was wrong."""
    taken = take(counts_of(request, kind, caller))
    if not taken.is_allowed:
        raise refusal(taken)


def refusal(taken: Taken) -> TooMany:
    """429 with how long to wait."""
    wait = max((standing.seconds for standing in taken.standings if not standing.left), default=1.0)
    return TooMany("rate_limited", _("That was too often. Please wait a moment."), max(1, math.ceil(wait)))


def tightest(standings: Sequence[Standing]) -> Standing | None:
    """The one that will be used up first."""
    return min(standings, key=lambda standing: (standing.left, -standing.seconds), default=None)


def tell(response: HttpResponse, standing: Standing | None) -> None:
    """Say in the headers how many calls of this kind are left, and after how many seconds they begin anew."""
    if standing is not None:
        response["RateLimit-Limit"] = str(standing.most)
        response["RateLimit-Remaining"] = str(standing.left)
        response["RateLimit-Reset"] = str(math.ceil(standing.seconds))


def _rate(name: str) -> tuple[int, int]:
    most, _slash, seconds = settings.RATE_LIMITS[name].partition("/")
    return int(most), int(seconds)
