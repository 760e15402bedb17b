"""Migrations over many schemas: the template, canaries, then all others by several processes.

Whatever a run is interrupted by, the next one asks the schemas what they lack (`tenants.behind`) and goes on. A schema
is claimed before it is touched, so any number of runs do each once.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from kernel import failpoints
from schemas.current import enter_public
from schemas.transactions import sqlstate
from tenants import crew, schemalocks
from tenants.behind import Node, Schema, Wanted, behind
from tenants.crew import Result, Say
from tenants.drift import unlike_the_template
from tenants.migrating import Recipe
from tenants.models import Tenant
from tenants.schemamigrations import SchemaMigration

State = SchemaMigration.State

PATIENCE = 600.0
"""Without any progress: for schemas that another migrator has."""
PAUSE = 0.5
RECYCLED_AFTER = 200
"""Schemas that one session touches: it keeps a catalogue of each in memory."""
LONGEST_ERROR = 300
DIFFERS = "Its tables differ from the template's."

CLAIMED = """
    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %(locks)s
    AND objid = hashtext(kept.schema_name)::oid
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# Rows of schemas that somebody has claimed are left to them.
PLANNED = """
INSERT INTO public.tenants_schemamigration AS kept (schema_name, target, state, tries, error)
SELECT name, %(target)s, 'pending', 0, '' FROM unnest(%(names)s::text[]) AS name
ON CONFLICT (schema_name) DO UPDATE SET state = 'pending', error = '', target = excluded.target,
    tries = CASE WHEN kept.target = excluded.target THEN kept.tries ELSE 0 END
WHERE NOT EXISTS (CLAIMED)
""".replace("CLAIMED", CLAIMED)
BEGUN = """
INSERT INTO public.tenants_schemamigration AS kept (schema_name, target, state, tries, error, started_at)
VALUES (%s, %s, 'running', 1, '', clock_timestamp())
ON CONFLICT (schema_name) DO UPDATE SET state = 'running', error = '', started_at = excluded.started_at,
    finished_at = NULL, seconds = NULL, target = excluded.target,
    tries = CASE WHEN kept.target = excluded.target THEN kept.tries ELSE 0 END + 1
"""
ENDED = """
UPDATE public.tenants_schemamigration SET state = %s, error = %s, finished_at = clock_timestamp(),
    seconds = extract(epoch FROM clock_timestamp() - started_at) WHERE schema_name = %s
"""
# Who is behind no more was through before its migrator could say so, or was mended by hand.
SETTLED = """
UPDATE public.tenants_schemamigration AS kept SET state = 'done', error = '',
    finished_at = coalesce(finished_at, clock_timestamp())
WHERE state <> 'done' AND schema_name <> ALL(%(behind)s::text[]) AND NOT EXISTS (CLAIMED)
""".replace("CLAIMED", CLAIMED)
# Django's own question looks at every table of every schema: 0.2 s at 300 tenants.
HAS_RECORD = "SELECT to_regclass(quote_ident(%s) || '.django_migrations') IS NOT NULL"
RECORDED = "SELECT app, name FROM django_migrations"
EXISTS = "SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL"


class Stuck(Exception):
    """Schemas that another migrator has had for ten minutes; the message names them."""


@dataclass
class Outcome:
    """What a run has come to."""

    migrated: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Schemas that could not be migrated, or canaries that are not like the template afterwards."""
    stopped_at: str = ""
    """`template` or `canary`, where the others were not begun because of what failed there."""


class RollOut:
    """One run."""

    def __init__(self, code: Wanted, workers: int, say: Say) -> None:
        """`workers` is how many processes migrate tenants; `say` takes lines for people."""
        self.code, self.workers, self.say = code, workers, say
        self.outcome = Outcome()
        self._recipes: dict[frozenset[Node], Recipe] = {}
        self._touched = 0

    def run(self, canaries_only: bool = False) -> Outcome:
        """Migrate what is behind, in order. What fails is in the answer; `Stuck` where somebody else is at it."""
        with _sessions_of_our_own():
            self._stage("template", lambda schema: schema.is_template)
            if not self.outcome.failed:
                self._stage("canary", lambda schema: schema.is_canary)
                self._compare_canaries()
            if not self.outcome.failed and not canaries_only:
                self._stage("", lambda _schema: True)
            self._settle()
        return self.outcome

    def _stage(self, name: str, belongs: Callable[[Schema], bool]) -> None:
        """Until nobody who belongs here is behind, but who failed: tenants come meanwhile, and workers die."""
        moved_at = time.monotonic()
        while waiting := self._waiting(belongs):
            results = dict(zip(waiting, self._round(waiting, name), strict=True))
            done = [schema for schema, result in results.items() if result == Result.DONE]
            failed = [schema for schema, result in results.items() if result == Result.FAILED]
            self.outcome.migrated += done
            self.outcome.failed += failed
            if done or failed:
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > PATIENCE:
                raise Stuck(", ".join(waiting))
            else:
                time.sleep(PAUSE)
        if name and self.outcome.failed:
            self.outcome.stopped_at = name

    def _waiting(self, belongs: Callable[[Schema], bool]) -> list[str]:
        failed = set(self.outcome.failed)
        return [schema.name for schema in behind(self.code) if belongs(schema) and schema.name not in failed]

    def _round(self, waiting: list[str], name: str) -> list[Result]:
        _execute(PLANNED, {"target": self.code.digest, "names": waiting, "locks": schemalocks.SHAPES})
        self.say(f"{name or 'tenants'}: {len(waiting)} to migrate")
        return crew.work_through(waiting, self._migrate, 1 if name else self.workers, self.say)

    def _migrate(self, schema: str) -> Result:
        """Bring one schema up to date, whichever process this is."""
        if self._touched and self._touched % RECYCLED_AFTER == 0 and not connection.in_atomic_block:
            connection.close()
        self._touched += 1
        enter_public()
        if not schemalocks.claim(schema):
            return Result.ANOTHERS
        try:
            return self._migrate_claimed(schema)
        finally:
            enter_public()
            schemalocks.release(schema)

    def _migrate_claimed(self, schema: str) -> Result:
        try:
            recorded = self._recorded(schema)
            if not self.code.missing(recorded):
                return Result.ANOTHERS  # who had it before us
            _execute(BEGUN, [schema, self.code.digest])
            failpoints.hit("rollout.claimed")
            if recorded not in self._recipes:
                self._recipes[recorded] = Recipe(self.code.leaves)
            self._recipes[recorded].follow()
        except Exception as error:  # whatever it is, the others go on
            return self._after(schema, error)
        failpoints.hit("rollout.migrated")
        _execute(ENDED, [State.DONE, "", schema])
        return Result.DONE

    def _after(self, schema: str, error: Exception) -> Result:
        """What a schema's failing means."""
        enter_public()
        if not connection.is_usable():  # the database went away: that says nothing of the schema
            connection.close()
            return Result.LEFT
        if not _execute(EXISTS, [schema])[0][0]:
            SchemaMigration.objects.filter(schema_name=schema).delete()
            return Result.DONE  # its tenant was deleted meanwhile
        _execute(ENDED, [State.FAILED, described(error), schema])
        self.say(f"  {schema}: {described(error)}")
        return Result.FAILED

    def _recorded(self, schema: str) -> frozenset[Node]:
        """What the schema, which is the current one from now on, has."""
        if not _execute(HAS_RECORD, [schema])[0][0]:
            # Without `public` in the path, or the platform's would be taken for the schema's.
            connection.set_schema(schema, include_public=False)  # type: ignore[attr-defined]
            MigrationRecorder(connection).ensure_schema()
        connection.set_schema(schema)  # type: ignore[attr-defined]
        return frozenset(_execute(RECORDED, None))

    def _compare_canaries(self) -> None:
        """A canary that is not like the template stops the run as one that failed, before others are begun."""
        if self.outcome.failed or not (self.outcome.migrated or behind(self.code)):
            return
        canaries = Tenant.objects.filter(is_canary=True, state__in=Tenant.AT_WORK).values_list("schema_name", flat=True)
        for schema in unlike_the_template(list(canaries)):
            _execute(BEGUN, [schema, self.code.digest])
            _execute(ENDED, [State.FAILED, DIFFERS, schema])
            self.say(f"  {schema}: {DIFFERS}")
            self.outcome.failed.append(schema)
            self.outcome.stopped_at = "canary"

    def _settle(self) -> None:
        late = [schema.name for schema in behind(self.code)] + self.outcome.failed
        _execute(SETTLED, {"behind": late, "locks": schemalocks.SHAPES})


def described(error: Exception) -> str:
    """Which migration, which kind of error, and PostgreSQL's first line, where that cannot have a row's values."""
    where = " ".join(getattr(error, "__notes__", []))
    kind, state = type(error).__name__, sqlstate(error)
    said = ""
    if state and not state.startswith(("22", "P0")):  # values that do not fit, and what triggers say
        said = f" {state}: {getattr(getattr(error.__cause__, 'diag', None), 'message_primary', '') or ''}"
    return f"{where}: {kind}{said}".removeprefix(": ")[:LONGEST_ERROR]


def _execute(statement: str, values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def _sessions_of_our_own() -> Iterator[None]:
    """No pool: a session that was closed is gone, with its claims and its memory of a thousand schemas."""
    if connection.in_atomic_block:
        yield
        return
    options = connection.settings_dict["OPTIONS"]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict["OPTIONS"] = {**options, "pool": False}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"] = options
