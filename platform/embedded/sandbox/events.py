"""Events: every change of state makes one, with the object as it was at that moment."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from stripe._api_version import _ApiVersion

from embedded.sandbox import shapes
from embedded.sandbox.problems import Json
from embedded.sandbox.world import PLATFORM, World, new_id, public

API_VERSION = _ApiVersion.CURRENT
Listener = Callable[[World, str, Json], None]
_listeners: dict[str, list[Listener]] = defaultdict(list)


def upon(*names: str) -> Callable[[Listener], Listener]:
    """Decorator: this function is told at once, with account and object, when an event of these names is recorded."""

    def register(listener: Listener) -> Listener:
        for name in names:
            _listeners[name].append(listener)
        return listener

    return register


def record(world: World, scope: str, name: str, thing: Json, previous: Json | None = None) -> Json:
    """Keep an event of `scope` about `thing`; it is delivered when the step that made it has ended."""
    data: Json = {"object": public(thing)}
    if previous is not None:
        data["previous_attributes"] = previous
    event = shapes.blank(
        "event",
        id=new_id("evt_1"),
        api_version=API_VERSION,
        created=world.now(),
        data=data,
        pending_webhooks=0,
        request=world.cause or {"id": None, "idempotency_key": None},
        type=name,
        **({} if scope == PLATFORM else {"account": scope}),
    )
    world.put(scope, event)
    world.fresh.append(event)
    for listener in _listeners[name]:
        listener(world, scope, thing)
    return event


def updated(world: World, scope: str, name: str, thing: Json, before: Json) -> Json | None:
    """An event about a change, with what was there before; None when nothing has changed."""
    previous = difference(before, public(thing))
    return record(world, scope, name, thing, previous) if previous else None


def difference(before: Json, after: Json) -> Json:
    """Values of `before` that `after` has no longer, down into nested objects; a key that is new was null."""
    found: Json = {}
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old == new or key.startswith("_"):
            continue
        nested = isinstance(old, dict) and isinstance(new, dict)
        found[key] = difference(_dict(old), _dict(new)) if nested else old
    return found


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
