"""A webhook receiver for tests: verifies what comes with the SDK, and answers as told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe

from tests.sandbox import Sandbox, wait_for


@dataclass
class Received:
    """One request: the path it came to, its event, and when."""

    path: str
    event: Any
    at: float


@dataclass
class Receiver:
    """What has come so far. `refuse_first` requests get 500; `on_event` runs before the answer."""

    url: str
    secrets: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    refuse_first: int = 0
    on_event: Any = None

    def register(self, sandbox: Sandbox, path: str = "/platform", **params: Any) -> Any:
        """Make an endpoint here; its object, with the secret."""
        order: Any = {"enabled_events": ["*"], "url": self.url + path, **params}
        made = sandbox.client().v1.webhook_endpoints.create(order)
        self.secrets[path] = made.secret or ""
        return made

    def types(self, path: str = "/platform") -> list[str]:
        """Event types in the order in which they came."""
        return [each.event.type for each in list(self.received) if each.path == path]

    def until(self, count: int, within: float = 60.0) -> list[Received]:
        """Wait for so many requests."""
        return wait_for(lambda: len(self.received) >= count and list(self.received), within)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receive(self.path, body, self.headers["Stripe-Signature"])
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Quiet."""

    def receive(path: str, body: bytes, signature: str) -> int:
        try:
            event = stripe.Webhook.construct_event(body, signature, receiver.secrets.get(path, ""))
        except stripe.SignatureVerificationError as problem:
            receiver.forged.append(str(problem))
            return 400
        receiver.received.append(Received(path, event, time.monotonic()))
        if receiver.on_event:
            receiver.on_event(event)
        if receiver.refuse_first > 0:
            receiver.refuse_first -= 1
            return 500
        return 200

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
