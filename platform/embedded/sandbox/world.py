"""Everything the sandbox knows: one store per account, the clock, and the lock around each step."""

import contextlib
import copy
import json
import secrets
import string
import threading
import time
from collections.abc import Iterator
from typing import Any

from embedded.sandbox.problems import Json, missing

PLATFORM = "acct_1SandboxPlatform"
"""The one platform: every well-formed test key is its key."""
APPLICATION = {"id": "ca_SandboxPlatform", "object": "application", "name": "Platform (sandbox)"}
DAY = 86_400
EVENTS_FOR = 30 * DAY
"""Stripe keeps events for 30 days."""
ALPHABET = string.ascii_letters + string.digits
SETTINGS = {
    "fee_basis_points": 150,  # Stripe's own fee on a charge
    "fee_fixed": 25,  # minor units of whatever currency
    "dispute_fee": 1500,
    "pending_days": 2,  # until a charge's money is available
    "late_seconds": 0,  # until a captured charge has its balance transaction, fee and transfer (automatic_async)
    "async_days": 3,  # until a direct debit settles
    "refunds": "by_balance",  # or the status that the next refunds get: pending, requires_action, failed
    "requirements": True,  # a new account has to be onboarded; False: its capabilities are active at once
}


class World:
    """State as plain JSON. Whoever changes it does so inside `step()`, one at a time."""

    def __init__(self, url: str = "http://127.0.0.1") -> None:
        self.url = url
        self.lock = threading.RLock()
        self.dirty = False
        self.era = 0
        self.cause: Json | None = None
        self.fresh: list[Json] = []
        self.clear()

    def clear(self) -> None:
        """Forget everything, as on the first day."""
        self.era += 1
        self.offset = 0.0
        self.stores: dict[str, dict[str, dict[str, Json]]] = {}
        self.keys: dict[str, Json] = {}
        self.agenda: list[Json] = []
        self.settings: Json = dict(SETTINGS)
        self.notes: Json = {}  # what a family of objects keeps beside its objects

    def now(self) -> int:
        """Seconds since 1970 by the sandbox's clock, which the control API advances."""
        return int(time.time() + self.offset)

    @contextlib.contextmanager
    def step(self, cause: Json | None = None) -> Iterator[list[Json]]:
        """One change of the state; the list holds, afterwards, the events that it made. Never sleep or call in here."""
        with self.lock:
            made: list[Json] = []
            self.cause, self.fresh = cause, made
            try:
                yield made
            finally:
                self.cause, self.fresh, self.dirty = None, [], True

    @contextlib.contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """The clock shows this moment for the length of the block. Inside a step only."""
        before = self.offset
        self.offset = moment + 0.001 - time.time()
        try:
            yield
        finally:
            self.offset = before

    # ---- Objects ---------------------------------------------------------------------------------------------------

    def put(self, scope: str, thing: Json) -> Json:
        """Keep a new object in an account's store."""
        self.stores.setdefault(scope, {}).setdefault(thing["object"], {})[thing["id"]] = thing
        return thing

    def remove(self, scope: str, thing: Json) -> None:
        del self.stores[scope][thing["object"]][thing["id"]]

    def every(self, scope: str, kind: str) -> list[Json]:
        """An account's objects of a kind, oldest first."""
        return list(self.stores.get(scope, {}).get(kind, {}).values())

    def seek(self, scope: str, kind: str, identity: str | None) -> Json | None:
        return self.stores.get(scope, {}).get(kind, {}).get(identity or "")

    def get(self, scope: str, kind: str, identity: str, param: str | None = "id") -> Json:
        """An object of this account; another account's does not exist. Raises Problem `resource_missing`."""
        found = self.seek(scope, kind, identity)
        if found is None:
            raise missing(WORDS.get(kind, kind), identity, param)
        return found

    def anywhere(self, identity: str, first: str = PLATFORM) -> tuple[str, Json] | None:
        """Scope and object of an id, whosever it is: for links between accounts, never for a caller's parameter."""
        if identity == APPLICATION["id"]:
            return PLATFORM, APPLICATION
        for scope in [first, *self.stores]:
            for things in self.stores.get(scope, {}).values():
                if identity in things:
                    return scope, things[identity]
        return None

    def account(self, identity: str) -> Json:
        return self.get(PLATFORM, "account", identity, "account")

    # ---- Keeping ---------------------------------------------------------------------------------------------------

    def snapshot(self) -> str:
        """Everything as one JSON text."""
        with self.lock:
            self.dirty = False
            self._forget_the_old()
            return json.dumps({name: getattr(self, name) for name in KEPT})

    def _forget_the_old(self) -> None:
        """Idempotency keys are kept for a day, events for 30 days."""
        self.keys = {name: saved for name, saved in self.keys.items() if saved["at"] + DAY > self.now()}
        for kinds in self.stores.values():
            if "event" in kinds:
                oldest = self.now() - EVENTS_FOR
                kinds["event"] = {name: each for name, each in kinds["event"].items() if each["created"] >= oldest}

    def restore(self, text: str) -> None:
        """Go on from a snapshot."""
        kept = json.loads(text)
        for name in KEPT:
            setattr(self, name, kept[name])

    def view(self, account: str | None = None, kinds: str | None = None) -> str:
        """The stores of all accounts or one as JSON, all kinds or some (`charge,refund`), without what is private."""
        wanted = kinds.split(",") if kinds else None
        with self.lock:
            return json.dumps(
                {
                    scope: {
                        kind: [_shown(each) for each in things.values()]
                        for kind, things in store.items()
                        if wanted is None or kind in wanted
                    }
                    for scope, store in self.stores.items()
                    if account in {None, scope}
                }
            )


KEPT = ("offset", "stores", "keys", "agenda", "settings", "notes")
WORDS = {
    "payment_intent": "payment_intent",
    "payment_method": "PaymentMethod",
    "setup_intent": "setupintent",
    "transfer_reversal": "transfer reversal",
    "webhook_endpoint": "webhook endpoint",
    "application_fee": "application fee",
    "balance_transaction": "balance transaction",
    "fee_refund": "fee refund",
}


def public(thing: Json) -> Json:
    """A copy of an object as the outside sees it: names with an underscore are the sandbox's own."""
    return copy.deepcopy(_shown(thing))


def _shown(thing: Json) -> Json:
    return {name: each for name, each in thing.items() if not name.startswith("_")}


def new_id(prefix: str) -> str:
    """A fresh id such as `pi_3...`, as long as Stripe's."""
    length = 15 if prefix == "acct_1" else 23
    return (
        prefix
        + ("3" if prefix in {"pi_", "ch_", "re_", "py_"} else "")
        + "".join(secrets.choice(ALPHABET) for _ in range(length))
    )


def new_secret(identity: str) -> str:
    """The client secret of an intent."""
    return f"{identity}_secret_{''.join(secrets.choice(ALPHABET) for _ in range(25))}"


def merged_metadata(old: Any, given: Any) -> Json:
    """Stripe merges metadata: an empty value unsets its key, an empty metadata unsets all."""
    if given == "":
        return {}
    return {key: each for key, each in {**(old or {}), **(given or {})}.items() if each != ""}
