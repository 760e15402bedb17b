"""What a step was last done for, so that it is done again only when its sources changed."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from embedded.folders import PROJECT

NOT_SOURCES = {".git", ".venv", "node_modules", "var", "__pycache__"}


def sources(*patterns: str) -> list[Path]:
    """Files of the project that match, in a fixed order."""
    found = {path for pattern in patterns for path in PROJECT.glob(pattern) if path.is_file()}
    return sorted(path for path in found if NOT_SOURCES.isdisjoint(path.relative_to(PROJECT).parts))


def digest(paths: Iterable[Path]) -> str:
    """One value for the names and contents of these files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


class Stamp:
    """A file that remembers a digest."""

    def __init__(self, path: Path, value: str):
        self._path = path
        self._value = value

    def is_current(self) -> bool:
        return self._path.exists() and self._path.read_text() == self._value

    def set(self) -> None:
        """Call it after the step has succeeded."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(self._value)
