"""A server on this machine that answers with whatever bytes a test gives it, and remembers what it was asked."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Play = Callable[[socket.socket], None]


def plain(status: int = 200, body: bytes = b"", *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass
class Raw:
    """What listens: `asked` has the head and body of every request, one text each."""

    port: int
    asked: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/") -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def raw(*answers: bytes | Play, tls: ssl.SSLContext | None = None) -> Iterator[Raw]:
    """Serve connections one after the other, each with the next answer (the last one for all that follow)."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Raw(listening.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(listening, server, answers, tls), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            # Closing alone would leave `accept` where it is.
            with socket.socket() as last:
                last.connect_ex(("127.0.0.1", server.port))
            thread.join(60)


def _serve(
    listening: socket.socket, server: Raw, answers: tuple[bytes | Play, ...], tls: ssl.SSLContext | None
) -> None:
    number = 0
    while True:
        opened, _ = listening.accept()
        if server.ended.is_set():
            opened.close()
            return
        answer = answers[min(number, len(answers) - 1)]
        number += 1
        try:
            with tls.wrap_socket(opened, server_side=True) if tls else opened as spoken:
                server.asked.append(_request(spoken))
                if callable(answer):
                    answer(spoken)
                else:
                    spoken.sendall(answer)
        except OSError:  # whoever asked has gone
            continue


def _request(spoken: socket.socket) -> str:
    text = b""
    while b"\r\n\r\n" not in text:
        piece = spoken.recv(65536)
        if not piece:
            break
        text += piece
    head, _, body = text.partition(b"\r\n\r\n")
    wanted = 0
    for line in head.decode("latin-1").lower().split("\r\n"):
        if line.startswith("content-length:"):
            wanted = int(line.partition(":")[2])
    while len(body) < wanted:
        body += spoken.recv(65536)
    return (head + b"\r\n\r\n" + body).decode("latin-1")
