"""The house's own files, and Python source as the rules see it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.databases import ROOT

PRODUCT = ("platform", "tenants", "venues", "bookings", "billing", "desk")
NOT_OURS = frozenset({".venv", ".git", "var", "node_modules", "__pycache__"})


def files(*patterns: str) -> Iterator[Path]:
    """Files of the work tree by glob; what is installed, built or fetched is left out."""
    for pattern in patterns:
        for path in sorted(_globbed(pattern)):
            relative = path.relative_to(ROOT)
            if path.is_file() and not any(part in NOT_OURS or part.endswith("_cache") for part in relative.parts):
                yield relative


def _globbed(pattern: str) -> Iterator[Path]:
    """As `ROOT.glob`, but without walking through `var`, where databases vanish while one looks."""
    if not pattern.startswith("**/"):
        yield from ROOT.glob(pattern)
        return
    yield from ROOT.glob(pattern.removeprefix("**/"))
    for folder in ROOT.iterdir():
        if folder.is_dir() and folder.name not in NOT_OURS:
            yield from folder.glob(pattern)


def product() -> Iterator[Path]:
    """Python files that run in production: migrations and what merely starts the product are left out."""
    for path in files(*(f"{folder}/**/*.py" for folder in PRODUCT)):
        if "migrations" not in path.parts and path.parts[:2] != ("platform", "embedded"):
            yield path


@dataclass(frozen=True)
class Finding:
    """A line that breaks a rule."""

    line: int
    what: str


class Source:
    """A module as a tree in which names can be followed to where they were imported from."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)

    @cached_property
    def imports(self) -> dict[str, str]:
        """Local name to dotted origin: `{"tz": "django.utils.timezone"}`."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    found[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return found

    def dotted(self, node: ast.AST) -> str:
        """`django.utils.timezone.now` for `tz.now`; empty for what is not a plain chain of names."""
        match node:
            case ast.Name(id=name):
                return self.imports.get(name, name)
            case ast.Attribute(value=value, attr=attr):
                before = self.dotted(value)
                return f"{before}.{attr}" if before else ""
        return ""

    def references(self, names: frozenset[str]) -> Iterator[Finding]:
        """Every use of one of these dotted names, called or not."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute | ast.Name) and self.dotted(node) in names:
                yield Finding(node.lineno, self.dotted(node))

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """What lies in a scope, without the insides of functions defined there."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from own_nodes(child)
