"""Stripe's form encoding: `a[b][0][c]=1` to nested dictionaries, and back from nothing else."""

from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]


def decode(text: str) -> Json:
    """Nested dictionaries of strings. `a[]=1&a[]=2` has the keys "0" and "1"; lists are known by their type later."""
    decoded: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=False):
        _place(decoded, _path(name), value)
    return decoded


def _path(name: str) -> list[str]:
    head, *rest = name.split("[")
    return [head, *(part.rstrip("]") for part in rest)]


def _place(target: Json, path: list[str], value: str) -> None:
    for key in path[:-1]:
        place = target.setdefault(key or str(len(target)), {})
        if not isinstance(place, dict):
            return
        target = place
    target[path[-1] or str(len(target))] = value
