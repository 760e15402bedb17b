"""Money: the books of 10,000 payments, and Stripe's webhooks as fast as they come."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator

from bench.books import ACCOUNT, Books
from bench.recorded import Call

EVENT = "evt_1Measured"


def statements(books: Books) -> list[Call]:
    """Pages of the statement, from the newest on."""
    headers = {"Authorization": f"Token {books.token}"}
    return [
        Call("GET", f"/api/v1/admin/statement/?page={page}", 200, None, headers) for page in range(1, books.pages + 1)
    ]


def deliveries(host: str, secret: str) -> Iterator[Call]:
    """Events that are new, signed as Stripe signs, to the platform's host of a tenant's; each once."""
    number = 0
    while True:
        number += 1
        body = {
            "id": f"{EVENT}{number:09}",
            "object": "event",
            "account": ACCOUNT,
            "created": int(time.time()),
            "data": {"object": {"id": f"pi_{number}", "object": "payment_intent"}},
            "livemode": False,
            "type": "payment_intent.succeeded",
        }
        signature = _signature(json.dumps(body), secret, body["created"])
        headers = {"Host": host.partition(".")[2], "Stripe-Signature": signature}
        yield Call("POST", "/stripe/webhooks/connect/", 200, body, headers)


def _signature(body: str, secret: str, at: object) -> str:
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
