"""One migration of one schema, and the record of it: in one transaction, and never long in anybody's way.

Django writes the record after the transaction where statements were put off to its end (foreign keys, indexes): who is
killed in between leaves a migration that is done and not recorded, and the next run stumbles over its own column.

A statement waits 1 s for a lock at most, for who waits for an exclusive lock lets nobody pass; then everything of the
migration is rolled back, and it is tried again after a pause.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction
from django.db.migrations import Migration

from kernel import failpoints
from schemas.current import current_schema
from schemas.transactions import DEADLOCK, LOCK_TIMEOUT, sqlstate
from tenants import schemalocks

T = TypeVar("T")

LOCK_SECONDS = 1.0
"""A booking has 2.5 s (`schemas.transactions`): who queues behind us must still get through."""
STATEMENT_SECONDS = 5.0
"""What holds locks for longer belongs into a migration of its own that says so: `statement_seconds = 60`."""
ALONE_SECONDS = 3600.0
"""For migrations outside a transaction: indexes built concurrently, and filling in by batches."""
IDLE_SECONDS = 30.0
"""A migrator that hangs loses its transaction, and with it its locks."""
GONE_SECONDS = 1.0
"""After which PostgreSQL gives up what a migrator that was killed had asked for."""
MOST_TRIES = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
LONGEST_WAIT = 600.0
"""For another migrator that works on the same schema."""

BOUNDS = """
SELECT set_config('lock_timeout', %s, %s), set_config('statement_timeout', %s, %s),
       set_config('idle_in_transaction_session_timeout', %s, %s), set_config('client_connection_check_interval', %s, %s)
"""
UNBOUND = """
RESET lock_timeout; RESET statement_timeout; RESET idle_in_transaction_session_timeout;
RESET client_connection_check_interval
"""
RECORDED = "SELECT 1 FROM django_migrations WHERE app = %s AND name = %s"


def in_one_piece(migration: Migration, work: Callable[[], T]) -> T:
    """Do `work`, which applies and records the migration in the current schema, or nothing of it.

    Raises what `work` raises; the OperationalError of a lock that could not be had in ten tries over half a minute.
    """
    tries, deadline = 1, time.monotonic() + LONGEST_WAIT
    while True:
        try:
            with _piece(migration):
                return work()
        except schemalocks.Taken:
            if time.monotonic() > deadline:
                raise
            time.sleep(schemalocks.POLL)
        except Exception as error:
            if sqlstate(error) not in {LOCK_TIMEOUT, DEADLOCK} or tries == MOST_TRIES:
                error.add_note(f"{migration.app_label}.{migration.name}")
                raise
            time.sleep(_pause(tries))
            tries += 1


def is_recorded(migration: Migration) -> bool:
    """Whether another migrator has done it since the plan was made."""
    with connection.cursor() as cursor:
        cursor.execute(RECORDED, [migration.app_label, migration.name])
        return cursor.fetchone() is not None


@contextmanager
def _piece(migration: Migration) -> Iterator[None]:
    if failpoints.hit("migration.as_django_does"):
        yield
    elif migration.atomic:
        with transaction.atomic():
            schemalocks.hold(current_schema())
            _bound(migration, STATEMENT_SECONDS, lock_seconds=LOCK_SECONDS, only_here=True)
            yield
            failpoints.hit("migration.uncommitted")
    else:
        with _alone(migration):
            yield


@contextmanager
def _alone(migration: Migration) -> Iterator[None]:
    """Outside a transaction. Nobody queues behind who builds or fills in, so its locks may take their time."""
    schema = current_schema()
    if not schemalocks.claim(schema):
        raise schemalocks.Taken(schema)
    try:
        _bound(migration, ALONE_SECONDS, lock_seconds=ALONE_SECONDS, only_here=False)
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(UNBOUND)
        schemalocks.release(schema)


def _bound(migration: Migration, most: float, lock_seconds: float, only_here: bool) -> None:
    statement = getattr(migration, "statement_seconds", most)
    idle = 0 if migration.initial else IDLE_SECONDS  # an app's first: many models to think about, and nobody's tables
    values = [f"{round(seconds * 1000)}ms" for seconds in (lock_seconds, statement, idle, GONE_SECONDS)]
    with connection.cursor() as cursor:
        cursor.execute(BOUNDS, [part for value in values for part in (value, only_here)])


def _pause(tries: int) -> float:
    """Growing, and never the same for two who want the same lock."""
    pause: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1))
    return pause * random.uniform(0.5, 1)  # noqa: S311 - no secret
