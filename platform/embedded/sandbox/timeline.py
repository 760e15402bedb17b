"""What billing does as time passes, on the sandbox's clock or on a test clock of Stripe's.

A customer may be on a test clock; then everything of that customer happens in that clock's time. While an entry is
performed the world's clock shows the time for which it was planned, so that one long jump does what many small ones do.
"""

import contextlib
from collections.abc import Callable, Iterator

from embedded.sandbox import agenda
from embedded.sandbox.problems import Json
from embedded.sandbox.world import PLATFORM, World

KIND = "test_helpers.test_clock"
HOUR, DAY = 3_600, 86_400
Act = Callable[[World, str, Json], None]
"""Gets the world, the account, and the object."""
_acts: dict[str, tuple[str, Act]] = {}


def does(name: str, kind: str) -> Callable[[Act], Act]:
    """Decorator: this function does what is planned under a name, for an object of a kind that still exists."""

    def register(act: Act) -> Act:
        _acts[name] = kind, act
        return act

    return register


def plan(world: World, scope: str, name: str, thing: Json, at: int) -> None:
    """Do this for an object at this second of its clock. What has become pointless by then is for the act to see."""
    facts = {"name": name, "scope": scope, "id": thing["id"], "at": at}
    clock = clock_of(world, scope, thing)
    if clock is None:
        world.agenda.append({"kind": "billing", "at": at, "facts": facts})
    else:
        clock["_agenda"].append(facts)


def clock_of(world: World, scope: str, thing: Json) -> Json | None:
    """The test clock that an object is on."""
    return world.seek(scope, KIND, thing.get("test_clock"))


@contextlib.contextmanager
def of(world: World, scope: str, thing: Json) -> Iterator[None]:
    """The clock of an object is the world's for the length of the block."""
    clock = clock_of(world, scope, thing)
    if clock is None:
        yield
        return
    with world.at(clock["_now"]):
        yield


def advance(world: World, scope: str, clock: Json, target: int) -> None:
    """Do on a test clock, in order of time, everything that is planned until `target`."""
    while due := [entry for entry in clock["_agenda"] if entry["at"] <= target]:
        entry = min(due, key=lambda each: each["at"])
        clock["_agenda"].remove(entry)
        clock["_now"] = max(clock["_now"], entry["at"])
        _perform(world, entry)
    clock["_now"] = target


@agenda.does("billing")
def _due(world: World, facts: Json) -> None:
    _perform(world, facts)


def _perform(world: World, entry: Json) -> None:
    kind, act = _acts[entry["name"]]
    thing = world.seek(entry["scope"], kind, entry["id"])
    if thing is not None:
        with world.at(entry["at"]):
            act(world, entry["scope"], thing)


def things_on(world: World, clock: Json) -> list[tuple[str, Json]]:
    """Everything that goes with a test clock."""
    kinds = ("customer", "subscription", "invoice", "invoiceitem")
    return [
        (PLATFORM, each) for kind in kinds for each in world.every(PLATFORM, kind) if each["test_clock"] == clock["id"]
    ]
