"""A backup looked through to its end, and its rows in a scratch schema beside the live one, proven there.

The scratch schema is one transaction: killed at any moment, there is none. Rows come before constraints, indexes and
triggers, so that loading tells nobody of anything and is as fast as it can be.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django_tenants.utils import schema_context
from psycopg import sql

from kernel import failpoints
from kernel.errors import Refused
from tenants import drift, template
from tenants.backups import digests, files, manifests, taking
from tenants.backups.digests import Digest
from tenants.backups.manifests import Damaged, FileFacts, Manifest
from tenants.template import TEMPLATE


def verify(path: Path) -> Manifest:
    """Read a backup to its end and check every digest; no database is asked. Raises `Damaged`, and for another
    format `Refused("backup_format")`."""
    rows: dict[str, Digest] = {}
    public: dict[str, Digest] = {}
    stored: dict[str, FileFacts] = {}
    script, manifest = "", None
    for number, (name, chunks) in enumerate(files.members(path)):
        if manifest is not None:
            raise Damaged("something follows its manifest")
        if (number == 0) != (name == files.FORMAT):
            raise Damaged("it does not begin as a backup does")
        if name == files.FORMAT:
            manifests.check_format(b"".join(chunks))
        elif name == files.SCRIPT:
            script = hashlib.sha256(b"".join(chunks)).hexdigest()
        elif name == files.MANIFEST:
            manifest = manifests.read(b"".join(chunks))
        else:
            kind, which, _number = files.part_of(name)
            if kind == files.FILES:
                stored[which] = _file_facts(chunks)
            else:
                (rows if kind == files.ROWS else public).setdefault(which, Digest()).add(b"".join(chunks))
    if manifest is None:
        raise Damaged("its manifest is missing")
    _compare(manifest, script, rows, public, stored)
    return manifest


def _file_facts(chunks: Iterator[bytes]) -> FileFacts:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return FileFacts(size, digest.hexdigest())


def _compare(
    manifest: Manifest,
    script: str,
    rows: dict[str, Digest],
    public: dict[str, Digest],
    stored: dict[str, FileFacts],
) -> None:
    if script != manifest.script:
        raise Damaged("the tables' definitions are not those of its manifest")
    for name, facts in manifest.tables.items():
        found = rows.pop(name, Digest())
        if (found.rows, found.text()) != (facts.rows, facts.digest):
            raise Damaged(f"rows of {name} are not those of its manifest")
    for label, told in manifest.public.items():
        found = public.pop(label, Digest())
        if (found.rows, found.text()) != (told.rows, told.digest):
            raise Damaged(f"rows of {label} are not those of its manifest")
    if rows or public or stored != manifest.files:
        raise Damaged("it does not have the parts of its manifest")


def check_version(manifest: Manifest) -> None:
    """Raise `Refused("backup_newer")` for a backup with migrations that this version does not know."""
    with connection.cursor() as cursor:
        known = set(taking.migrations_of(cursor, TEMPLATE))
    unknown = sorted(f"{app}.{name}" for app, name in set(manifest.migrations) - known)
    if unknown:
        text = f"The backup is of a newer version: {', '.join(unknown)} is unknown here. Nothing was changed."
        raise Refused("backup_newer", text)


def scratch_of(schema: str) -> str:
    """The name of the schema in which a tenant is put together again."""
    return f"{schema}_restoring"


def build(path: Path, manifest: Manifest) -> str:
    """Make the scratch schema anew, prove it, bring it to today's version, prove that; answers its name.

    Raises `Damaged`, and `Refused("backup_differs")` where its tables are not those of today's version.
    """
    scratch = scratch_of(manifest.schema)
    clear(scratch)
    with transaction.atomic(), connection.cursor() as cursor:
        digests.settle(cursor)
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(scratch)))
        _load(cursor, path, manifest, scratch)
        _count(cursor, manifest, scratch)
        failpoints.hit("restore.loaded")
        _prove(cursor, manifest, scratch)
    _bring_up_to_date(manifest, scratch)
    with connection.cursor() as cursor:
        for table in taking.columns_of(cursor, scratch):
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(scratch, table)))
    failpoints.hit("restore.built")
    return scratch


def drop(schema: str) -> None:
    """Drop a schema that no tenant lives in, table by table, so that few locks are held at once."""
    with connection.cursor() as cursor:
        for table in taking.columns_of(cursor, schema):
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(schema, table)))
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def clear(schema: str) -> None:
    """Drop a schema that no tenant lives in, and its files."""
    drop(schema)
    shutil.rmtree(folder_of(schema), ignore_errors=True)


def folder_of(schema: str) -> Path:
    """Where a schema's files lie."""
    return Path(settings.MEDIA_ROOT) / schema


def _load(cursor: Any, path: Path, manifest: Manifest, scratch: str) -> None:
    """Tables, then rows as they come, then everything else of the DDL."""
    rules: list[str] = []
    loading, current = ExitStack(), ""
    copy: Any = None
    with schema_context(scratch), loading:
        for name, chunks in files.members(path):
            if name == files.SCRIPT:
                told = json.loads(b"".join(chunks))
                rules = told["rules"]
                _run(told["tables"])
                continue
            if name in {files.FORMAT, files.MANIFEST}:
                continue
            kind, which, _number = files.part_of(name)
            if kind == files.FILES:
                _store(scratch, which, chunks)
            elif kind == files.ROWS:
                if which != current:
                    loading.close()
                    copy, current = loading.enter_context(_copying(cursor, scratch, manifest, which)), which
                for chunk in chunks:
                    copy.write(chunk)
        loading.close()
        _run(rules)


def _run(statements: list[str]) -> None:
    """DDL under the search path of the current schema."""
    if statements:
        with connection.cursor() as inside:
            ddl = template.joined(statements)
            inside.execute(ddl)


def _copying(cursor: Any, scratch: str, manifest: Manifest, table: str) -> Any:
    columns = sql.SQL(", ").join(map(sql.Identifier, manifest.tables[table].columns))
    order = sql.SQL("COPY {} ({}) FROM STDIN WITH (FREEZE)").format(sql.Identifier(scratch, table), columns)
    return cursor.copy(order)


def _store(scratch: str, name: str, chunks: Iterator[bytes]) -> None:
    path = folder_of(scratch) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for chunk in chunks:
            out.write(chunk)


def _count(cursor: Any, manifest: Manifest, scratch: str) -> None:
    """Have identity columns go on where they were."""
    for name, (last, is_called) in manifest.counters.items():
        table, _dot, column = name.partition(".")
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(format('%%I.%%I', %s::text, %s::text), %s), %s, %s)",
            [scratch, table, column, last, is_called],
        )


def _prove(cursor: Any, manifest: Manifest, scratch: str) -> None:
    """Rows, DDL, counters and the record of migrations, read back from the database, are those of the manifest."""
    if taking.counters_of(cursor, scratch) != manifest.counters:
        raise Damaged("counters are not those of its manifest")
    for table, facts in manifest.tables.items():
        found = digests.of_table(cursor, scratch, table, facts.columns)
        if (found.rows, found.text()) != (facts.rows, facts.digest):
            raise Damaged(f"rows of {table} came out otherwise")
    if drift.digests([scratch]).get(scratch) != manifest.ddl:
        raise Damaged("tables, constraints, indexes or triggers came out otherwise")
    if taking.migrations_of(cursor, scratch) != manifest.migrations:
        raise Damaged("its record of migrations is not that of its manifest")


def _bring_up_to_date(manifest: Manifest, scratch: str) -> None:
    with connection.cursor() as cursor:
        wanted = taking.migrations_of(cursor, TEMPLATE)
    if set(manifest.migrations) != set(wanted):
        call_command("migrate_schemas", schema_name=scratch, interactive=False, verbosity=0)
    found = drift.digests([scratch, TEMPLATE])
    if found.get(scratch) != found.get(TEMPLATE):
        text = "The backup's tables are not those of this version: compare the schemas, and repair a copy of it."
        raise Refused("backup_differs", text)


def public_rows(path: Path, handle: Callable[[str, bytes], None]) -> None:
    """Go through the backup's rows of `public`: `handle(label, lines)`, some hundreds of lines at a time."""
    for name, chunks in files.members(path):
        if name.startswith(f"{files.PUBLIC}/"):
            handle(files.part_of(name)[1], b"".join(chunks))
