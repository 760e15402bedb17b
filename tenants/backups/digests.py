"""Rows as PostgreSQL's COPY writes them, and a digest that is the same in whatever order they come.

Text, not COPY's binary form: it is the same in every version of PostgreSQL from 15 on, and a row is a line.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import sql

SETTINGS = (
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL IntervalStyle = 'postgres'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
"""A value is one text under these, whatever the server is set to; and a long copy is not cut off."""
PIECE = 4_000_000
"""Bytes of rows that are handled at once."""
SPACE = 1 << 128


@dataclass(slots=True)
class Digest:
    """The sum of the digests of lines: they may come in any order, and one that comes twice counts twice."""

    rows: int = 0
    total: int = 0

    def add(self, lines: bytes) -> None:
        """Count whole lines, each with its line break."""
        found = lines.split(b"\n")[:-1]
        summed = sum(int.from_bytes(hashlib.blake2b(line, digest_size=16).digest(), "big") for line in found)
        self.rows += len(found)
        self.total = (self.total + summed) % SPACE

    def text(self) -> str:
        """As the manifest has it."""
        return f"{self.total:032x}"


def settle(cursor: Any) -> None:
    """Have this transaction write values as digests need them."""
    for setting in SETTINGS:
        cursor.execute(setting)


def rows_of(cursor: Any, schema: str, table: str, columns: list[str]) -> Iterator[bytes]:
    """A table's rows as lines, some megabytes at a time. In a transaction that was settled."""
    order = sql.SQL("COPY {} ({}) TO STDOUT").format(
        sql.Identifier(schema, table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    waiting = bytearray()
    with cursor.copy(order) as copy:
        for data in copy:
            waiting += data
            if len(waiting) >= PIECE:
                cut = waiting.rfind(b"\n") + 1
                yield bytes(waiting[:cut])
                del waiting[:cut]
    if waiting:
        yield bytes(waiting)


def of_table(cursor: Any, schema: str, table: str, columns: list[str]) -> Digest:
    """The digest of a table as it is."""
    digest = Digest()
    for lines in rows_of(cursor, schema, table, columns):
        digest.add(lines)
    return digest
