"""A double as a server of this process: a test looks at what it was asked, and says what it answers next."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request. `path` is unquoted, `query` the last value of each name, `headers` in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body) if self.body else None

    @property
    def form(self) -> dict[str, str]:
        """The body, as a form."""
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Says:
    """An answer."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Double:
    """Answers by `answer`, except for what a test has put into `next`, first come first served.

    `asked` has every request; `next` is by method and a part of the path.
    """

    asked: list[Asked] = field(default_factory=list)
    next: list[tuple[str, str, Says]] = field(default_factory=list)
    url: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, asked: Asked) -> Says:
        """What it says when nobody told it otherwise."""
        raise NotImplementedError

    def says(self, method: str, path: str, status: int, body: Any = None, **headers: str) -> None:
        """Answer the next such request like this. Underscores in names of headers are hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.next.append((method, path, Says(status, body, named)))

    def calls(self, method: str = "", path: str = "") -> list[Asked]:
        """What was asked of it, of one kind."""
        return [each for each in self.asked if method in {"", each.method} and path in each.path]

    def handle(self, asked: Asked) -> Says:
        """Write down, then answer."""
        with self.lock:
            self.asked.append(asked)
            for number, (method, path, says) in enumerate(self.next):
                if method == asked.method and path in asked.path:
                    del self.next[number]
                    return says
            return self.answer(asked)


@contextmanager
def served(double: Double) -> Iterator[None]:
    """Serve a double for the time of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_any(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            said = double.handle(Asked(self.command, unquote(parts.path), query, headers, self.rfile.read(length)))
            body = b"" if said.body is None else json.dumps(said.body).encode()
            self.send_response(said.status)
            for name, value in {"Content-Type": "application/json", **said.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.do_any)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        double.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join(60)
