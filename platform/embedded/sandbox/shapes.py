"""Objects in Stripe's shape: blanks with every field that the SDK declares, and whether an answer keeps to it."""

import copy
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, Union

from embedded.sandbox import annotations
from embedded.sandbox.problems import Json

PLAIN = (int, bool, str, float)
# What Stripe leaves out of an object instead of sending null: others' details, and lists until they are expanded.
LEFT_OUT = {
    "charge": {"authorization_code", "level3", "presentment_details", "radar_options", "refunds", "source", "transfer"},
    "payment_intent": {"hooks", "managed_payments", "payment_details", "presentment_details", "source"},
    "setup_intent": {"attach_to_self", "managed_payments"},
    "refund": {"description", "failure_balance_transaction", "failure_reason", "instructions_email", "next_action",
               "pending_reason", "presentment_details"},
    "account": {"company", "deleted", "groups", "individual", "business_type"},
    "customer": {"cash_balance", "deleted", "sources", "subscriptions", "tax", "tax_ids", "individual_name",
                 "business_name", "invoice_credit_balance"},
    "bank_account": {"deleted", "customer"},
    "webhook_endpoint": {"deleted", "secret"},
    "event": {"account", "context", "request"},
    "balance": {"connect_reserved", "instant_available", "issuing", "refund_and_dispute_prefunding"},
    "dispute": {"network_reason_code"},
    "product": {"deleted"},
    "coupon": {"deleted"},
}  # fmt: skip


def blank(name: str, /, **fields: Any) -> Json:
    """A new object of this kind with every field that Stripe sends, null or empty, then those given."""
    made = copy.deepcopy(_blank(name))
    unknown = [
        field
        for field in fields
        if not field.startswith("_") and field not in annotations.hints(annotations.resource(name))
    ]
    assert not unknown, f"{name} has no {unknown}"
    return {**made, **fields, "object": name}


@cache
def _blank(name: str) -> Json:
    cls = annotations.resource(name)
    left_out = LEFT_OUT.get(name, set())
    if name == "payment_method":
        left_out = {each for each, kind in annotations.hints(cls).items() if _is_optional(kind) and _inner(kind)}
    return {field: _empty(kind) for field, kind in annotations.hints(cls).items() if field not in left_out}


def part(name: str, /, *path: str, **fields: Any) -> Json:
    """A nested part of a resource, such as `part("charge", "payment_method_details", "card")`, filled in."""
    cls = annotations.resource(name)
    for step in path:
        cls = _inner(annotations.hints(cls)[step])
    return {**{field: _empty(kind) for field, kind in annotations.hints(cls).items()}, **fields}


def _is_optional(kind: Any) -> bool:
    return typing.get_origin(kind) is Union and type(None) in typing.get_args(kind)


def _inner(kind: Any) -> Any:
    """The nested class that a field holds, or None."""
    for each in typing.get_args(kind) if typing.get_origin(kind) is Union else (kind,):
        if isinstance(each, type) and "." in each.__qualname__:
            return each
    return None


def _empty(kind: Any) -> Any:
    if _is_optional(kind):
        return None
    origin = typing.get_origin(kind)
    if origin is Union:
        return _empty(typing.get_args(kind)[0])
    if origin is Literal:
        return typing.get_args(kind)[0]
    if origin is list:
        return []
    if kind in PLAIN:
        return kind()
    if isinstance(kind, type) and "." in kind.__qualname__:
        return {field: _empty(each) for field, each in annotations.hints(kind).items()}
    return {}


def faults(value: Any, kind: Any, path: str = "") -> Iterator[str]:
    """Where a value is not what the SDK's annotation says, as `path: what`; nothing when it keeps to it."""
    origin = typing.get_origin(kind)
    if origin is Union:
        yield from _union_faults(value, typing.get_args(kind), path)
    elif origin is Literal:
        if value not in typing.get_args(kind):
            yield f"{path}: {value!r} is not one of {typing.get_args(kind)}"
    elif origin is list:
        yield from _list_faults(value, typing.get_args(kind)[0], path)
    elif kind in PLAIN:
        if type(value) is not kind:
            yield f"{path}: {value!r} is not {kind.__name__}"
    elif isinstance(value, dict) and value.get("object") == "list":
        for number, each in enumerate(value["data"]):
            yield from object_faults(each, f"{path}[{number}]")
    elif isinstance(kind, type) and kind.__module__.startswith("stripe") and annotations.hints(kind):
        yield from _class_faults(value, kind, path)


def _list_faults(value: Any, kind: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: {value!r} is not a list"
        return
    for number, each in enumerate(value):
        yield from faults(each, kind, f"{path}[{number}]")


def object_faults(value: Json, path: str = "") -> Iterator[str]:
    """The same for a whole object, whose class its `object` names."""
    yield from _class_faults(value, annotations.resource(value["object"]), path or value["object"])


def _union_faults(value: Any, kinds: tuple[Any, ...], path: str) -> Iterator[str]:
    if value is None and type(None) in kinds:
        return
    words = [kind for kind in kinds if typing.get_origin(kind) is Literal]
    rest = [kind for kind in kinds if kind not in words and not (words and kind is str)]
    found = [list(faults(value, kind, path)) for kind in [*words, *rest] if kind is not type(None)]
    if all(found):
        yield from min(found, key=len)


def _class_faults(value: Any, cls: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is not an object"
        return
    fields = annotations.hints(cls)
    for field, kind in fields.items():
        if field in value:
            yield from faults(value[field], kind, f"{path}.{field}")
        elif not _is_optional(kind):
            yield f"{path}.{field}: is missing"
    yield from (f"{path}.{field}: is unknown" for field in value if field not in fields)
