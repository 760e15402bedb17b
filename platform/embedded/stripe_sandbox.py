"""The Stripe sandbox as one more server of `make run`, when the environment has no key of Stripe's own."""

import contextlib
import http.client
import json
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM

from embedded.folders import PROJECT
from embedded.listening import START_PATIENCE, Listener
from embedded.ports import HOST
from embedded.processes import Program

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


class StripeSandbox(Listener):
    """One sandbox with its state and its keys in ``folder``/stripe."""

    name, label, failure = "stripe", "The Stripe sandbox", SandboxFailed

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def environment(self) -> dict[str, str]:
        """What every process of the product gets, after the start."""
        return {**self._keys(), "STRIPE_API_HOST": self.url, "STRIPE_JS_URL": f"{self.url}/stripe.js"}

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

    def program(self) -> Program:
        command = [sys.executable, "-m", "embedded.sandbox", "--port", str(self.port)]
        command += ["--state", str(self.data / "state.json")]
        environment = {**os.environ, "PYTHONPATH": str(PROJECT / "platform")}
        return Program("stripe", command, environment, PROJECT, when_found=SIGTERM)

    def answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", "/_sandbox/ready")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):  # not up yet
            return False
        finally:
            connection.close()

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
