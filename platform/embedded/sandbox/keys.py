"""Who calls: secret keys of the one platform, and publishable keys for what Stripe.js does in a browser."""

import base64
import re
from collections.abc import Mapping

from embedded.sandbox.problems import Json, Problem, unauthorized
from embedded.sandbox.world import PLATFORM, World

WELL_FORMED = re.compile(r"(sk|rk|pk)_test_[A-Za-z0-9_]{8,}")
SHOWN = 4


def secret_of(headers: Mapping[str, str], form: Json) -> str:
    """The key of a request: Bearer or Basic authorization or, as Stripe.js does, `key`. Raises Problem 401."""
    kind, _, value = headers.get("Authorization", "").partition(" ")
    if kind == "Basic":
        value = base64.b64decode(value + "==").decode(errors="replace").partition(":")[0]
    key = value.strip() or str(form.get("key", ""))
    if not key:
        raise unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth "
            "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for "
            "details."
        )
    if not WELL_FORMED.fullmatch(key):
        raise unauthorized(f"Invalid API Key provided: {key[:8]}{'*' * 12}{key[-SHOWN:]}")
    return key


def is_publishable(key: str) -> bool:
    return key.startswith("pk_")


def scope_of(world: World, named: str | None, key: str) -> str:
    """The account that a request works on: the platform, or the connected account of its `Stripe-Account` header.

    Raises Problem 403 `account_invalid` for one that is unknown or has revoked the platform's access.
    """
    if not named or named == PLATFORM:
        return PLATFORM
    account = world.seek(PLATFORM, "account", named)
    if account is None or account.get("_revoked"):
        raise Problem(
            f"The provided key '{key[:8]}{'*' * 12}{key[-SHOWN:]}' does not have access to account '{named}' (or that "
            "account does not exist). Application access may have been revoked.",
            status=403,
            code="account_invalid",
        )
    return named
