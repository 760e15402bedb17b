"""What a backup says of itself: whose it is, when and by which version it was made, and how its parts can be proven."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from kernel.errors import Refused

FORMAT = 1
"""Another number for whatever an older `restore_tenant` could not read."""


class Damaged(Refused):
    """The file is not what was written: cut off, changed on the way, or no backup at all."""

    def __init__(self, why: str) -> None:
        super().__init__("backup_damaged", f"The backup is damaged: {why}. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table's columns in their order, how many rows it has, and the digest of them."""

    columns: list[str]
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """How many rows a table of the platform has about the tenant, and the digest of them."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file below the tenant's folder: its length in bytes and its SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The last member of a backup; `made_at` is the database's clock at the snapshot, `wal` its place in the log.

    `counters` are the identity columns, `table.column`: the last number, and whether it was given out.
    """

    id: str
    format: int
    product: str
    server: str
    made_at: datetime
    wal: str
    schema: str
    slug: str
    name: str
    migrations: list[tuple[str, str]]
    ddl: str
    script: str
    tables: dict[str, TableFacts] = field(default_factory=dict)
    counters: dict[str, tuple[int, bool]] = field(default_factory=dict)
    public: dict[str, PublicFacts] = field(default_factory=dict)
    files: dict[str, FileFacts] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of the tenant's own schema."""
        return sum(table.rows for table in self.tables.values())

    def written(self) -> bytes:
        """As JSON."""
        return json.dumps({**asdict(self), "made_at": self.made_at.isoformat()}, indent=1).encode()


def check_format(data: bytes) -> None:
    """Raise `Refused("backup_format")` for a file that a newer version has made."""
    try:
        found = json.loads(data)["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged("it does not say what it is") from error
    if found != FORMAT:
        text = f"The backup has format {found}; this version reads format {FORMAT}. Nothing was changed."
        raise Refused("backup_format", text)


def read(data: bytes) -> Manifest:
    """A manifest of this format; raises `Damaged`."""
    try:
        told: dict[str, Any] = json.loads(data)
        told["made_at"] = datetime.fromisoformat(told["made_at"])
        told["migrations"] = [(app, name) for app, name in told["migrations"]]
        told["counters"] = {name: (int(last), bool(used)) for name, (last, used) in told["counters"].items()}
        told["tables"] = {name: TableFacts(**facts) for name, facts in told["tables"].items()}
        told["public"] = {name: PublicFacts(**facts) for name, facts in told["public"].items()}
        told["files"] = {name: FileFacts(**facts) for name, facts in told["files"].items()}
        return Manifest(**told)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged("its manifest cannot be read") from error
