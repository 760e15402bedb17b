"""A provider of mail as its documentation describes it: keeps what is sent to it, and answers as it is told."""

import base64
import json
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs


@dataclass
class Call:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def fields(self) -> dict[str, list[str]]:
        """The fields of a form, `multipart/form-data` or not; files as their content."""
        kind = self.headers["content-type"]
        if not kind.startswith("multipart/"):
            return parse_qs(self.body.decode())
        form = BytesParser(policy=policy.HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + self.body)
        found: dict[str, list[str]] = {}
        for part in form.iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            found.setdefault(str(name), []).append(content.decode() if isinstance(content, bytes) else "")
        return found

    @property
    def raw(self) -> EmailMessage:
        """The message inside a call of SES (v2, `Content.Raw`)."""
        found = message_from_bytes(base64.b64decode(self.json["Content"]["Raw"]["Data"]), policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found


@dataclass
class Provider:
    """Answers every call with `status` and `answer`."""

    status: int = 200
    answer: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    url: str = ""

    def says(self, status: int, answer: Any = None, **headers: str) -> None:
        """From now on."""
        self.status, self.answer, self.headers = status, answer, headers

    def __enter__(self) -> "Provider":
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                provider.calls.append(Call(self.path, headers, body))
                told = b"" if provider.answer is None else json.dumps(provider.answer).encode()
                self.send_response(provider.status)
                for name, value in {"Content-Type": "application/json", **provider.headers}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
