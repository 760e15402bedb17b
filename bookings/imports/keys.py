"""What tells one row from another: a digest, so that nothing that a row said is kept to recognise it."""

import hashlib
from collections import Counter

from bookings.imports.reading import Line
from bookings.models import Import

Kind = Import.Kind
NATURAL: dict[str, tuple[str, ...]] = {
    Kind.CUSTOMERS: ("email",),
    Kind.RESOURCES: ("venue", "slug", "name"),
    Kind.CLOSURES: ("venue", "resource", "date", "start_time", "end_time", "start_datetime", "end_datetime"),
    Kind.BOOKINGS: (
        "venue", "resource", "date", "start_time", "end_time", "start_datetime", "end_datetime", "name", "email",
    ),
}  # fmt: skip
"""What a row is by, where it has no `external_id`."""


def digest(*parts: str) -> str:
    """SHA-256 of parts that cannot run together."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def keys_of(kind: str, lines: list[Line]) -> list[str]:
    """The keys of a file's rows. Rows that are alike are told apart by their number, counted among themselves."""
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        if "external_id" in line.cells:
            parts = ["id", line.cells["external_id"]]
        else:
            parts = ["row", *(line.cells.get(name, "").casefold() for name in NATURAL[kind])]
        base = digest(*parts)
        seen[base] += 1
        is_one_more = kind == Kind.BOOKINGS and "external_id" not in line.cells and seen[base] > 1
        found.append(digest(base, str(seen[base])) if is_one_more else base)
    return found
