"""What a handler gets, and how its answer becomes JSON: expansion, lists and their filters."""

import typing
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from embedded.sandbox import annotations
from embedded.sandbox.problems import Json, Problem, missing
from embedded.sandbox.world import PLATFORM, World, public

DEEPEST = 4
LONGEST_LIST = 100
PAGING = ("limit", "starting_after", "ending_before", "created", "expand")
Lazy = Callable[[World, str, Json], list[Json]]
Find = Callable[[World, str, Json], Any]
_lazy: dict[tuple[str, str], tuple[Lazy, str]] = {}
_lazy_values: dict[tuple[str, str], Find] = {}


@dataclass
class Call:
    """One request: whose store it works on, its checked parameters, and the ids in its path."""

    world: World
    scope: str
    params: Json = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    key: str | None = None
    client_secret: str | None = None

    @property
    def is_platform(self) -> bool:
        return self.scope == PLATFORM

    def its(self, kind: str, name: str = "id") -> Json:
        """The object that the path names. Raises Problem `resource_missing`."""
        return self.world.get(self.scope, kind, self.ids[name])


Handler = Callable[[Call], Json]


def lazy_list(kind: str, name: str, url: str) -> Callable[[Lazy], Lazy]:
    """Decorator: a list that Stripe leaves out of its object until it is expanded. `{id}` in `url` is the object's."""

    def register(find: Lazy) -> Lazy:
        _lazy[kind, name] = (find, url)
        return find

    return register


def lazy_value(kind: str, name: str) -> Callable[[Find], Find]:
    """Decorator: a field that Stripe leaves empty until it is expanded."""

    def register(find: Find) -> Find:
        _lazy_values[kind, name] = find
        return find

    return register


def whole_list(things: list[Json], url: str) -> Json:
    """A list object that holds everything."""
    return {"object": "list", "data": things, "has_more": False, "url": url}


def only(params: Json, done: Collection[str]) -> None:
    """Better a refusal than a parameter without effect. Raises Problem for one that is not among `done`."""
    for name in params:
        if name not in done:
            raise Problem(f"The sandbox does not do `{name}` here.", param=name)


# ---- Answers ---------------------------------------------------------------------------------------------------------


def present(world: World, scope: str, answer: Json, expand: list[str]) -> Json:
    """A handler's answer as the outside sees it. Raises Problem for a path that cannot be expanded."""
    shown = public(answer)
    if shown.get("object") == "list":
        shown["data"] = [public(each) for each in shown["data"]]
    for path in expand:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            message = f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}"
            raise Problem(message, param="expand")
        _expand(world, scope, shown, steps)
    return shown


def _expand(world: World, scope: str, thing: Json, steps: list[str]) -> None:
    name, *rest = steps
    if thing.get("object") == "list" and name == "data":
        inside = thing["data"] if rest else []
    else:
        value = thing.get(name)
        if isinstance(value, str):
            thing[name] = _looked_up(world, scope, thing, name)
        elif value is None:
            _unfold(world, scope, thing, name)
        value = thing.get(name)
        inside = value if isinstance(value, list) else [value]
    for each in inside:
        if rest and isinstance(each, dict):
            _expand(world, scope, each, rest)


def _looked_up(world: World, scope: str, thing: Json, name: str) -> Json:
    if not _can_expand(thing, name):
        raise _not_expandable(name)
    found = world.anywhere(thing[name], scope)
    if found is None:
        raise missing(name, thing[name])
    return public(found[1])


def _unfold(world: World, scope: str, thing: Json, name: str) -> None:
    """A list that was left out; null stays null, and what no object of this kind has is refused."""
    kind = thing.get("object", "")
    if lazy := _lazy.get((kind, name)):
        find, url = lazy
        thing[name] = whole_list([public(each) for each in find(world, scope, thing)], url.format(id=thing["id"]))
    elif seek := _lazy_values.get((kind, name)):
        thing[name] = seek(world, scope, thing)
    elif kind and name not in annotations.hints(annotations.resource(kind)):
        raise _not_expandable(name)


def _not_expandable(name: str) -> Problem:
    return Problem(f"This property cannot be expanded ({name}).", param="expand")


def _can_expand(thing: Json, name: str) -> bool:
    """In a nested part the annotation is not at hand: there an id that is known will do."""
    if "object" not in thing:
        return True
    kind = annotations.hints(annotations.resource(thing["object"])).get(name)
    classes = [each for each in _flat(kind) if isinstance(each, type) and each.__module__.startswith("stripe")]
    return bool(classes)


def _flat(kind: Any) -> list[Any]:
    if typing.get_origin(kind) is typing.Union:
        return [inner for each in typing.get_args(kind) for inner in _flat(each)]
    return [kind]


# ---- Lists -----------------------------------------------------------------------------------------------------------


def retrieve(kind: str) -> Handler:
    """Handler that answers the object that the path names."""
    return lambda call: call.its(kind)


def listing(kind: str, *filters: str) -> Handler:
    """Handler that lists an account's objects of a kind, newest first; `filters` are parameters that equal a field."""

    def answer(call: Call) -> Json:
        if unknown := call.params.keys() - {*PAGING, *filters}:
            raise Problem(f"The sandbox does not filter {kind}s by {', '.join(sorted(unknown))}.", param=min(unknown))
        found = [
            each
            for each in call.world.every(call.scope, kind)
            if all(call.params.get(name) in {None, each.get(name)} for name in filters)
        ]
        return page(call, found)

    return answer


def page(call: Call, things: list[Json], url: str | None = None) -> Json:
    """One page of objects that come oldest first, by Stripe's `created`, `limit` and cursor parameters."""
    params = call.params
    ordered = [each for each in reversed(things) if _within(each.get("created", 0), params.get("created"))]
    limit = params.get("limit", 10)
    if not 1 <= limit <= LONGEST_LIST:
        raise Problem(f"This value must be less than or equal to {LONGEST_LIST} (given {limit}).", param="limit")
    ids = [each["id"] for each in ordered]
    if after := params.get("starting_after"):
        ordered = ordered[_position(ids, after, "starting_after") + 1 :]
    if before := params.get("ending_before"):
        ordered = ordered[: _position(ids, before, "ending_before")]
        return _page(ordered[-limit:], len(ordered) > limit, url or call.ids["_path"])
    return _page(ordered[:limit], len(ordered) > limit, url or call.ids["_path"])


def _page(things: list[Json], has_more: bool, url: str) -> Json:
    return {"object": "list", "data": things, "has_more": has_more, "url": url}


def _position(ids: list[str], identity: str, param: str) -> int:
    if identity not in ids:
        raise missing("object", identity, param)
    return ids.index(identity)


def _within(created: int, given: Any) -> bool:
    if given is None:
        return True
    if isinstance(given, int):
        return created == given
    tests = {"gt": created.__gt__, "gte": created.__ge__, "lt": created.__lt__, "lte": created.__le__}
    return all(tests[name](bound) for name, bound in given.items())
