"""The template schema, and how it becomes a tenant's schema in a tenth of a second.

`migrate_schemas` keeps the template migrated like any tenant. Its DDL is read
back from PostgreSQL's catalogue as a script without schema names and replayed
under the new schema's search path. Names of constraints and indexes stay the
same, so later migrations find them. (`CREATE TABLE ... LIKE` would rename
them; `clone_schema()` of django-tenants takes a minute at 135 tenants.)
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django_tenants.utils import schema_context
from psycopg import sql

from kernel import failpoints
from tenants import schemalocks

TEMPLATE = "t_template"

TABLES = """
SELECT c.oid, c.relname FROM pg_class c WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' ORDER BY c.relname
"""
COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
       pg_get_expr(d.adbin, d.adrelid), CASE WHEN a.attcollation <> t.typcollation THEN co.collname END
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation co ON co.oid = a.attcollation
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
# Foreign keys last: they need the other tables' primary keys. NOT NULL (contype n, PostgreSQL 18) is on the columns.
CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = %s::regnamespace AND contype IN ('p', 'u', 'x', 'c', 'f')
ORDER BY contype = 'f', conrelid::regclass::text, conname
"""
INDEXES = """
SELECT pg_get_indexdef(i.indexrelid, 0, true) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = %s::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY c.relname
"""
TRIGGERS = """
SELECT pg_get_triggerdef(g.oid, true) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
WHERE c.relnamespace = %s::regnamespace AND NOT g.tgisinternal ORDER BY g.tgname
"""

COPY_RECORD = """
INSERT INTO {}.django_migrations (app, name, applied) SELECT app, name, applied FROM {}.django_migrations ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Script:
    """SQL that builds a schema's tables in whatever schema comes first in the search path.

    `tables` come first; `rules` are constraints, indexes and triggers, which may come after the rows.
    """

    tables: tuple[str, ...]
    rules: tuple[str, ...]


def script(schema: str = TEMPLATE) -> Script:
    """A schema's DDL, as the catalogue has it now."""
    with schema_context(schema), connection.cursor() as cursor:
        cursor.execute(TABLES, [schema])
        tables = []
        for oid, name in cursor.fetchall():
            cursor.execute(COLUMNS, [oid])
            columns = ", ".join(_column(*row) for row in cursor.fetchall())
            tables.append(f'CREATE TABLE "{name}" ({columns})')
        cursor.execute(CONSTRAINTS, [schema])
        rules = [f"ALTER TABLE {table} ADD CONSTRAINT {name} {body}" for table, name, body in cursor.fetchall()]
        for query in (INDEXES, TRIGGERS):
            cursor.execute(query, [schema])
            rules += [definition for (definition,) in cursor.fetchall()]
    return Script(tuple(tables), tuple(rules))


def _column(
    name: str, kind: str, not_null: bool, identity: str, generated: str, default: str | None, collation: str | None
) -> str:
    parts = [f'"{name}" {kind}']
    if collation:
        parts.append(f'COLLATE "{collation}"')
    if identity:
        parts.append("GENERATED {} AS IDENTITY".format("ALWAYS" if identity == "a" else "BY DEFAULT"))
    elif generated:
        parts.append(f"GENERATED ALWAYS AS ({default}) STORED")
    elif default is not None:
        parts.append(f"DEFAULT {default}")
    if not_null:
        parts.append("NOT NULL")
    return " ".join(parts)


def joined(statements: Iterable[str]) -> str:
    """Statements of a script, to be run at once."""
    return ";\n".join(statements)


def build(schema_name: str) -> None:
    """Make the schema from the template, or raise and leave nothing. Call it in a transaction.

    The template stays as it is meanwhile: tables from before a migration with its record would never be migrated.
    """
    if not failpoints.hit("template.keep_still"):
        schemalocks.keep_still(TEMPLATE)
    made = script()
    ddl = joined([*made.tables, *made.rules])
    failpoints.hit("template.read")
    target, template = sql.Identifier(schema_name), sql.Identifier(TEMPLATE)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(target))
        # include_public: triggers call functions that live in `public`.
        with schema_context(schema_name), connection.cursor() as inside:
            inside.execute(ddl)
        cursor.execute(sql.SQL(COPY_RECORD).format(target, template))
    connection.retire()  # type: ignore[attr-defined]  # 4 MB are left of it in the session
