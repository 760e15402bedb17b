"""A stranger's server that takes webhooks: remembers every request, answers as it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Post:
    """What came, byte for byte."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def told(self) -> dict[str, Any]:
        """The body's JSON."""
        read: dict[str, Any] = json.loads(self.body)
        return read


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int = 200
    body: bytes = b"thanks"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Receiver:
    """`replies` are used up one after the other; then everything is `usual`. While `gate` is closed nobody hears."""

    url: str = ""
    posts: list[Post] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    usual: Reply = field(default_factory=Reply)
    gate: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    at_once: int = 0
    most_at_once: int = 0

    def ids(self) -> list[str]:
        """The ids of what came, in order."""
        return [post.headers["webhook-id"] for post in self.posts]

    def types(self) -> list[str]:
        """The types of what came, in order."""
        return [post.told["type"] for post in self.posts]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One that listens on this machine until the block ends."""
    server = Receiver()
    server.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            with server.lock:
                server.posts.append(Post(self.path, headers, text))
                reply = server.replies.pop(0) if server.replies else server.usual
                server.at_once += 1
                server.most_at_once = max(server.most_at_once, server.at_once)
            server.gate.wait(60)
            with server.lock:
                server.at_once -= 1
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: Any) -> None:
            """Nothing is printed."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server.url = f"http://127.0.0.1:{listening.server_port}/hook"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.gate.set()
        listening.shutdown()
        listening.server_close()
        thread.join(60)
