"""A tenant into a file: its schema, what the platform has about it, and its files, as of one moment.

One transaction, REPEATABLE READ and READ ONLY, has all of it as of its first statement; everybody goes on working.
Tables are locked in ACCESS SHARE mode first, so that no migration changes them in between.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.db import connection, transaction
from django.db.models import Model
from psycopg import sql

from kernel.errors import Refused
from tenants import drift, template
from tenants.backups import digests, files, manifests
from tenants.backups.digests import Digest
from tenants.backups.fates import PUBLIC
from tenants.backups.manifests import FileFacts, Manifest, PublicFacts, TableFacts
from tenants.models import Tenant

TOGETHER = 500
"""So many rows of `public` are read and written at once."""
COLUMNS = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' GROUP BY c.relname ORDER BY c.relname
"""
IDENTITIES = """
SELECT c.relname, a.attname::text, s.relname
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
JOIN pg_class s ON s.oid = pg_get_serial_sequence(format('%%I.%%I', %s::text, c.relname), a.attname)::regclass
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' ORDER BY c.relname, a.attname
"""
# The transaction's start: nothing that was committed before it is missing. A standby has no log of its own.
MOMENT = """
SELECT now(), CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text,
       current_setting('server_version')
"""
Tell = Callable[[str], None]


def _silent(_text: str) -> None:
    """Nobody looks on."""


def take(tenant: Tenant, to: str, tell: Tell = _silent) -> Manifest:
    """Write a backup to a path, or to standard output for `-`. Raises `Refused("backup_no_schema")`.

    Nothing has the path's name before the file is whole.
    """
    with files.written(to) as writer, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        digests.settle(cursor)
        schema = str(tenant.schema_name)
        columns = columns_of(cursor, schema)
        if not columns:
            raise Refused("backup_no_schema", f"{tenant.slug} has no schema: it was never finished.")
        _lock(cursor, schema, list(columns))
        script = json.dumps(asdict(template.script(schema))).encode()
        manifest = _begun(cursor, tenant, script)
        writer.add(files.FORMAT, json.dumps({"format": manifests.FORMAT}).encode())
        writer.add(files.SCRIPT, script)
        for table, names in columns.items():
            manifest.tables[table] = _rows(cursor, writer, schema, table, names)
            tell(f"{table}: {manifest.tables[table].rows} rows")
        manifest.counters.update(counters_of(cursor, schema))
        for label in PUBLIC:
            manifest.public[label] = _public(writer, label, tenant)
        for path in _files(schema):
            manifest.files[path] = _file(writer, schema, path)
        writer.add(files.MANIFEST, manifest.written())
    return manifest


def columns_of(cursor: Any, schema: str) -> dict[str, list[str]]:
    """The tables of a schema with their columns, but for generated ones."""
    cursor.execute("SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL", [schema])
    if not cursor.fetchone()[0]:
        return {}
    cursor.execute(COLUMNS, [schema])
    return {table: list(names or []) for table, names in cursor.fetchall()}


def counters_of(cursor: Any, schema: str) -> dict[str, tuple[int, bool]]:
    """Every identity column with the last number of its sequence, and whether that was given out."""
    cursor.execute(IDENTITIES, [schema, schema])
    found = {}
    for table, column, sequence in cursor.fetchall():
        cursor.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(schema, sequence)))
        found[f"{table}.{column}"] = cursor.fetchone()
    return found


def migrations_of(cursor: Any, schema: str) -> list[tuple[str, str]]:
    """What is recorded in a schema as migrated, in the order of names."""
    cursor.execute(
        sql.SQL("SELECT app, name FROM {} ORDER BY app, name").format(sql.Identifier(schema, "django_migrations"))
    )
    return [tuple(row) for row in cursor.fetchall()]


def _lock(cursor: Any, schema: str, tables: list[str]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(schema, table) for table in tables)
    cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))


def _begun(cursor: Any, tenant: Tenant, script: bytes) -> Manifest:
    cursor.execute(MOMENT)
    made_at, wal, server = cursor.fetchone()
    schema = str(tenant.schema_name)
    return Manifest(
        id=token_hex(16),
        format=manifests.FORMAT,
        product=str(settings.SPECTACULAR_SETTINGS["VERSION"]),
        server=server,
        made_at=made_at,
        wal=wal,
        schema=schema,
        slug=tenant.slug,
        name=tenant.name,
        migrations=migrations_of(cursor, schema),
        ddl=drift.digests([schema])[schema],
        script=hashlib.sha256(script).hexdigest(),
    )


def _rows(cursor: Any, writer: files.Writer, schema: str, table: str, columns: list[str]) -> TableFacts:
    digest = Digest()
    for number, lines in enumerate(digests.rows_of(cursor, schema, table, columns)):
        digest.add(lines)
        writer.add(f"{files.ROWS}/{table}/{number}", lines)
    return TableFacts(columns, digest.rows, digest.text())


def _public(writer: files.Writer, label: str, tenant: Tenant) -> PublicFacts:
    digest = Digest()
    for number, lines in enumerate(public_lines(label, tenant)):
        digest.add(lines)
        writer.add(f"{files.PUBLIC}/{label}/{number}", lines)
    return PublicFacts(digest.rows, digest.text())


def public_lines(label: str, tenant: Tenant) -> Iterator[bytes]:
    """Rows of a table of `public` about a tenant, as JSON Lines, some hundreds at a time."""
    model: type[Model] = apps.get_model(label)
    column = PUBLIC[label].column
    whose = {"id": tenant.pk, "tenant_id": tenant.pk, "schema_name": tenant.schema_name}[column]
    last = None
    while True:
        rows = model._default_manager.filter(**{column: whose}).order_by("pk")
        rows = rows.filter(pk__gt=last) if last is not None else rows
        found = list(rows[:TOGETHER])
        if found:
            last = found[-1].pk
            yield serializers.serialize("jsonl", found).encode()
        if len(found) < TOGETHER:
            return


def _files(schema: str) -> list[str]:
    folder = Path(settings.MEDIA_ROOT) / schema
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(str(path.relative_to(folder)) for path in found)


def _file(writer: files.Writer, schema: str, name: str) -> FileFacts:
    path = Path(settings.MEDIA_ROOT) / schema / name
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        size = content.tell()
        content.seek(0)
        writer.add_from(f"{files.FILES}/{name}", size, content)
    return FileFacts(size, digest)
