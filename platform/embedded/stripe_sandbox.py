"""The Stripe sandbox as one more server of `make run`, when the environment has no key of Stripe's own."""

import contextlib
import http.client
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM

from embedded import processes
from embedded.folders import PROJECT, records_of
from embedded.ports import HOST, any_free_port, is_free
from embedded.processes import POLL, Child, Program

START_PATIENCE = 30.0
TRIES = 5
LOG_LINES_SHOWN = 15
NAMES = (
    "STRIPE_SECRET_KEY",
    "STRIPE_PUBLISHABLE_KEY",
    "STRIPE_WEBHOOK_SECRET_PLATFORM",
    "STRIPE_WEBHOOK_SECRET_CONNECT",
    "STRIPE_API_HOST",
    "STRIPE_JS_URL",
)
"""What the product reads about Stripe; set by us for the sandbox, by the user for Stripe itself."""


class SandboxFailed(Exception):
    """The sandbox did not start; the message ends with its log."""


class StripeSandbox:
    """One sandbox with its state in ``folder``/stripe; it keeps its port and its keys from run to run if it can."""

    def __init__(self, folder: Path):
        self.data = folder / "stripe"
        self.log = folder / "stripe.log"
        self.records = records_of(folder)
        self.port = 0
        self.child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def environment(self) -> dict[str, str]:
        """What every process of the product gets, after the start."""
        return {**self._keys(), "STRIPE_API_HOST": self.url, "STRIPE_JS_URL": f"{self.url}/stripe.js"}

    def start(self) -> None:
        """Raises SandboxFailed."""
        self.data.mkdir(parents=True, exist_ok=True)
        for _ in range(TRIES):  # another process may take the port between the look and the start
            self.port = self._choose_port()
            if self._started_on_port():
                (self.data / "port").write_text(str(self.port))
                return
        raise SandboxFailed(f"The Stripe sandbox did not start\n{self._last_lines()}")

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()
            self.child = None

    def register(self, port: int) -> None:
        """Have events sent to the product's two webhook endpoints on the platform's host, signed with our secrets."""
        keys = self._keys()
        for name in ("platform", "connect"):
            order = {
                "url": f"http://localhost:{port}/stripe/webhooks/{name}/",
                "connect": name == "connect",
                "secret": keys[f"STRIPE_WEBHOOK_SECRET_{name.upper()}"],
            }
            connection = http.client.HTTPConnection(HOST, self.port, timeout=START_PATIENCE)
            try:
                connection.request("POST", "/_sandbox/endpoint", json.dumps(order))
                answer = connection.getresponse()
                said = answer.read().decode()
            finally:
                connection.close()
            if answer.status != http.HTTPStatus.OK:
                raise SandboxFailed(f"The Stripe sandbox takes no webhook endpoint: {said}")

    def _started_on_port(self) -> bool:
        command = [sys.executable, "-m", "embedded.sandbox", "--port", str(self.port)]
        command += ["--state", str(self.data / "state.json")]
        environment = {**os.environ, "PYTHONPATH": str(PROJECT / "platform")}
        program = Program("stripe", command, environment, PROJECT, when_found=SIGTERM)
        with self.log.open("ab") as log:
            self.child = processes.start(program, self.records, log)
        try:
            ready = self._wait_until_ours_answers()
        except BaseException:
            self.stop()
            raise
        if not ready:
            self.stop()
        return ready

    def _wait_until_ours_answers(self) -> bool:
        """One that could not have the port has ended; whoever answers while ours lives is ours."""
        deadline = time.monotonic() + START_PATIENCE
        while self.child is not None and self.child.exit_code() is None and time.monotonic() < deadline:
            connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
            try:
                connection.request("GET", "/_sandbox/ready")
                if connection.getresponse().status == http.HTTPStatus.OK:
                    return self.child.exit_code() is None
            except (OSError, http.client.HTTPException):  # not up yet
                time.sleep(POLL)
            finally:
                connection.close()
        return False

    def _choose_port(self) -> int:
        with contextlib.suppress(FileNotFoundError, ValueError):
            remembered = int((self.data / "port").read_text())
            if is_free(remembered):
                return remembered
        return any_free_port()

    def _keys(self) -> dict[str, str]:
        """Random keys of this installation, made once, readable by their owner alone; none opens anything real."""
        path = self.data / "keys.json"
        with contextlib.suppress(FileNotFoundError):
            kept: dict[str, str] = json.loads(path.read_text())
            return kept
        prefixes = ("sk_test_", "pk_test_", "whsec_", "whsec_")
        made = {name: prefix + secrets.token_hex(16) for name, prefix in zip(NAMES, prefixes, strict=False)}
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(made, file)
        return made

    def _last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])


@contextlib.contextmanager
def stripe(folder: Path, port: int) -> Iterator[StripeSandbox | None]:
    """A sandbox for the length of the block, sending webhooks to the product on ``port``; None where a key is set.

    The caller owns the folder. Raises SandboxFailed.
    """
    if os.environ.get("STRIPE_SECRET_KEY"):
        yield None
        return
    sandbox = StripeSandbox(folder)
    try:
        sandbox.start()
        sandbox.register(port)
        yield sandbox
    finally:
        sandbox.stop()
