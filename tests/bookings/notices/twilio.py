"""Twilio as its documentation says: takes messages, answers with its shapes, and with those of its errors."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

ACCOUNT = "AC" + "0" * 32
TOKEN = "a token that signs"
NUMBER = "+491700000000"
MISTAKES = {
    "+4915112345621": (400, 21211, "The 'To' number is not a valid phone number."),
    "+4915112345622": (400, 21610, "Attempt to send to unsubscribed recipient"),
    "+4915112345623": (429, 20429, "Too Many Requests"),
    "+4915112345624": (503, 20503, "Service unavailable"),
}


class Double:
    """What was asked for: the forms of the messages, the first first."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[dict[str, str]] = []


@contextmanager
def twilio() -> Iterator[Double]:
    """A Twilio on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    double = Double(f"http://127.0.0.1:{server.server_port}")
    server.double = double  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    yield double
    server.shutdown()
    server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(form).items()}
        double: Double = self.server.double  # type: ignore[attr-defined]
        double.asked.append(asked)
        assert self.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        mistake = MISTAKES.get(asked["To"])
        if mistake:
            status, code, message = mistake
            more = f"https://www.twilio.com/docs/errors/{code}"
            self._answer(status, {"code": code, "message": message, "more_info": more, "status": status})
        else:
            sid = f"SM{len(double.asked):032d}"
            self._answer(201, {"sid": sid, "status": "queued", "to": asked["To"], "body": asked["Body"]})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Quietly."""
