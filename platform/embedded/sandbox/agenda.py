"""What falls due by the sandbox's clock: settlements, expiries, delayed outcomes."""

from collections.abc import Callable

from embedded.sandbox.problems import Json
from embedded.sandbox.world import World

DAY = 86_400
Act = Callable[[World, Json], None]
_acts: dict[str, Act] = {}


def does(kind: str) -> Callable[[Act], Act]:
    """Decorator: this function does the agenda's entries of a kind; it gets the entry's own facts."""

    def register(act: Act) -> Act:
        _acts[kind] = act
        return act

    return register


def later(world: World, kind: str, seconds: int, **facts: object) -> None:
    """Do this in so many seconds of the sandbox's clock."""
    world.agenda.append({"kind": kind, "at": world.now() + seconds, "facts": facts})


def perform_due(world: World) -> list[Json]:
    """Do what has fallen due, in order of time; the events that it made."""
    made: list[Json] = []
    while True:
        with world.lock:
            due = [entry for entry in world.agenda if entry["at"] <= world.now()]
            if not due:
                return made
            entry = min(due, key=lambda each: each["at"])
            with world.step() as events:
                world.agenda.remove(entry)
                _acts[entry["kind"]](world, entry["facts"])
            made += events
