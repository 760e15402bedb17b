"""Citus' schema-based sharding: each tenant's schema on one node, and what stands in the way of it.

Two questions. `obstacles()` asks any PostgreSQL what in our tables Citus would refuse; `differences()` asks one that
has Citus whether every schema is where it belongs. Written after Citus 12's documents and source, and tried against
tables of the shape of its catalogue: no Citus was at hand (docs/operations/scale.md, step 6).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django_tenants.utils import get_public_schema_name

from tenants.models import Tenant
from tenants.template import TEMPLATE

LOCAL, REFERENCE = "local", "reference"
PUBLIC: dict[str, tuple[str, str]] = {
    "accounts_": (LOCAL, "operators; read at the platform's host alone"),
    "auth_": (LOCAL, "Django's permissions of operators"),
    "axes_": (LOCAL, "failed sign-ins of operators"),
    "django_": (LOCAL, "the platform's own migrations, content types and sessions"),
    "djstripe_": (LOCAL, "Stripe's mirror of plans; never in a statement with a tenant's rows"),
    "operators_": (LOCAL, "the panel; has a trigger, which Citus refuses on reference tables"),
    "subscriptions_": (LOCAL, "plans and invoices of the platform; has a trigger"),
    "tenants_": (LOCAL, "found by schema name in statements of their own; claimed with SKIP LOCKED, and has triggers"),
    "website_": (LOCAL, "sign-ups, before there is a schema"),
}
"""What becomes of the tables of `public`, by the beginnings of their names, and why.

`local`: a plain table on the coordinator, to which all of ours connect. `reference`: a copy on each node, for what
tenants' rows refer to or are read together with; there is none."""

FEWEST = 12
"""The first version of Citus with schema-based sharding."""
MOST_NAMED = 10

LEADS_OUT = """
SELECT k.connamespace::regnamespace::text, k.conname FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid
WHERE k.contype = 'f' AND k.connamespace <> t.relnamespace ORDER BY 1, 2
"""
TRIGGERS = """
SELECT c.relname || '.' || g.tgname, (g.tgtype & 1) = 0,
       coalesce(array_agg(DISTINCT m[1]) FILTER (WHERE m[1] IS NOT NULL), '{}')
FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_proc p ON p.oid = g.tgfoid
LEFT JOIN LATERAL regexp_matches(p.prosrc, '(?:INSERT INTO|UPDATE|DELETE FROM) public[.](\\w+)', 'gi') m ON true
WHERE c.relnamespace = %s::regnamespace AND NOT g.tgisinternal GROUP BY 1, 2 ORDER BY 1
"""
NARROW = """
SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' AND a.attidentity <> ''
  AND (a.attidentity = 'a' OR a.atttypid <> 'bigint'::regtype) ORDER BY 1
"""
ASKED = """
SELECT (SELECT extversion FROM pg_extension WHERE extname = 'citus'),
       current_setting('citus.enable_schema_based_sharding', true)
"""
UNDISTRIBUTED = """
SELECT n.nspname FROM pg_namespace n LEFT JOIN pg_dist_schema d ON d.schemaid = n.oid
WHERE n.nspname = ANY(%s) AND d.schemaid IS NULL ORDER BY 1
"""
ASTRAY = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_dist_schema d ON d.schemaid = n.oid LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid
WHERE n.nspname = ANY(%s) AND c.relkind = 'r' AND p.colocationid IS DISTINCT FROM d.colocationid ORDER BY 1
"""
OF_PUBLIC = """
SELECT c.relname, CASE WHEN p.logicalrelid IS NULL OR (p.partmethod = 'n' AND p.colocationid = 0) THEN 'local'
                       WHEN p.partmethod = 'n' AND p.repmodel = 't' THEN 'reference' ELSE 'distributed' END
FROM pg_class c LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = ANY(%s) ORDER BY 1
"""
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as it must be, where, and what to do."""

    what: str
    where: tuple[str, ...]
    advice: str

    def __str__(self) -> str:
        named = ", ".join(self.where[:MOST_NAMED]) + (" ..." if len(self.where) > MOST_NAMED else "")
        return f"{self.what}: {named}. {self.advice}" if named else f"{self.what}. {self.advice}"


def kind_of(table: str) -> str:
    """What becomes of a table of `public`. Raises KeyError for one that nobody has thought of."""
    (kind,) = {kind for beginning, (kind, _why) in PUBLIC.items() if table.startswith(beginning)} or {""}
    if not kind:
        raise KeyError(table)
    return kind


def obstacles() -> list[Finding]:
    """What Citus would refuse of a tenant's schema as it is, on whatever PostgreSQL."""
    led_out = [f"{schema}.{name}" for schema, name in _rows(LEADS_OUT)]
    triggers = _rows(TRIGGERS, TEMPLATE)
    found = (
        Finding("Foreign keys lead out of a schema", tuple(led_out), "Keep the other row's id without a key."),
        Finding(
            "Triggers are for statements",
            tuple(name for name, is_for_statements, _written in triggers if is_for_statements),
            "Citus takes none on distributed tables: make them FOR EACH ROW.",
        ),
        Finding(
            "Triggers write tables of public",
            tuple(f"{name} ({', '.join(written)})" for name, _is_for_statements, written in triggers if written),
            "On a tenant's node that is a distributed statement inside of a shard's, which Citus refuses: write into a"
            " table of the tenant's schema.",
        ),
        Finding(
            "Identity columns are ALWAYS, or smaller than bigint",
            tuple(name for (name,) in _rows(NARROW, TEMPLATE)),
            "Make them bigint GENERATED BY DEFAULT.",
        ),
    )
    return [each for each in found if each.where]


def has_citus() -> bool:
    """Whether the database has the extension."""
    return _rows(ASKED)[0][0] is not None


def differences() -> list[Finding]:
    """What is not as it must be in a database that has Citus; nothing where it has not. A few queries."""
    version, is_on = _rows(ASKED)[0]
    if version is None:
        return []
    return list(_differences(str(version), str(is_on or "")))


def _differences(version: str, is_on: str) -> Iterator[Finding]:
    if int(version.partition(".")[0].partition("-")[0]) < FEWEST:
        yield Finding(f"Citus is {version}", (), f"Schema-based sharding needs {FEWEST}.0 or newer.")
        return
    if is_on != "on":
        yield Finding(
            "citus.enable_schema_based_sharding is off",
            (),
            "New businesses would all be made on the coordinator: ALTER DATABASE ... SET it to on.",
        )
    schemas = [*Tenant.objects.exclude(schema_name=get_public_schema_name()).values_list("schema_name", flat=True)]
    if missing := [name for (name,) in _rows(UNDISTRIBUTED, schemas)]:
        yield Finding("Schemas are on no node of their own", tuple(missing), "SELECT citus_schema_distribute(name).")
    if astray := [name for (name,) in _rows(ASTRAY, schemas)]:
        yield Finding("Tables are not with their schema", tuple(astray), "Undistribute the schema, then distribute it.")
    tables = [name for (name,) in _rows(TABLES) if _is_ours(name)]
    wrong = [
        f"{name} ({kind}, not {kind_of(name)})" for name, kind in _rows(OF_PUBLIC, tables) if kind != kind_of(name)
    ]
    if wrong:
        advice = (
            "SELECT undistribute_table(name), or create_reference_table(name): `tenants.sharding.PUBLIC` says which."
        )
        yield Finding("Tables of public are of another kind", tuple(wrong), advice)


def _is_ours(table: str) -> bool:
    return any(table.startswith(beginning) for beginning in PUBLIC)


def _rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
