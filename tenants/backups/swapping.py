"""The scratch schema takes the live one's place, in one short transaction: before it all is old, after it all is new.

The tenant is closed by then. Whoever is still inside of a transaction there is waited for: its tables are locked
first, all or none, so that no act is half in the old schema and half in the new one.
"""

import time
from datetime import datetime

from django.db import OperationalError, connection, transaction
from psycopg import sql

from kernel import failpoints
from kernel.errors import Busy
from schemas.clock import database_now
from schemas.transactions import DEADLOCK, LOCK_TIMEOUT, sqlstate
from tenants.backups import belongings, kept, reading, taking
from tenants.backups.fates import ENDED, NEVER_BACK
from tenants.backups.manifests import Manifest
from tenants.models import Restoration, Tenant

PATIENCE, PAUSE = 60.0, 0.05
"""Seconds that whoever is still at work there is waited for, and how long between two tries."""
AT_MOST = "3s"
"""So long a try waits for a lock: longer than `deadlock_timeout`, after which autovacuum gives way."""


def swap(restoration: Restoration, manifest: Manifest, slug: str) -> None:
    """Put the scratch schema in place; raises `Busy` where the live one stays in use. The backup's rows are staged."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with transaction.atomic(durable=True):
                _swapped(restoration, manifest, slug)
                failpoints.hit("restore.swapping")
            failpoints.hit("restore.swapped")
            return
        except OperationalError as error:
            if sqlstate(error) not in {LOCK_TIMEOUT, DEADLOCK} or time.monotonic() > deadline:
                raise Busy("The tenant is still in use: try again.") from error
            time.sleep(PAUSE)


def _swapped(restoration: Restoration, manifest: Manifest, slug: str) -> None:
    schema, scratch = manifest.schema, reading.scratch_of(manifest.schema)
    tenant = Tenant.objects.select_for_update().filter(schema_name=schema).first()
    now = database_now()
    with connection.cursor() as cursor:
        tables = taking.columns_of(cursor, schema)
        if tables:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [AT_MOST])
            names = sql.SQL(", ").join(sql.Identifier(schema, table) for table in tables)
            cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))
            _never_back(schema, scratch)
            _rename(schema, _kept(restoration, schema, now))
        for table in ENDED:
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(scratch, table)))
        _rename(scratch, schema)
    if tenant is not None:
        belongings.put_back(tenant, manifest)
    else:
        belongings.revive(manifest, slug)
    restoration.swapped_at = now
    restoration.save(update_fields=["swapped_at", "kept_schema"])


def _kept(restoration: Restoration, schema: str, now: datetime) -> str:
    restoration.kept_schema = kept.name_of(schema, now)
    return restoration.kept_schema


def _rename(schema: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(schema), sql.Identifier(name)))


def _never_back(live: str, scratch: str) -> None:
    """Numbers that were given out are not given out again: those of rows, which letters and Stripe may name, and
    those of documents."""
    with connection.cursor() as cursor:
        ours, theirs = taking.counters_of(cursor, scratch), taking.counters_of(cursor, live)
        for name, (last, is_called) in theirs.items():
            if name in ours and ours[name] < (last, is_called):
                table, _dot, column = name.partition(".")
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(format('%%I.%%I', %s::text, %s::text), %s), %s, %s)",
                    [scratch, table, column, last, is_called],
                )
        for table, (name, number) in NEVER_BACK.items():
            columns = {
                "new": sql.Identifier(scratch, table),
                "old": sql.Identifier(live, table),
                "name": sql.Identifier(name),
                "number": sql.Identifier(number),
            }
            cursor.execute(
                sql.SQL(
                    "INSERT INTO {new} AS mine ({name}, {number}) SELECT {name}, {number} FROM {old}"
                    " ON CONFLICT ({name}) DO UPDATE SET {number} = greatest(mine.{number}, excluded.{number})"
                ).format(**columns)
            )
