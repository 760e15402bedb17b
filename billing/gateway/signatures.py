"""Whether Stripe signed a webhook's body, and when."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import stripe

TOLERANCE = timedelta(minutes=5)
"""How old a signature may be, as Stripe advises. What was seen before is known by the event's id."""
SKEW = timedelta(seconds=30)
"""How far our clock may be behind Stripe's."""


class Unsigned(Exception):
    """Not signed by whoever has the secret, or not now; the message is a code: `signature` or `timestamp`."""


def signed_at(body: bytes, header: str, secrets: Iterable[str]) -> datetime:
    """When these very bytes were signed with one of the secrets; raises `Unsigned` if they were not.

    While a secret is rolled there are two of them, here or in the header (two `v1=`): one that fits is enough.
    """
    if not any(_fits(body, header, secret) for secret in secrets):
        raise Unsigned("signature")
    try:
        seconds = next(part for part in header.split(",") if part.startswith("t=")).split("=")[1]
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        raise Unsigned("timestamp") from None


def check_age(moment: datetime, now: datetime) -> None:
    """Raise `Unsigned` for a signature that is too old, or from the future."""
    if not now - TOLERANCE <= moment <= now + SKEW:
        raise Unsigned("timestamp")


def _fits(body: bytes, header: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret))
    except (stripe.SignatureVerificationError, ValueError, TypeError):  # not UTF-8; a header that is not ASCII
        return False
