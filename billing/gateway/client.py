"""The connection to Stripe: keys, time-outs, pinned version; Stripe's errors become ours.

Every POST carries an idempotency key made of our ids, so that a call that was cut off can be made again.
"""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

import stripe
from django.conf import settings
from django.db import connection

from billing.gateway.trouble import Declined, Gone, ProviderTrouble, Revoked, Unavailable, WrongMoment
from schemas.current import current_schema

log = logging.getLogger(__name__)

T = TypeVar("T")

API_VERSION = "2026-08-26.dahlia"
"""Pinned here, on the webhook endpoints and in the sandbox; it is the one that the SDK's types describe."""
TIMEOUT_SECONDS = 10
BUSY_TRIES, BUSY_PAUSE = 5, 0.25
WRONG_MOMENT = frozenset(
    {
        "payment_intent_unexpected_state",
        "setup_intent_unexpected_state",
        "charge_already_refunded",
        "charge_disputed",
        "resource_already_exists",
    }
)


class InTransaction(RuntimeError):
    """Somebody was about to talk to Stripe while holding locks."""


def api() -> stripe.StripeClient:
    """The platform's client; `Unavailable` where no key is configured. Connected accounts: `on(account_id)`."""
    if not settings.STRIPE_SECRET_KEY:
        raise Unavailable
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=API_VERSION,
        base_addresses={"api": settings.STRIPE_API_HOST},
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        max_network_retries=0,
    )


def key(*parts: object) -> str:
    """Idempotency key of a call for an object of the current schema: `t_12:booking:3:create`."""
    return ":".join([current_schema(), *(str(part) for part in parts)])


def on(account_id: str, idempotency_key: str = "") -> stripe.RequestOptions:
    """Options of a call: on whose account (empty: the platform's), and under which key."""
    options: stripe.RequestOptions = {}
    if account_id:
        options["stripe_account"] = account_id
    if idempotency_key:
        options["idempotency_key"] = idempotency_key
    return options


def ask(call: Callable[[], T]) -> T:
    """Make one call to Stripe. Raises `Declined`, `WrongMoment`, `Gone`, `Revoked` or `ProviderTrouble`; never inside
    a transaction. While the key or the object is busy with another call (409), it asks again for a second.
    """
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise InTransaction("no network call inside a transaction")
    try:
        return _patiently(call)
    except stripe.CardError as error:
        told = error.error
        raise Declined((told and told.decline_code) or error.code or "declined") from error
    except stripe.InvalidRequestError as error:
        if error.code in WRONG_MOMENT:
            raise WrongMoment(error.code) from error
        if error.code == "resource_missing":
            raise Gone(error.param or "") from error
        raise _trouble(error, is_lasting=True) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        if error.error is not None and error.error.code == "account_invalid":  # the SDK's own `code` is None here
            raise Revoked from error
        raise _trouble(error, is_lasting=True) from error
    except stripe.StripeError as error:
        raise _trouble(error, is_lasting=False) from error


def _patiently(call: Callable[[], T]) -> T:
    for _try in range(BUSY_TRIES - 1):
        try:
            return call()
        except stripe.StripeError as error:
            if error.http_status != HTTPStatus.CONFLICT:
                raise
            time.sleep(BUSY_PAUSE)
    return call()


def _trouble(error: stripe.StripeError, *, is_lasting: bool) -> ProviderTrouble:
    # Codes only: messages may quote what a customer typed.
    log.warning("stripe: %s %s %s", type(error).__name__, error.http_status, error.code)
    trouble = ProviderTrouble(f"{type(error).__name__} {error.code or ''}".strip(), is_lasting=is_lasting)
    is_other = isinstance(error, stripe.IdempotencyError) and error.http_status != HTTPStatus.CONFLICT
    trouble.is_kept = is_other or (error.http_status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return trouble
