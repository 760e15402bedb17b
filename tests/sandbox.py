"""The Stripe sandbox for tests: a process of its own on a free port, and how to order things from it.

A context manager without pytest, like `tests.servers`. What is started ends with the block.
"""

import http.client
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stripe

from embedded import processes
from embedded.ports import HOST, any_free_port
from embedded.processes import Program
from tests import databases
from tests.servers import PYTHONPATH, ServerFailed

READY_WITHIN = 60.0
POLL = 0.02
KEY = "sk_" + "test_" + "Sandbox" * 4
PUBLISHABLE_KEY = "pk_" + "test_" + "Sandbox" * 4


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: `url` of the API, and a key that it accepts."""

    port: int
    key: str = KEY
    publishable_key: str = PUBLISHABLE_KEY

    @property
    def url(self) -> str:
        """Base URL without a trailing slash: for `stripe.api_base`."""
        return f"http://{HOST}:{self.port}"

    def client(self, **options: Any) -> stripe.StripeClient:
        """The SDK's client for this sandbox; it does not try again by itself unless asked to."""
        options = {"max_network_retries": 0, **options}
        return stripe.StripeClient(self.key, base_addresses={"api": self.url}, **options)

    def control(self, path: str, **order: Any) -> Any:
        """`POST /_sandbox/<path>` with this JSON. Raises AssertionError with the reason when it is refused."""
        return self._ask("POST", path, order)

    def look(self, path: str) -> Any:
        """`GET /_sandbox/<path>`: state, deliveries, clock, faults, settings."""
        return self._ask("GET", path, None)

    def outside(self, path: str, **order: Any) -> Any:
        """A control verb that plays the outside world: its `result`."""
        return self.control(path, **order)["result"]

    def reset(self) -> None:
        """Forget everything."""
        self.control("reset")

    def settled(self, within: float = 60.0) -> list[dict[str, Any]]:
        """Wait until no webhook is under way; what became of all of them."""
        return wait_for(lambda: (told := self.look("deliveries"))["idle"] and told["deliveries"], within)

    def _ask(self, method: str, path: str, order: Any) -> Any:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request(method, f"/_sandbox/{path}", None if order is None else json.dumps(order))
            response = connection.getresponse()
            told = json.loads(response.read())
        finally:
            connection.close()
        assert response.status == http.HTTPStatus.OK, told
        return told


def wait_for(ready: Callable[[], Any], within: float) -> Any:
    """Poll until it is neither None nor False, and answer that. Raises TimeoutError."""
    deadline = time.monotonic() + within
    while True:
        found = ready()
        if found is not None and found is not False:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come to rest")
        time.sleep(POLL)


@contextmanager
def sandbox(state: Path | None = None) -> Iterator[Sandbox]:
    """A fresh sandbox; with `state` it begins with that file and keeps it."""
    port = any_free_port()
    command = [sys.executable, "-m", "embedded.sandbox", "--port", str(port)]
    command += ["--state", str(state)] if state else []
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            program = Program("sandbox", command, {"PYTHONPATH": PYTHONPATH, "PATH": "/usr/bin"}, databases.ROOT)
            child = processes.start(program, Path(folder), output)
        try:
            running = Sandbox(port)
            deadline = time.monotonic() + READY_WITHIN
            while not _answers(running):
                if child.exit_code() is not None or time.monotonic() > deadline:
                    raise ServerFailed(f"the sandbox did not come up\n{log.read_text(errors='replace')}")
                time.sleep(POLL)
            yield running
            assert "Traceback" not in log.read_text(errors="replace"), log.read_text(errors="replace")
        finally:
            child.stop()


def _answers(running: Sandbox) -> bool:
    try:
        return bool(running.look("ready"))
    except (OSError, http.client.HTTPException):
        return False
