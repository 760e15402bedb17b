"""Reading what decides nothing from a replica of the database: reports, exports, archives.

With `DATABASE_REPLICA_URL`, `read(work)` runs `work` with all its queries on the replica, in the same schema. Where the
replica is away, is none of this database, or is more than `REPLICA_LAG_SECONDS` behind, and where it fails meanwhile,
`work` runs on the primary, so it must only read, and nothing may be left to be read later. Inside a transaction, and
in another schema than the door was opened in, everything reads the primary.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections

from schemas import figures

log = logging.getLogger(__name__)

T = TypeVar("T")
ALIAS = "replica"
RESTS = 10.0
"""Seconds in which nobody asks a replica again that did not answer: with each page, a host that is gone costs two."""
CATCHES_UP = 0.2
"""Seconds to wait for what was committed before the question; usually it is there in a few milliseconds."""
POLL = 0.01

PRIMARY = "SELECT pg_current_wal_lsn()::text, clock_timestamp(), system_identifier FROM pg_control_system()"
REPLICA = """
SELECT pg_is_in_recovery() AND system_identifier = %(identifier)s
           AND to_regnamespace(quote_ident(%(schema)s)) IS NOT NULL,
       coalesce(pg_last_wal_replay_lsn() >= %(position)s::pg_lsn, false),
       pg_last_xact_replay_timestamp(),
       extract(epoch FROM %(now)s - pg_last_xact_replay_timestamp())
FROM pg_control_system()
"""
_doors = threading.local()


class _Away:
    """Until when this process leaves the replica alone."""

    until = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What may be read where: `source` as figures name it, and as of when, where that is not now."""

    source: str
    as_of: datetime | None = None


class Router:
    """Models read the replica where the door is open, and are written to the primary wherever they came from."""

    def db_for_read(self, _model: Any, **_hints: Any) -> str:
        """Whatever an instance says it was read from."""
        return _alias()

    def db_for_write(self, _model: Any, **_hints: Any) -> str:
        """The primary."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, _one: Any, _other: Any, **_hints: Any) -> bool:
        """Both are the same database."""
        return True

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool | None:
        """A replica has what the primary has."""
        return False if db == ALIAS else None


def connection_for_reading() -> Any:
    """For SQL of one's own: the replica's connection where the door is open."""
    return connections[_alias()]


def read(work: Callable[[], T], most_behind: float | None = None) -> T:
    """What `work` finds. `most_behind` in seconds is for who must know what is newer."""
    return reading(work, most_behind)[0]


def reading(work: Callable[[], T], most_behind: float | None = None) -> tuple[T, datetime | None]:
    """The same, and as of when: None for now."""
    if ALIAS not in settings.DATABASES or connections[DEFAULT_DB_ALIAS].in_atomic_block or _alias() == ALIAS:
        return work(), None
    standing = _standing(settings.REPLICA_LAG_SECONDS if most_behind is None else most_behind)
    if standing.source == ALIAS:
        try:
            with _open():
                found = work()
        except (Error, psycopg.Error) as error:
            _leave(error)
            standing = Standing("failed")
        else:
            figures.REPORT_READS.labels(ALIAS).inc()
            return found, standing.as_of
    figures.REPORT_READS.labels(standing.source).inc()
    return work(), None


def _alias() -> str:
    here = connections[DEFAULT_DB_ALIAS]
    if getattr(_doors, "schema", None) != here.schema_name or here.in_atomic_block:  # type: ignore[attr-defined]
        return DEFAULT_DB_ALIAS
    return ALIAS


@contextmanager
def _open() -> Iterator[None]:
    here: Any = connections[DEFAULT_DB_ALIAS]
    there: Any = connections[ALIAS]
    there.set_tenant(here.tenant, include_public=here.include_public_schema)
    _doors.schema = here.schema_name
    try:
        yield
    finally:
        _doors.schema = None
        there.set_schema_to_public()


def _standing(most_behind: float) -> Standing:
    if time.monotonic() < _Away.until:
        return Standing("away")
    here: Any = connections[DEFAULT_DB_ALIAS]
    with here.cursor() as cursor:
        cursor.execute(PRIMARY)
        position, now, identifier = cursor.fetchone()
    asked = {"position": position, "now": now, "identifier": identifier, "schema": here.schema_name}
    patience = time.monotonic() + CATCHES_UP
    while True:
        try:
            with connections[ALIAS].cursor() as cursor:
                cursor.execute(REPLICA, asked)
                is_ours, is_there, as_of, behind = cursor.fetchone()
        except (Error, psycopg.Error) as error:
            _leave(error)
            return Standing("away")
        if not is_ours:
            return Standing("other")
        if is_there:
            return Standing(ALIAS)
        if time.monotonic() > patience:
            # Without a time nothing has been replayed since its start.
            is_near = behind is not None and behind <= most_behind
            return Standing(ALIAS, as_of) if is_near else Standing("behind")
        time.sleep(POLL)


def _leave(error: Exception) -> None:
    log.warning("replica left alone for %.0f s: %s", RESTS, type(error.__cause__ or error).__name__)
    _Away.until = time.monotonic() + RESTS
    connections[ALIAS].close()
