"""A PostgreSQL with a streaming replica of its own. A context manager without pytest, like `tests.servers`."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from embedded import processes
from embedded.postgres import CARELESS, DATABASE, Postgres, binary
from embedded.processes import Program
from tests import databases


@dataclass(frozen=True)
class Pair:
    """Where both answer, and how to have either do something."""

    primary: Postgres
    replica: Postgres

    def on_primary(self, statement: str, *values: object) -> Any:
        """The first column of the first row."""
        return _first(self.primary.url, statement, values)

    def on_replica(self, statement: str, *values: object) -> Any:
        """The same there."""
        return _first(self.replica.url, statement, values)


@contextmanager
def replicated(template: str) -> Iterator[Pair]:
    """A primary with a furnished database, and a standby that streams from it."""
    with tempfile.TemporaryDirectory(prefix="replicated-") as name:
        folder = Path(name)
        pair = Pair(Postgres(folder / "primary", CARELESS), Postgres(folder / "replica", CARELESS))
        try:
            for each in ("primary", "replica"):
                (folder / each).mkdir(mode=0o755)
            pair.primary.start()
            _filled(pair.primary.url, template)
            _based(pair)
            pair.replica.start()
            yield pair
        finally:
            pair.replica.stop()
            pair.primary.stop()


def _filled(url: str, template: str) -> None:
    source = [str(binary("pg_dump")), "--no-owner", "--dbname", databases.url_of(template)]
    target = [str(binary("psql")), "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", url]
    with subprocess.Popen(source, stdout=subprocess.PIPE) as dumped:
        subprocess.run(target, stdin=dumped.stdout, stdout=subprocess.DEVNULL, check=True)
    assert dumped.returncode == 0


def _based(pair: Pair) -> None:
    parts = conninfo_to_dict(pair.primary.url)
    command = [str(binary("pg_basebackup")), "--pgdata", str(pair.replica.data), "--write-recovery-conf"]
    command += ["--checkpoint", "fast", "--no-sync", "--host", str(parts["host"]), "--port", str(parts["port"])]
    command += ["--username", "postgres"]
    pair.replica.data.mkdir(mode=0o700)
    if account := pair.replica.account:
        os.chown(pair.replica.data, account.uid, account.gid)
    program = Program("basebackup", command, account=account, cwd=Path("/"))
    assert processes.run(program, pair.replica.records) == 0


def _first(url: str, statement: str, values: tuple[object, ...]) -> Any:
    with psycopg.connect(url, dbname=DATABASE, autocommit=True) as connection:
        cursor = connection.execute(statement, values or None)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None
