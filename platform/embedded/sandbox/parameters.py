"""Parameters held against the SDK's TypedDicts: unknown, missing or wrong ones are refused in Stripe's words."""

import re
import typing
from decimal import Decimal
from typing import Any, Literal, Union

from typing_extensions import is_typeddict

from embedded.sandbox import annotations
from embedded.sandbox.problems import Json, Problem, not_given

INTEGER = re.compile(r"-?\d{1,15}")
TRUTHS = {"true": True, "false": False}


def checked(decoded: Json, name: str) -> Json:
    """The parameters with the types that Stripe gives them. Raises Problem for the first that it would refuse."""
    return _structure(decoded, annotations.parameters(name), "")


def _structure(decoded: Any, cls: Any, path: str) -> Json:
    if not isinstance(decoded, dict):
        raise Problem("Invalid object", param=path, code="parameter_invalid_object")
    accepted = annotations.accepted(cls)
    for key in decoded:
        if key not in accepted:
            unknown = _inside(path, key)
            raise Problem(f"Received unknown parameter: {unknown}", code="parameter_unknown", param=unknown)
    for key in sorted(annotations.required(cls)):
        if key not in decoded:
            raise not_given(_inside(path, key))
    return {key: _value(each, accepted[key], _inside(path, key)) for key, each in decoded.items()}


def _inside(path: str, key: str) -> str:
    return f"{path}[{key}]" if path else key


def _value(given: Any, kind: Any, path: str) -> Any:
    origin = typing.get_origin(kind)
    if origin is Union or type(kind).__name__ == "UnionType":
        return _one_of(given, typing.get_args(kind), path)
    if given == "" and not _may_be_empty(kind):
        raise Problem(
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{path}' cannot be unset. You should remove '{path}' from your request or supply a non-empty "
            f"value.",
            code="parameter_invalid_empty",
            param=path,
        )
    if is_typeddict(kind):
        return _structure(given, kind, path)
    if origin is list:
        return _items(given, typing.get_args(kind)[0], path)
    if origin is Literal:
        return _word(given, typing.get_args(kind), path)
    return _plain(given, origin or kind, path)


def _may_be_empty(kind: Any) -> bool:
    return typing.get_origin(kind) is Literal and "" in typing.get_args(kind)


def _plain(given: Any, kind: Any, path: str) -> Any:
    if kind is dict or getattr(kind, "__name__", "") == "UntypedStripeObject":
        if not isinstance(given, dict):
            raise Problem("Invalid object", param=path, code="parameter_invalid_object")
        return given
    if isinstance(given, dict):
        raise Problem("Invalid string: {}", param=path, code="parameter_invalid_string")
    if kind is int:
        if not INTEGER.fullmatch(given):
            raise Problem(f"Invalid integer: {given}", param=path, code="parameter_invalid_integer")
        return int(given)
    if kind is bool:
        if given not in TRUTHS:
            raise Problem(f"Invalid boolean: {given}", param=path)
        return TRUTHS[given]
    if kind in {float, Decimal} and not re.fullmatch(r"-?\d+(\.\d+)?", given):
        raise Problem(f"Invalid decimal: {given}", param=path)
    return given


def _items(given: Any, kind: Any, path: str) -> list[Any]:
    if given == "":
        return []
    if not isinstance(given, dict) or not all(key.isdigit() for key in given):
        raise Problem("Invalid array", param=path, code="parameter_invalid_array")
    ordered = sorted(given.items(), key=lambda item: int(item[0]))
    return [_value(each, kind, f"{path}[{key}]") for key, each in ordered]


def _word(given: Any, words: tuple[Any, ...], path: str) -> str:
    if given in words:
        return str(given)
    named = [word for word in words if word]
    choice = " or ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else "".join(named)
    raise Problem(f"Invalid {path}: must be one of {choice}", param=path)


def _one_of(given: Any, kinds: tuple[Any, ...], path: str) -> Any:
    """The SDK writes an enumeration as `Literal[...] | str`, for values to come: Stripe itself refuses others."""
    if given == "" and any(_may_be_empty(kind) for kind in kinds):
        return ""
    named = [kind for kind in kinds if typing.get_origin(kind) is Literal and set(typing.get_args(kind)) != {""}]
    rest = [kind for kind in kinds if kind not in named and not _may_be_empty(kind) and kind is not type(None)]
    if named:
        rest = [kind for kind in rest if kind is not str]
    if not rest:
        return _word(given, tuple(word for kind in named for word in typing.get_args(kind)), path)
    problem: Problem | None = None
    for kind in [*_fitting_first(given, rest), *named]:
        try:
            return _value(given, kind, path)
        except Problem as refused:
            problem = problem or refused
    assert problem
    raise problem


def _fitting_first(given: Any, kinds: list[Any]) -> list[Any]:
    """A structure for a structure and a plain type for a text: the first complaint is then the right one."""
    return sorted(kinds, key=lambda kind: _is_structure(kind) != isinstance(given, dict))


def _is_structure(kind: Any) -> bool:
    return is_typeddict(kind) or typing.get_origin(kind) in {list, dict} or "Untyped" in str(kind)
