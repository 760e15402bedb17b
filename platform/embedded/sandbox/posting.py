"""One webhook request, signed as Stripe signs."""

import hashlib
import hmac
import http.client
import time
from http import HTTPStatus
from urllib.parse import urlsplit

TIMEOUT = 15.0
LOCAL = ("127.0.0.1", "localhost", "::1")


class NotHere(OSError):
    """The sandbox delivers to this machine only."""


def signature(secret: str, body: str, at: int) -> str:
    """The `Stripe-Signature` header of a body sent at this second of real time."""
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def post(url: str, secret: str, body: str) -> int:
    """Send a body to an endpoint; the status of its answer. Raises OSError or HTTPException when there is none.

    Python does not resolve `*.localhost`: the connection goes to 127.0.0.1 and the name into the Host header.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host not in LOCAL and not host.endswith(".localhost"):
        raise NotHere(f"{host} is not this machine")
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=TIMEOUT)
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": signature(secret, body, int(time.time())),
        "Cache-Control": "no-cache",
    }
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def is_fine(status: int) -> bool:
    """Whether Stripe counts this answer as received."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
