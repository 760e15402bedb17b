"""HTTP/1.1 on 127.0.0.1: the API under /v1, the control API under /_sandbox, and the pages that a browser sees."""

import json
import socket
import sys
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from embedded.sandbox import pages
from embedded.sandbox.control import Control
from embedded.sandbox.dispatch import Desk
from embedded.sandbox.messages import Answer, Cut, Request
from embedded.sandbox.problems import Problem

CROSS_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Stripe-Account, Stripe-Version, Idempotency-Key",
    "Access-Control-Max-Age": "300",
}


class Server(ThreadingHTTPServer):
    """One process, a thread per connection."""

    daemon_threads = True
    request_queue_size = 256
    desk: Desk
    control: Control


class Handler(BaseHTTPRequestHandler):
    """Reads a request whole, asks who is responsible, and writes the answer in one piece."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_DELETE = do_OPTIONS = do_GET  # noqa: N815

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode(errors="replace")
        parts = urlsplit(self.path)
        headers = {name.title(): value for name, value in self.headers.items()}
        request = Request(self.command, parts.path, parts.query, headers, body)
        try:
            answer = self._answer(request)
        except Cut:
            self._hang_up()
            return
        except Exception as problem:
            traceback.print_exc(file=sys.stderr)
            report = {"error": {"type": "api_error", "message": f"The sandbox itself failed: {problem!r}"}}
            answer = Answer(HTTPStatus.INTERNAL_SERVER_ERROR, json.dumps(report))
        self._write(answer)

    def _answer(self, request: Request) -> Answer:
        if request.method == "OPTIONS":
            return Answer(HTTPStatus.NO_CONTENT, "")
        if request.path.startswith("/v1/"):
            return self.server.desk.answer(request)
        if request.path.startswith("/_sandbox/"):
            return self.server.control.answer(request)
        try:
            return pages.answer(self.server.desk.world, self.server.desk.courier, request)
        except Problem as problem:
            return pages.refusal(str(problem), problem.status)

    def _write(self, answer: Answer) -> None:
        content = answer.body.encode()
        headers: dict[str, Any] = {"Content-Type": "application/json", **CROSS_ORIGIN, **answer.headers}
        headers["Content-Length"] = len(content)
        lines = [f"{self.protocol_version} {int(answer.status)} {HTTPStatus(answer.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + content)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: the control API tells what happened."""
