"""Standard Webhooks signatures (standardwebhooks.com, specification 1.0): secrets, their rotation, headers."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook

from bookings.models import WebhookEndpoint
from outside.vault import seal, unseal

SECRET_BYTES = 32
OVERLAP = timedelta(hours=24)
"""So long the old secret signs too after a new one was made."""


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def give(endpoint: WebhookEndpoint, now: datetime) -> str:
    """Give an endpoint, which the caller saves, a new secret; the one it had goes on signing for a day."""
    made = new_secret()
    if endpoint.sealed:
        endpoint.sealed_old, endpoint.old_until = endpoint.sealed, now + OVERLAP
    endpoint.sealed = seal(made)
    return made


def headers(endpoint: WebhookEndpoint, message_id: str, body: str, now: datetime) -> dict[str, str]:
    """What proves that a body is ours and new: two signatures while a secret is replaced. Raises `Sealed`."""
    sealed = [endpoint.sealed]
    if endpoint.sealed_old and endpoint.old_until and now < endpoint.old_until:
        sealed.append(endpoint.sealed_old)
    at = now.astimezone(UTC)
    signatures = [Webhook(unseal(one)).sign(message_id, at, body) for one in sealed]
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
