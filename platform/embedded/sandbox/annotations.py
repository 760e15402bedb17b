"""The installed SDK's annotations, with every name resolved: the types of resources and of parameters."""

import ast
import builtins
import importlib
import re
import sys
import typing
from functools import cache
from pathlib import Path
from typing import Any

from stripe._object_classes import OBJECT_CLASSES


class Names(dict[str, Any]):
    """A namespace in which a name that the SDK imports for type checkers only is found after all; others are Any."""

    def __init__(self, module: str) -> None:
        super().__init__({**vars(typing), **vars(builtins), **vars(sys.modules[module])})
        self.origins = _imports(module)

    def __missing__(self, name: str) -> Any:
        origin, attribute = self.origins.get(name, ("", ""))
        if not origin.startswith("stripe"):
            return Any
        return getattr(importlib.import_module(origin), attribute)


@cache
def _imports(module: str) -> dict[str, tuple[str, str]]:
    """Local name to (module, name there) for everything that a module of the SDK imports above its first class."""
    path = sys.modules[module].__file__
    assert path
    head = re.split(r"\n(?=class |@)", Path(path).read_text(), maxsplit=1)[0]
    found = {}
    for node in ast.walk(ast.parse(head)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = (node.module, alias.name)
    return found


@cache
def resource(name: str) -> Any:
    """The SDK's class of objects whose `object` is this: `"refund"`, `"checkout.session"`."""
    module, attribute = OBJECT_CLASSES[name]
    return getattr(importlib.import_module(module), attribute)


@cache
def hints(cls: Any) -> dict[str, Any]:
    """Annotated fields of a resource class, resolved; class variables are left out."""
    found = typing.get_type_hints(cls, localns=Names(cls.__module__))
    return {
        name: each
        for name, each in found.items()
        if not name.startswith("_") and typing.get_origin(each) is not typing.ClassVar
    }


@cache
def parameters(name: str) -> Any:
    """The TypedDict of a request's parameters: `"RefundCreateParams"`, `"checkout.SessionCreateParams"`."""
    package, _, attribute = f"stripe.params.{name}".rpartition(".")
    return getattr(importlib.import_module(package), attribute)


@cache
def accepted(cls: Any) -> dict[str, Any]:
    """Fields of a parameters' TypedDict without the SDK's own request options."""
    options = set(sys.modules["stripe"].RequestOptions.__annotations__)
    found = typing.get_type_hints(cls, localns=Names(cls.__module__))
    return {name: each for name, each in found.items() if name not in options}


@cache
def required(cls: Any) -> frozenset[str]:
    """Names that a parameters' TypedDict demands."""
    return frozenset(cls.__required_keys__) & accepted(cls).keys()
