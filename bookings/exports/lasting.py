"""Which rows an export has is decided once, when it begins; they are read a few at a time.

The keys of 100,000 bookings are 1.6 MB. Whatever moves while the file is written is in it once, as it was read. A
replica is read only once it has all that was there when it was asked.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from schemas import replicas

TOGETHER = 500
AT_ONCE = 5000
LENGTH = 16


def uuids_of(rows: QuerySet[Any]) -> bytes:
    """The ids of rows, in their order, 16 bytes each."""

    def work() -> bytes:
        found = bytearray()
        for pk in rows.values_list("pk", flat=True).iterator(chunk_size=AT_ONCE):
            found += pk.bytes
        return bytes(found)

    return replicas.read(work, most_behind=0)


def numbers_of(rows: QuerySet[Any]) -> Sequence[int]:
    """The ids of rows, in their order, 8 bytes each."""
    keys = rows.values_list("pk", flat=True)
    return replicas.read(lambda: array("q", keys.iterator(chunk_size=AT_ONCE)), most_behind=0)


def by_uuid(packed: bytes, rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """The rows of packed ids, some at a time, in that order; what is gone meanwhile is left out."""
    for first in range(0, len(packed), LENGTH * TOGETHER):
        piece = packed[first : first + LENGTH * TOGETHER]
        yield _in_order([UUID(bytes=piece[at : at + LENGTH]) for at in range(0, len(piece), LENGTH)], rows)


def by_number(packed: Sequence[int], rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """As `by_uuid`, of ids that are numbers."""
    for first in range(0, len(packed), TOGETHER):
        yield _in_order(list(packed[first : first + TOGETHER]), rows)


def _in_order(keys: list[Any], rows: QuerySet[Any]) -> list[Model]:
    found = replicas.read(lambda: rows.in_bulk(keys), most_behind=0)
    return [found[key] for key in keys if key in found]
