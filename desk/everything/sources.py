"""Where the archive's files come from, each source in the order of its rows: what was read last says where it goes on.

A source writes into a part of the archive until that is full, and notes in its walk how far it came. Tables are read by
their keys: whatever else moves, a row that is there all the time is in the archive once.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, QuerySet

from desk.everything.tables import LEFT_OUT, PLATFORM, TABLES, Table
from desk.everything.zips import Part
from schemas import replicas
from schemas.current import current_schema
from tenants.models import Tenant

TOGETHER = 500
"""So many rows are read and written at once: what is in memory does not depend on how many there are."""
IsFull = Callable[[], bool]


@dataclass(slots=True)
class Walk:
    """How far a source is: after which row, in which of its files, and whether that was all."""

    after: str = ""
    number: int = 0
    is_over: bool = False


class Source(Protocol):
    """Something that the archive has, by a name that stays."""

    @property
    def name(self) -> str:
        """By which it is known."""

    def total(self) -> int:
        """How many rows or files it has, about."""

    def write(self, part: Part, walk: Walk, is_full: IsFull) -> None:
        """Write into a part, as far as it goes."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A table as JSON Lines: a row in a line, under the names of its columns."""

    table: Table
    model: type[Model]
    of: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As the file."""
        return self.table.name

    def total(self) -> int:
        """How many rows."""
        return self._rows().count()

    def write(self, part: Part, walk: Walk, is_full: IsFull) -> None:
        """A file, or the next one where there are too many rows for one."""
        part.add(self.name, file_name(self.name, walk.number, "jsonl"), self._pieces(walk, is_full))

    def _rows(self) -> QuerySet[Model]:
        return self.model._base_manager.filter(**self.of)

    def _pieces(self, walk: Walk, is_full: IsFull) -> Iterator[tuple[int, bytes]]:
        key, columns = self.model._meta.pk.attname, columns_of(self.model)
        while not walk.is_over:
            left = self._rows().filter(**({"pk__gt": walk.after} if walk.after else {}))
            some = left.order_by("pk").values(*columns)[:TOGETHER]
            rows: list[Any] = replicas.read(partial(list, some), most_behind=0)
            walk.is_over = len(rows) < TOGETHER
            if rows:
                walk.after = str(rows[-1][key])
                yield len(rows), b"".join(line_of(row) for row in rows)
            if is_full():
                return


def columns_of(model: type[Model]) -> list[str]:
    """The columns of a table that go into the archive."""
    fields = model._meta.concrete_fields
    return [field.attname for field in fields if f"{model._meta.label}.{field.attname}" not in LEFT_OUT]


def file_name(name: str, number: int, ending: str) -> str:
    """`bookings.jsonl`, and `bookings-0002.jsonl` for what did not fit."""
    return f"{name}-{number + 1:04}.{ending}" if number else f"{name}.{ending}"


def tables() -> list[Source]:
    """All tables: first what the platform has about the tenant whose schema is current."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    whose = {"pk": tenant.pk, "tenant_id": tenant.pk, "schema_name": tenant.schema_name}
    public = [
        Rows(table, apps.get_model(label), {column: whose[column]}) for label, (table, column) in PLATFORM.items()
    ]
    return [*public, *(Rows(table, apps.get_model(label), {}) for label, table in TABLES.items())]


def line_of(row: Mapping[str, Any]) -> bytes:
    """A row as JSON Lines have it."""
    return f"{json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)}\n".encode()
