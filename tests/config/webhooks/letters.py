"""Letters of Stripe for tests: an event's JSON, signed, and delivered to the two addresses."""

import hashlib
import hmac
import json
from typing import Any

from django.test import Client

from schemas.clock import database_now
from tests.till import SECRETS

PLATFORM_HOST = "localhost"
ACCOUNT = "acct_1Alpha"


def path_of(endpoint: str) -> str:
    """The address of an endpoint."""
    return f"/stripe/webhooks/{endpoint}/"


def event(kind: str = "payment_intent.succeeded", **changes: Any) -> dict[str, Any]:
    """An event of Alpha's account about `pi_1`, as Stripe writes it; `changes` replace its fields."""
    return {
        "id": "evt_1Abc",
        "object": "event",
        "account": ACCOUNT,
        "api_version": "2026-08-26.dahlia",
        "created": 1_772_355_600,
        "data": {"object": {"id": "pi_1", "object": "payment_intent", "receipt_email": "anna@example.com"}},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": "req_1", "idempotency_key": None},
        "type": kind,
        **changes,
    }


def body_of(written: dict[str, Any]) -> bytes:
    """An event as Stripe sends it: indented."""
    return json.dumps(written, indent=2).encode()


def signature(body: bytes, secret: str, at: int) -> str:
    """One `v1` of a body signed in that second."""
    return hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()


def header(body: bytes, *secrets: str, age: int = 0) -> str:
    """The `Stripe-Signature` of a body, signed `age` seconds ago with each of the secrets."""
    at = int(database_now().timestamp()) - age
    return ",".join([f"t={at}", *(f"v1={signature(body, secret, at)}" for secret in secrets)])


def deliver(body: bytes, endpoint: str = "connect", host: str = PLATFORM_HOST, **headers: Any) -> Any:
    """POST a body to an endpoint, properly signed unless the headers say otherwise; None leaves a header out."""
    sent = {
        "Host": host,
        "Content-Type": "application/json; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    if "Stripe-Signature" not in sent:
        sent["Stripe-Signature"] = header(body, SECRETS[endpoint])
    kind = sent.pop("Content-Type")
    client = Client(enforce_csrf_checks=True)
    known = {name: value for name, value in sent.items() if value is not None}
    return client.generic("POST", path_of(endpoint), body, content_type=kind, headers=known)
