"""How far migrations are, for operators: who is behind, who failed and why."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max

from tenants.behind import Wanted, behind, schemas, wanted
from tenants.models import Tenant
from tenants.schemalocks import SHAPES
from tenants.schemamigrations import SchemaMigration

CLAIMED = """
SELECT s.schema_name FROM tenants_schemamigration s JOIN pg_locks l
ON l.locktype = 'advisory' AND l.classid = %s AND l.objid = hashtext(s.schema_name)::oid
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
WHERE s.state = 'running'
"""


@dataclass(frozen=True)
class Summary:
    """Counts of schemas."""

    tenants: int
    behind: int
    """Tenants that lack migrations of this code, whatever was tried."""
    is_template_behind: bool
    running: int
    """Claimed by a migrator that lives."""
    failed: int
    ended_at: datetime | None
    """When a schema was done last."""


@dataclass(frozen=True)
class Unfinished:
    """A schema that is behind."""

    schema_name: str
    tenant: str
    """The business's name; empty for the template."""
    is_canary: bool
    missing: int
    """How many migrations it lacks."""
    state: str
    """As SchemaMigration's; empty where nothing was tried yet, `interrupted` where the migrator died."""
    tries: int
    error: str
    started_at: datetime | None


INTERRUPTED = "interrupted"


def waiting_for(code: Wanted) -> list[str]:
    """Schemas that lack migrations of this code, but those at which they failed. Three queries."""
    late = [schema.name for schema in behind(code)]
    if not late:
        return []
    failed = set(
        SchemaMigration.objects.filter(state="failed", target=code.digest).values_list("schema_name", flat=True)
    )
    return [name for name in late if name not in failed]


def summary() -> Summary:
    """Counts, in five queries for a thousand tenants."""
    found = schemas(wanted())
    late = {schema.name for schema in found if schema.missing}
    failed = SchemaMigration.objects.filter(state=SchemaMigration.State.FAILED)
    return Summary(
        tenants=sum(not schema.is_template for schema in found),
        behind=sum(not schema.is_template for schema in found if schema.missing),
        is_template_behind=any(schema.is_template for schema in found if schema.missing),
        running=len(_claimed()),
        failed=len(late.intersection(failed.values_list("schema_name", flat=True))),
        ended_at=SchemaMigration.objects.aggregate(at=Max("finished_at"))["at"],
    )


def unfinished(first: int = 0, most: int = 50) -> list[Unfinished]:
    """A page of those behind: what failed comes first, then what runs or waits. Five queries."""
    late = {schema.name: schema for schema in behind(wanted())}
    states = dict(SchemaMigration.objects.exclude(state="done").values_list("schema_name", "state"))
    order = {"failed": 0, "running": 1}
    page = sorted(late, key=lambda name: (order.get(states.get(name, ""), 2), name))[first : first + most]
    rows = {row.schema_name: row for row in SchemaMigration.objects.filter(schema_name__in=page).exclude(state="done")}
    names = dict(Tenant.objects.filter(schema_name__in=page).values_list("schema_name", "name"))
    claimed = _claimed()
    nothing = SchemaMigration(state="")
    return [
        Unfinished(
            schema_name=name,
            tenant=names.get(name, ""),
            is_canary=late[name].is_canary,
            missing=late[name].missing,
            state=INTERRUPTED if row.state == "running" and name not in claimed else row.state,
            tries=row.tries,
            error=row.error,
            started_at=row.started_at,
        )
        for name in page
        for row in [rows.get(name, nothing)]
    ]


def _claimed() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIMED, [SHAPES])
        return {name for (name,) in cursor.fetchall()}
