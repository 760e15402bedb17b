"""What the platform does for all: the beats of its clock, and the commands of whoever operates it."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql

from bench.thousand.founding import at
from bench.web import ROOT
from config import tasks as inbox
from schemas.current import enter_public
from tenants import schemalocks, tasks
from tenants.models import Tenant
from tests.tenants.rollouts.newer import Release, column

BEATS: dict[str, Callable[[], object]] = {
    "tick": tasks.tick,
    "pump": tasks.pump,
    "vitals": tasks.take_vitals,
    "inbox": inbox.work_on_inbox,
    "close": tasks.close,
}
TIMES, BARE = 15, 50
NAME = "measured"
RUNNING = "UPDATE public.tenants_schemamigration SET state = 'running' WHERE schema_name = %s"
DONE = "UPDATE public.tenants_schemamigration SET state = 'done' WHERE schema_name = %s"
HOLD = "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))"
ADD = "ALTER TABLE {}.venues_venue ADD COLUMN bare varchar(20) DEFAULT '' NOT NULL"
RECORD = "INSERT INTO {}.django_migrations (app, name, applied) VALUES ('venues', 'bare', now())"
DROP = "ALTER TABLE {0}.venues_venue DROP COLUMN bare"
FORGET = "DELETE FROM {}.django_migrations WHERE name = 'bare'"


def measure(slug: str) -> dict[str, float]:
    """Figures of beats in milliseconds and of commands in seconds; `slug` is whose backup is taken."""
    enter_public()
    found = {"proof": _proved()}
    found |= {name: at([_taken(work) * 1000 for _number in range(TIMES)], 0.5) for name, work in BEATS.items()}
    connection.close()
    with tempfile.TemporaryDirectory() as folder:
        backup = ["backup_tenant", slug, "--to", f"{folder}/one.tar.gz"]
        commands = {"check": ["check", "--deploy"], "nothing": ["migrate_schemas"], "backup": backup}
        for name, arguments in commands.items():
            found[name] = at([_taken(partial(_managed, *arguments)) for _number in range(3)], 0.5)
    return found


def _proved() -> float:
    """Milliseconds a tenant, of proving all whose turn it is: what the vitals do beside looking."""
    began, proved = time.perf_counter(), 0
    while some := tasks.take_vitals():
        proved += some
    return (time.perf_counter() - began) * 1000 / max(proved, 1)


def new_column(url: str, nothing: float) -> tuple[float, float, float]:
    """Milliseconds a tenant by bare SQL, and by us without what a run with nothing to do takes; our seconds in all."""
    schemas = list(Tenant.objects.exclude(schema_name="public").order_by("pk").values_list("schema_name", flat=True))
    bare = at(_bare(url, schemas[:BARE]), 0.5)
    with tempfile.TemporaryDirectory() as folder:
        release = Release(Path(folder), "newer_of_the_bench")
        release.add("venues", "0002_measured", column(NAME))
        began = time.perf_counter()
        code, said = release.migrate(str(connection.settings_dict["NAME"]))
        seconds = time.perf_counter() - began
    if code:
        raise RuntimeError(said)
    return bare, max(seconds - nothing, 0.0) * 1000 / len(schemas), seconds


def _bare(url: str, schemas: list[str]) -> list[float]:
    """The same statements with nobody to think of them, in one transaction a schema; taken back afterwards."""
    taken = []
    with psycopg.connect(url, autocommit=True) as session:
        for schema in schemas:
            began = time.perf_counter()
            with session.transaction():
                session.execute(HOLD, [schemalocks.SHAPES, schema])
                session.execute(RUNNING, [schema])
                session.execute(sql.SQL(ADD).format(sql.Identifier(schema)))
                session.execute(sql.SQL(RECORD).format(sql.Identifier(schema)))
                session.execute(DONE, [schema])
            taken.append((time.perf_counter() - began) * 1000)
        for schema in schemas:
            session.execute(sql.SQL(DROP).format(sql.Identifier(schema)))
            session.execute(sql.SQL(FORGET).format(sql.Identifier(schema)))
    return taken


def _managed(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {arguments[0]}: {done.stdout}{done.stderr}")


def _taken(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
