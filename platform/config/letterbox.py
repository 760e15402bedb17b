"""Where Stripe's events come in: two addresses at the platform's host, each with secrets of its own.

An event is verified, written down (`tenants.inbox`) and answered; what it means is found out by a worker, so the
answer is as quick while Stripe's API is down. Nothing of the body is kept or logged but the ids in `Arrival`.
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.doors import open_to_all
from billing.gateway import signatures
from billing.gateway.signatures import Unsigned
from config import tasks, webhooks
from schemas import figures
from schemas.clock import database_now
from schemas.transactions import after_commit
from tenants import inbox
from tenants.inbox import Arrival

log = logging.getLogger(__name__)

LARGEST_BODY = 256 * 1024
LONGEST_KIND = 80
LONGEST_ID = 255
EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,250}")
ACCOUNT_ID = re.compile(r"acct_[A-Za-z0-9_]{0,59}")


class Unwelcome(Exception):
    """This request brings no event; `code` says why. Stripe sends it again for three days."""

    def __init__(self, status: HTTPStatus, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@csrf_exempt  # the caller has no cookie, and the signature proves more than a token would
@require_POST
def receive(request: HttpRequest, endpoint: str) -> JsonResponse:
    """Keep the event and answer 200, new or known; 4xx with a code and no trace for what is no event of ours."""
    try:
        body = _body(request)
        _check_signature(request, endpoint, body)
        arrival = read(body, endpoint)
    except Unwelcome as refusal:
        log.warning("stripe %s endpoint: refused, %s", endpoint, refusal.code)
        return JsonResponse({"code": refusal.code}, status=refusal.status)
    is_new = inbox.put(arrival)
    log.info("stripe event %s %s at %s: %s", arrival.event_id, arrival.kind, endpoint, "new" if is_new else "known")
    if not is_new:
        figures.DUPLICATES.labels(arrival.provider).inc()
    if is_new:
        after_commit(tasks.work_on_inbox)
    return JsonResponse({"code": "received"})


def _body(request: HttpRequest) -> bytes:
    """The bytes as they came, after a look at the headers: what is too large or not plain is not even read."""
    headers = request.headers
    if (length := _length(headers)) is None:
        raise Unwelcome(HTTPStatus.LENGTH_REQUIRED, "length_required")
    if length > LARGEST_BODY:
        raise Unwelcome(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
    if request.content_type != "application/json" or headers.get("Content-Encoding", "identity") != "identity":
        raise Unwelcome(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")
    try:
        return request.body
    except UnreadablePostError:
        raise Unwelcome(HTTPStatus.BAD_REQUEST, "incomplete") from None


def _length(headers: Mapping[str, str]) -> int | None:
    if headers.get("Transfer-Encoding"):
        return None
    try:
        return int(headers.get("Content-Length", ""))
    except ValueError:
        return None


def _check_signature(request: HttpRequest, endpoint: str, body: bytes) -> None:
    secrets = [secret.strip() for secret in settings.STRIPE_WEBHOOK_SECRETS[endpoint].split(",") if secret.strip()]
    if not secrets:
        raise Unwelcome(HTTPStatus.SERVICE_UNAVAILABLE, "no_secret")
    header = request.headers.get("Stripe-Signature", "")
    try:
        signed_at = signatures.signed_at(body, header, secrets)
        signatures.check_age(signed_at, database_now())
    except Unsigned as refusal:
        raise Unwelcome(HTTPStatus.BAD_REQUEST, str(refusal)) from None


def read(body: bytes, endpoint: str) -> Arrival:
    """What is kept of an event's JSON. Raises `Unwelcome` for what is no event, or one for the other endpoint."""
    try:
        event = json.loads(body)
        is_event = event["object"] == "event" and bool(EVENT_ID.fullmatch(event["id"]))
        account = event.get("account") or ""
        is_placed = bool(account) == (endpoint == webhooks.CONNECT) and bool(ACCOUNT_ID.fullmatch(account or "acct_"))
        arrival = Arrival(
            provider="stripe",
            event_id=event["id"],
            kind=_plain(event["type"], LONGEST_KIND),
            endpoint=endpoint,
            account_id=account,
            object_id=_plain(event["data"]["object"].get(webhooks.kept_of(event["type"])), LONGEST_ID),
            is_live=event["livemode"] is True,
            made_at=datetime.fromtimestamp(event["created"], UTC),
        )
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, OSError, RecursionError):
        raise Unwelcome(HTTPStatus.BAD_REQUEST, "no_event") from None
    if not is_event:
        raise Unwelcome(HTTPStatus.BAD_REQUEST, "no_event")
    if not is_placed:
        raise Unwelcome(HTTPStatus.BAD_REQUEST, "wrong_endpoint")
    return arrival


def _plain(text: object, longest: int) -> str:
    # Whatever Stripe will call a new kind, it must not be lost because PostgreSQL cannot keep the name.
    return re.sub(r"[^!-~]", "?", text)[:longest] if isinstance(text, str) else ""


_opened: Any = open_to_all("Stripe's signature opens it")(receive)
urlpatterns = [
    path(f"stripe/webhooks/{endpoint}/", _opened, {"endpoint": endpoint}, name=f"stripe-webhooks-{endpoint}")
    for endpoint in webhooks.ENDPOINTS
]
