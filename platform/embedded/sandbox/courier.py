"""Delivery of events to webhook endpoints: in the background, again when it fails, and as badly as a test asks for."""

import fnmatch
import heapq
import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from embedded.sandbox import posting
from embedded.sandbox.problems import Json
from embedded.sandbox.world import PLATFORM, World

WAITS = (0.2, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0, 5.0, 5.0)
"""Seconds before each further try; ten tries in all."""
THREADS = 16
REMEMBERED = 5_000
WINDOW_MS = 200


@dataclass
class Delivery:
    """One event on its way to one endpoint."""

    event: Json
    endpoint: Json
    tries: int = 0
    answers: list[Any] = field(default_factory=list)
    fate: str = "waiting"

    def told(self) -> Json:
        return {
            "event": self.event["id"],
            "type": self.event["type"],
            "account": self.event.get("account"),
            "endpoint": self.endpoint["id"],
            "url": self.endpoint["url"],
            "tries": self.tries,
            "answers": self.answers,
            "fate": self.fate,  # waiting, held, delivered, given up, dropped
        }


class Courier:
    """Threads that deliver; `modes` is the body of the control API's `POST webhooks`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.condition = threading.Condition()
        self.queue: list[tuple[float, int, Delivery]] = []
        self.number = itertools.count()
        self.log: list[Delivery] = []
        self.held: list[Delivery] = []
        self.set_modes({})
        for number in range(THREADS):
            threading.Thread(target=self._work, name=f"courier-{number}", daemon=True).start()

    def set_modes(self, modes: Json) -> None:
        """Replace how webhooks are delivered; {} is as it should be."""
        self.modes = modes
        self.chance = random.Random((modes.get("dropped") or {}).get("seed", 0))  # noqa: S311
        self.order = random.Random((modes.get("shuffled") or {}).get("seed", 0))  # noqa: S311

    def clear(self) -> None:
        """Forget what is under way and what has been."""
        with self.condition:
            self.queue, self.log, self.held = [], [], []
            self.set_modes({})

    # ---- Sending ---------------------------------------------------------------------------------------------------

    def send(self, events: Iterable[Json]) -> None:
        """Plan the deliveries of new events by the current modes. With `early` they have been tried on return."""
        early = []
        for event in events:
            for endpoint in self._endpoints(event):
                delivery = Delivery(event, endpoint)
                self._remember(delivery)
                if self._is_dropped(event):
                    delivery.fate = "dropped"
                elif self.modes.get("held"):
                    delivery.fate = "held"
                    self.held.append(delivery)
                elif self.modes.get("early"):
                    early.append(delivery)
                else:
                    self._plan(delivery)
        for delivery in early:
            self._try(delivery)

    def release(self) -> int:
        """Send what was held, by the other modes; how many."""
        held, self.held = self.held, []
        for delivery in held:
            delivery.fate = "waiting"
            self._plan(delivery)
        return len(held)

    def deliver(self, order: Json) -> list[Json]:
        """Send given events, in this order and one after the other or `at_once`; what became of each."""
        endpoints = order.get("endpoints")
        planned = []
        for identity in order["events"]:
            found = self.world.anywhere(identity)
            for endpoint in self._endpoints(found[1]) if found else []:
                if endpoints is None or endpoint["id"] in endpoints:
                    planned += [Delivery(found[1], endpoint) for _ in range(order.get("copies", 1))] if found else []
        for delivery in planned:
            self._remember(delivery)
        if order.get("at_once"):
            threads = [threading.Thread(target=self._try, args=(each,)) for each in planned]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        else:
            for delivery in planned:
                self._try(delivery)
        return [delivery.told() for delivery in planned]

    def deliveries(self) -> list[Json]:
        """What became of every delivery so far, oldest first."""
        return [delivery.told() for delivery in list(self.log)]

    def is_idle(self) -> bool:
        """Whether nothing is under way; what is held does not count."""
        return all(delivery.fate != "waiting" for delivery in list(self.log))

    # ---- Inside ----------------------------------------------------------------------------------------------------

    def _endpoints(self, event: Json) -> list[Json]:
        """A `connect` endpoint gets the events of connected accounts, the others those of the account that has them."""
        account = event.get("account")
        with self.world.lock:
            own = [each for each in self.world.every(account or PLATFORM, "webhook_endpoint") if not each["_connect"]]
            above = [each for each in self.world.every(PLATFORM, "webhook_endpoint") if each["_connect"] and account]
            return [each for each in [*own, *above] if each["status"] == "enabled" and _wants(each, event["type"])]

    def _remember(self, delivery: Delivery) -> None:
        with self.condition:
            self.log.append(delivery)
            del self.log[:-REMEMBERED]

    def _is_dropped(self, event: Json) -> bool:
        dropped = self.modes.get("dropped")
        if not dropped or not any(fnmatch.fnmatch(event["type"], each) for each in dropped.get("types", ["*"])):
            return False
        return self.chance.random() < float(dropped.get("probability", 1))

    def _plan(self, delivery: Delivery) -> None:
        wait = self.modes.get("delayed") or 0
        if shuffled := self.modes.get("shuffled"):
            wait += self.order.random() * shuffled.get("window_ms", WINDOW_MS) / 1000
        doubled = self.modes.get("doubled") or {}
        copies = doubled.get("copies", 1)
        for number in range(copies):
            each = delivery if number == 0 else Delivery(delivery.event, delivery.endpoint)
            if number:
                self._remember(each)
            self._queue(each, wait + doubled.get("spread_ms", 0) / 1000 * number / copies)

    def _queue(self, delivery: Delivery, wait: float) -> None:
        with self.condition:
            heapq.heappush(self.queue, (time.monotonic() + wait, next(self.number), delivery))
            self.condition.notify()

    def _work(self) -> None:
        while True:
            with self.condition:
                while not self.queue or self.queue[0][0] > time.monotonic():
                    self.condition.wait(self.queue[0][0] - time.monotonic() if self.queue else None)
                delivery = heapq.heappop(self.queue)[2]
                self.condition.notify()
            self._try(delivery)

    def _try(self, delivery: Delivery) -> None:
        delivery.tries += 1
        endpoint = delivery.endpoint
        try:
            answer: int | str = posting.post(endpoint["url"], endpoint["_secret"], json.dumps(delivery.event, indent=2))
        except (OSError, http.client.HTTPException) as problem:
            answer = repr(problem)
        delivery.answers.append(answer)
        if isinstance(answer, int) and posting.is_fine(answer):
            delivery.fate = "delivered"
        elif delivery.tries > len(WAITS):
            delivery.fate = "given up"
        else:
            self._queue(delivery, WAITS[delivery.tries - 1])


def _wants(endpoint: Json, name: str) -> bool:
    return bool({"*", name} & set(endpoint["enabled_events"]))
