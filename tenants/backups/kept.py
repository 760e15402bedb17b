"""What tenants were before they were restored: schemas beside theirs, until an operator drops them, or for `KEPT`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models.functions import Now

from tenants import cleaning
from tenants.backups import reading
from tenants.restorations import Restoration

BEFORE = "_before_"
KEPT = timedelta(days=90)
FOUND = """
SELECT n.nspname::text, coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r'
WHERE n.nspname LIKE %s GROUP BY n.nspname ORDER BY n.nspname
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A schema that is kept, and its bytes on disk."""

    name: str
    size: int


def name_of(schema: str, at: datetime) -> str:
    """What a schema is called once another has its name."""
    return f"{schema}{BEFORE}{at:%Y%m%d%H%M%S}"


def of(schema: str = "t_%") -> list[Kept]:
    """What is kept of a tenant, or of all."""
    pattern = schema.replace("_", "\\_") + BEFORE.replace("_", "\\_") + "%"
    with connection.cursor() as cursor:
        cursor.execute(FOUND, [pattern])
        return [Kept(name, size) for name, size in cursor.fetchall()]


def drop(schema: str) -> list[str]:
    """Drop what is kept of a tenant, one schema after the other, with their files; answers their names."""
    names = [each.name for each in of(schema)]
    for name in names:
        reading.clear(name)
    return names


@cleaning.of_platform("schemas of before restores")
def old_schemas() -> int:
    """Those that an operator has not dropped for `KEPT`: whoever was erased since is still in them."""
    over = Restoration.objects.filter(swapped_at__lt=Now() - KEPT).exclude(kept_schema="")
    gone = 0
    for restoration in over.order_by("pk"):
        reading.clear(restoration.kept_schema)
        gone += Restoration.objects.filter(pk=restoration.pk).update(kept_schema="")
    return gone


def drop_all_of(schema: str) -> None:
    """Drop what is kept of a tenant that is being deleted, and what an interrupted restore has left (T32)."""
    drop(schema)
    reading.clear(reading.scratch_of(schema))
