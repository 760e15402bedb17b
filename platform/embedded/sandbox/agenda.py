"""What falls due by the sandbox's clock: settlements, expiries, delayed outcomes."""

import heapq
import itertools
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
    """Do what has fallen due, each at its own time, so that one long jump does what many small ones do; the events."""
    made: list[Json] = []
    with world.lock:
        now, waiting = world.now(), world.agenda
        due = [(entry["at"], number, entry) for number, entry in enumerate(waiting) if entry["at"] <= now]
        if not due:
            return made
        world.agenda[:] = [entry for entry in waiting if entry["at"] > now]
        heapq.heapify(due)
        number = itertools.count(len(waiting))
        while due:
            at, _, entry = heapq.heappop(due)
            known = len(world.agenda)
            with world.step() as events, world.at(at):
                _acts[entry["kind"]](world, entry["facts"])
            made += events
            added, world.agenda[known:] = world.agenda[known:], []
            for each in added:
                if each["at"] <= now:
                    heapq.heappush(due, (each["at"], next(number), each))
                else:
                    world.agenda.append(each)
    return made
