"""A new version takes over while people book: two web servers behind the proxy of deploy/, replaced in turn.

As containers have it: `config.serve` says that it will stop, the proxy sends nobody any more, what has begun ends.
"""

import contextlib
import itertools
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from embedded.ports import any_free_port
from tests import servers
from tests.races.crowd import Client
from tests.races.ground import BOOKINGS, slots

ROLLS = int(os.environ.get("ROLLS", "8"))
CALLERS = 6
PACE = 0.05
"""Seconds between one answer and the next request: the machine starts servers meanwhile."""
QUICK = {"DRAIN_SECONDS": "1", "WEB_PROCESSES": "1", "WEB_THREADS": "8", "PROXIES": "1"}


@dataclass
class Load:
    """Requests that go on and on: what came of them, and what was booked."""

    outcomes: Counter[str] = field(default_factory=Counter)
    booked: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, outcome: str, booking: str = "") -> None:
        with self.lock:
            self.outcomes[outcome] += 1
            if booking:
                self.booked.append(booking)

    @property
    def lost(self) -> int:
        """How many got no proper answer."""
        return sum(count for outcome, count in self.outcomes.items() if outcome not in {"200", "201"})


@contextmanager
def load(ground: Any, port: int, court: int, day: Any) -> Iterator[Load]:
    """Six people who look and book all the time, each over a connection of their own, each slot asked for once."""
    found = Load()
    bodies = slots([court], ground.alpha.tenant.time_zone, day)
    looks = f"/api/v1/resources/{court}/"

    def call(token: str) -> None:
        client = Client(port, ground.alpha.host, token)
        client.open()
        for number in itertools.count():
            if found.over.wait(PACE):
                break
            try:
                if number % 4:
                    answer = client.get(looks)
                else:
                    with found.lock:
                        body = next(bodies)
                    answer = client.post(BOOKINGS, body)
                found.note(str(answer.status), answer.body["id"] if answer.status == 201 else "")
            except Exception as error:
                found.note(type(error).__name__)
                with contextlib.suppress(Exception):
                    client.close()
                    client.open()
        client.close()

    threads = [threading.Thread(target=partial(call, token), daemon=True) for token in ground.crowd[:CALLERS]]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        found.over.set()
        for thread in threads:
            thread.join(30)


class Pair:
    """Two servers, each at a port that it keeps, of which one at a time is replaced."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.ports = [any_free_port(), any_free_port()]
        self.running: list[tuple[ExitStack, servers.Server]] = [self._started(port) for port in self.ports]

    def _started(self, port: int) -> tuple[ExitStack, servers.Server]:
        stack = ExitStack()
        return stack, stack.enter_context(servers.container(self.database, port, QUICK))

    def replace(self, which: int) -> None:
        """End one as a container is ended, and start its successor."""
        self.running[which][0].close()
        self.running[which] = self._started(self.ports[which])

    def kill(self, which: int) -> None:
        """As a power cut would, and start its successor."""
        os.killpg(self.running[which][1].child.pid, signal.SIGKILL)
        self.replace(which)

    def close(self) -> None:
        for stack, _server in self.running:
            stack.close()


@pytest.fixture
def pair(ground: Any) -> Iterator[Pair]:
    """Both serve."""
    found = Pair(ground.database)
    yield found
    found.close()


def test_no_request_fails_while_servers_are_replaced(ground, tomorrow, pair: Pair, tmp_path: Path, figures) -> None:
    """RELIABILITY.md 12: in turn, under load; no failed request, no booking that was told is missing."""
    court = ground.court("rolled")
    with servers.proxy(tmp_path, pair.ports) as port, load(ground, port, court, tomorrow) as found:
        _until(lambda: found.outcomes["201"] > CALLERS)
        for number in range(ROLLS):
            before = found.outcomes.total()
            pair.replace(number % 2)
            assert found.outcomes.total() > before
    figures("requests", found.outcomes.total())
    figures("restarts", ROLLS)
    assert (found.lost, set(found.outcomes)) == (0, {"200", "201"}), found.outcomes
    assert ground.bookings_of(court) == len(found.booked) == found.outcomes["201"]


def test_servers_that_are_cut_off_lose_requests(ground, tomorrow, pair: Pair, tmp_path: Path, figures) -> None:
    """The control: the same load and the same proxy, without a farewell. The loser is heard."""
    court = ground.court("cut-off")
    with servers.proxy(tmp_path, pair.ports) as port, load(ground, port, court, tomorrow) as found:
        _until(lambda: found.outcomes["201"] > CALLERS)
        for number in range(10):
            pair.kill(number % 2)
            if found.lost:
                break
    figures("lost", found.lost)
    assert found.lost > 0


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
