"""Clients that speak HTTP over open connections, and their release all at once."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from embedded.ports import HOST

BUSY = 503
SETTLED_WITHIN = 60.0
CUT = 0
"""The status of an answer that never came, because the connection broke."""


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took in seconds."""

    status: int
    raw: bytes
    headers: Mapping[str, str]
    seconds: float

    @property
    def body(self) -> Any:
        """The parsed JSON, or None."""
        return json.loads(self.raw) if self.raw else None

    @property
    def code(self) -> str:
        """Why not: the refusal's code, or "" for a success."""
        return "" if self.status < 400 or not self.raw else str(self.body["code"])


class Client:
    """One keep-alive connection to a tenant's host, for one caller."""

    def __init__(self, port: int, host: str, token: str = "", **headers: str) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._headers = {"Host": host, "Content-Type": "application/json", **headers}
        if token:
            self._headers["Authorization"] = f"Token {token}"

    def open(self) -> None:
        """Connect now, so that a release finds the way paved."""
        if self._connection.sock is None:
            self._connection.connect()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        """POST JSON; header names are given with underscores."""
        return self._send("POST", path, json.dumps(body or {}).encode(), headers)

    def patch(self, path: str, body: object = None, **headers: str) -> Answer:
        """PATCH JSON; header names are given with underscores."""
        return self._send("PATCH", path, json.dumps(body or {}).encode(), headers)

    def delete(self, path: str, **headers: str) -> Answer:
        """DELETE; header names are given with underscores."""
        return self._send("DELETE", path, b"", headers)

    def get(self, path: str) -> Answer:
        """GET."""
        return self._send("GET", path, b"", {})

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        began = time.monotonic()
        try:
            self._connection.request(method, path, body, {**self._headers, **named})
            response = self._connection.getresponse()
            raw = response.read()
        except (http.client.HTTPException, ConnectionError):
            self._connection.close()
            return Answer(CUT, b"", {}, time.monotonic() - began)
        return Answer(response.status, raw, dict(response.headers), time.monotonic() - began)


def patient(call: Callable[[], Answer], busy: list[Answer]) -> Answer:
    """The answer to a call that is made again where too many wait for the same row (503); those are noted."""
    while (answer := call()).status == BUSY:
        assert (answer.code, answer.headers["retry-after"]) == ("busy", "1")
        busy.append(answer)
        time.sleep(int(answer.headers["retry-after"]))
    return answer


def settled(call: Callable[[], Answer]) -> Answer:
    """The final answer to a call that is made again, as a client should, while it is cut off, under way or too busy.

    A connection that comes to a process in the moment of its death is cut too: each has a queue of its own.
    """
    deadline = time.monotonic() + SETTLED_WITHIN
    while (answer := call()).status in {CUT, 409, BUSY}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return answer


def together(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Make all calls at the same moment, each in a thread of its own; their answers in the order of the calls."""
    barrier = threading.Barrier(len(calls))

    def released(call: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(released, calls))
