"""The two servers as one context manager."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from embedded import processes
from embedded.folders import owned, owned_or_next, records_of
from embedded.postgres import Postgres
from embedded.redis import Redis


@dataclass(frozen=True)
class Services:
    """Where PostgreSQL and Redis answer; ``started`` are those that are ours."""

    database_url: str
    redis_url: str
    started: list[Postgres | Redis] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


@contextlib.contextmanager
def services(folder: Path) -> Iterator[Services]:
    """Run the services whose data is in ``folder`` for the length of the block. Raises FolderInUse.

    Call it in the main thread: the servers end with the thread that started them.
    """
    with owned(folder) as own, running(own) as found:
        yield found


@contextlib.contextmanager
def spare_services(folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[Services]:
    """Like ``services``, but beside others: takes ``folder``-2, -3 ... while somebody has ``folder``.

    ``settings`` are PostgreSQL's, for this run.
    """
    if {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        yield Services(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
        return
    with owned_or_next(folder) as own, running(own, settings) as found:
        yield found


@contextlib.contextmanager
def running(folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[Services]:
    """The services of a folder that the caller owns, after ending what an earlier owner left."""
    processes.end_leftovers(records_of(folder))
    with contextlib.ExitStack() as stack:
        started: list[Postgres | Redis] = []
        database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
        if not database_url:
            postgres = Postgres(folder, settings)
            stack.callback(postgres.stop)
            postgres.start()
            database_url = postgres.url
            started.append(postgres)
        if not redis_url:
            redis = Redis(folder)
            stack.callback(redis.stop)
            redis.start()
            redis_url = redis.url
            started.append(redis)
        yield Services(database_url, redis_url, started)
