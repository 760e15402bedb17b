"""A site of somebody else's with the component on it: a small server of its own, as strict as sites can be."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

STRICT = (
    "default-src 'none'; script-src {venue} 'sha256-{listener}'; frame-src {venue}; base-uri 'none';"
    " require-trusted-types-for 'script'"
)


@dataclass
class Site:
    """Pages by path, as (headers, HTML), at 127.0.0.1: the venue's host is another site to every browser."""

    port: int
    pages: dict[str, tuple[dict[str, str], str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """As the venue's list has it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def stranger(self) -> str:
        """The same pages at an origin that is on nobody's list."""
        return f"http://localhost:{self.port}"

    def has(self, path: str, html: str, **headers: str) -> None:
        """Put up a page."""
        self.pages[path] = ({name.replace("_", "-"): value for name, value in headers.items()}, html)


@contextmanager
def site() -> Iterator[Site]:
    """The server, for the time of the block. `asked` has path and cookies of what browsers asked for."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            found.asked.append((path, self.headers.get("Cookie", "")))
            headers, html = found.pages.get(path, ({}, ""))
            body = html.encode()
            self.send_response(200 if path in found.pages else 404)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    found = Site(server.server_address[1])
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()
