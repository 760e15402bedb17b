"""The control API: what a test may order. The package's docstring lists every verb with its JSON."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from embedded.sandbox import agenda, forms
from embedded.sandbox.dispatch import Desk
from embedded.sandbox.messages import Answer, Request
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import SETTINGS, World

Act = Callable[[World, Json], Any]
_acts: dict[str, Act] = {}
BAD_REQUEST = HTTPStatus.BAD_REQUEST


def verb(name: str) -> Callable[[Act], Act]:
    """Decorator: `POST /_sandbox/<name>` plays the outside world by this function, inside a step."""

    def register(act: Act) -> Act:
        _acts[name] = act
        return act

    return register


class Control:
    """Answers /_sandbox/..., without a key: the server listens on 127.0.0.1 only."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.world, self.courier = desk, desk.world, desk.courier
        self.own: dict[str, Callable[[Json], Any]] = {
            "GET ready": lambda _: {"ready": True},
            "GET state": lambda order: self.world.view(order.get("account"), order.get("kinds")),
            "GET clock": lambda _: self._clock(),
            "GET deliveries": lambda _: {"deliveries": self.courier.deliveries(), "idle": self.courier.is_idle()},
            "GET settings": lambda _: self.world.settings,
            "POST reset": lambda _: self._reset(),
            "POST clock": self._advance,
            "POST faults": lambda order: {"rules": self.desk.faults.order(order.get("rules", []))},
            "GET faults": lambda _: {"rules": self.desk.faults.rules},
            "POST webhooks": self._modes,
            "POST release": lambda _: {"released": self.courier.release()},
            "POST deliver": lambda order: {"deliveries": self.courier.deliver(order)},
            "POST settings": self._settings,
        }

    def answer(self, request: Request) -> Answer:
        """Do it; 400 with the reason when it cannot be done."""
        name = request.path.removeprefix("/_sandbox/")
        try:
            order = json.loads(request.body) if request.body else forms.decode(request.query)
            told = self._do(f"{request.method} {name}", order)
            return Answer(HTTPStatus.OK, told if isinstance(told, str) else json.dumps(told))
        except Problem as problem:
            return Answer(problem.status, json.dumps({"error": problem.error}))
        except (ValueError, KeyError, TypeError) as problem:
            return Answer(BAD_REQUEST, json.dumps({"error": {"message": f"{type(problem).__name__}: {problem}"}}))

    def _do(self, name: str, order: Json) -> Any:
        if own := self.own.get(name):
            return own(order)
        act = _acts.get(name.removeprefix("POST "))
        if act is None:
            raise Problem(f"There is no {name}", status=HTTPStatus.NOT_FOUND)
        with self.world.step() as made:
            result = act(self.world, order)
            text = json.dumps(result)
        self.courier.send(made)
        return {"result": json.loads(text), "events": [event["id"] for event in made]}

    def _reset(self) -> Json:
        with self.world.lock:
            self.world.clear()
            self.courier.clear()
            self.desk.faults.order([])
            self.world.dirty = True
        return {}

    def _clock(self) -> Json:
        return {"now": self.world.now(), "offset": self.world.offset}

    def _advance(self, order: Json) -> Json:
        with self.world.lock:
            self.world.offset += order.get("advance", 0)
            if "to" in order:
                self.world.offset += order["to"] - self.world.now()
        made = agenda.perform_due(self.world)
        self.courier.send(made)
        return {**self._clock(), "events": [event["id"] for event in made]}

    def _modes(self, order: Json) -> Json:
        known = {"dropped", "doubled", "shuffled", "delayed", "early", "held"}
        if order.keys() - known:
            raise ValueError(f"modes are {sorted(known)}")
        self.courier.set_modes(order)
        return order

    def _settings(self, order: Json) -> Json:
        if unknown := order.keys() - SETTINGS.keys():
            raise ValueError(f"no such settings: {sorted(unknown)}")
        with self.world.step():
            self.world.settings.update(order)
        return self.world.settings
