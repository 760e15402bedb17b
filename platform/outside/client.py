"""The one way to ask addresses that strangers gave us: webhooks, calendars, feeds (T22, T23).

A name is resolved once for each connection, every address it has must be public, and the connection goes to one of
those that were looked at: what DNS says a moment later changes nothing. Nothing of a proxy in the environment is used.
"""

import io
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urljoin

from django.db import connection
from urllib3 import HTTPHeaderDict

from outside.addresses import Address, Unreachable, is_outside, parse

__all__ = ["Answer", "InTransaction", "Limits", "Unreachable", "ask", "check"]

AGENT = "Forecourt/1.0"
PIECE = 65536
MOVED = frozenset({301, 302, 303, 307, 308})
MOVED_TO_GET = {301: {"POST"}, 302: {"POST"}, 303: {"POST", "PUT", "PATCH", "DELETE"}}
SECRETS = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers that do not follow a redirect to another host."""
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class InTransaction(RuntimeError):
    """Somebody was about to talk to the outside while holding locks."""


@dataclass(frozen=True)
class Limits:
    """What an answer may cost: seconds for everything together, bytes after unpacking, redirects that are followed.

    `cuts`: of a longer answer its beginning is given, instead of `too_large`.
    """

    seconds: float = 10.0
    max_bytes: int = 1_000_000
    redirects: int = 0
    cuts: bool = False


USUAL = Limits()


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status; `headers` know no case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


def check(url: str) -> None:
    """Raise `Unreachable` for what can be seen of a URL without connecting; for forms. `ask` looks again."""
    parse(url)


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    limits: Limits = USUAL,
) -> Answer:
    """Ask a stranger's server. Raises `Unreachable` where no whole answer came; never inside a transaction.

    A redirect is an answer like others unless `limits` allows some; each is checked like the first address. As
    browsers do, a POST that was moved becomes a GET (RFC 9110, 15.4), and credentials stay with their host.
    """
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise InTransaction("no network call inside a transaction")
    began = time.monotonic()
    sent = {"User-Agent": AGENT, "Accept-Encoding": "identity", **(headers or {})}
    address = parse(url)
    for left in range(limits.redirects, -1, -1):
        status, received, content = _once(address, (method, sent, body), limits, began + limits.seconds)
        to = received.get("location", "")
        if left == 0 or status not in MOVED or not to:
            break
        url = urljoin(url, to)
        old, address = address, parse(url)
        if (old.scheme, old.host, old.port) != (address.scheme, address.host, address.port):
            sent = {name: value for name, value in sent.items() if name.lower() not in SECRETS}
        if method in MOVED_TO_GET.get(status, ()):
            method, body = "GET", None
            sent = {name: value for name, value in sent.items() if not name.lower().startswith("content-")}
    return Answer(status, received, content, time.monotonic() - began)


Question = tuple[str, Mapping[str, str], bytes | None]


def _once(address: Address, question: Question, limits: Limits, deadline: float) -> tuple[int, HTTPHeaderDict, bytes]:
    method, headers, body = question
    try:
        with _Connection(address, deadline) as asked:
            asked.request(method, address.target, body, {"Host": address.authority, **headers})
            with asked.getresponse() as response:
                return response.status, HTTPHeaderDict(response.getheaders()), _content(response, limits)
    except TimeoutError as error:
        raise Unreachable("too_slow") from error
    except ssl.SSLError as error:
        raise Unreachable("tls") from error
    except UnicodeError as error:
        raise Unreachable("bad_url") from error
    except OSError as error:
        raise Unreachable("no_connection") from error
    except (HTTPException, zlib.error) as error:
        raise Unreachable("bad_answer") from error


class _Connection(HTTPConnection):
    """A connection to an address that was looked at, all of whose steps end at the deadline."""

    def __init__(self, address: Address, deadline: float) -> None:
        super().__init__(address.host, address.port)
        self.address, self.deadline = address, deadline
        self.opened: socket.socket | None = None

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
        if self.opened:
            self.opened.close()

    def connect(self) -> None:
        """Resolve once, look at every address, take the first that answers."""
        found = _resolved(self.address, self.deadline)
        if not all(is_outside(str(place[4][0])) for place in found):
            raise Unreachable("address_refused")
        self.opened = self._first_of([(place[0], place[4]) for place in found])
        if self.address.scheme == "https":
            self.opened.settimeout(_left(self.deadline))
            name = self.address.host.rstrip(".")
            self.opened = ssl.create_default_context().wrap_socket(self.opened, server_hostname=name)
        self.sock = _Clocked(self.opened, self.deadline)

    def _first_of(self, places: list[tuple[int, tuple[object, ...]]]) -> socket.socket:
        trouble: OSError = OSError("no address")
        for tried, (family, place) in enumerate(places):
            opened = socket.socket(family, socket.SOCK_STREAM)
            try:
                opened.settimeout(_left(self.deadline) / (len(places) - tried))
                opened.connect(place)
            except OSError as error:
                opened.close()
                trouble = error
            else:
                return opened
        raise trouble


Places = list[tuple[Any, ...]]


def _resolved(address: Address, deadline: float) -> Places:
    """All places of a name. The C library may ask for half a minute and knows no deadline, so it asks beside us."""
    answer: SimpleQueue[Places | OSError | UnicodeError] = SimpleQueue()

    def look() -> None:
        try:
            answer.put(socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=look, daemon=True).start()
    try:
        found = answer.get(timeout=_left(deadline))
    except Empty as error:
        raise TimeoutError from error
    if isinstance(found, Exception):
        raise found
    return found


class _Clocked:
    """A socket of which every step may take what is left until the deadline, and not a step more (slow-loris)."""

    def __init__(self, opened: socket.socket, deadline: float) -> None:
        self.opened, self.deadline = opened, deadline

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            self.opened.settimeout(_left(self.deadline))
            rest = rest[self.opened.send(rest) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        """For reading the answer."""
        return io.BufferedReader(_Reader(self.opened, self.deadline))

    def close(self) -> None:
        """`http.client` calls this before the answer is read; the connection closes at its end."""


class _Reader(io.RawIOBase):
    def __init__(self, opened: socket.socket, deadline: float) -> None:
        self.opened, self.deadline = opened, deadline

    def readable(self) -> bool:
        """For `BufferedReader`."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """What has come, at most so much."""
        self.opened.settimeout(_left(self.deadline))
        return self.opened.recv_into(buffer)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _content(response: HTTPResponse, limits: Limits) -> bytes:
    """The body, unpacked piece by piece, so that a bomb is seen before it has gone off."""
    content = bytearray()
    for piece in _unpacked(_pieces(response), response.getheader("Content-Encoding", ""), limits.max_bytes + 1):
        content += piece
        if len(content) > limits.max_bytes:
            if limits.cuts:
                return bytes(content[: limits.max_bytes])
            raise Unreachable("too_large")
    return bytes(content)


def _pieces(response: HTTPResponse) -> Iterator[bytes]:
    while piece := response.read(PIECE):
        yield piece
    if response.length:  # it was announced, and did not come
        raise Unreachable("bad_answer")


def _unpacked(pieces: Iterator[bytes], coding: str, at_once: int) -> Iterator[bytes]:
    if coding.lower() in {"", "identity"}:
        yield from pieces
        return
    if coding.lower() not in {"gzip", "x-gzip", "deflate"}:
        raise Unreachable("bad_answer")
    unpacker = zlib.decompressobj(GZIP_OR_ZLIB)
    for piece in pieces:
        packed = piece
        while packed and not unpacker.eof:
            yield unpacker.decompress(packed, at_once)
            packed = unpacker.unconsumed_tail
    if not unpacker.eof:
        raise Unreachable("bad_answer")
