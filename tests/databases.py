"""Test databases: one is migrated and furnished, every worker and every server gets a copy.

Copying takes half a second. The template's name carries a digest of all that
goes into it, so a second run finds it ready, and an edited model does not.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

ROOT = Path(__file__).resolve().parents[1]
INGREDIENTS = ("**/migrations/*.py", "tenants/*.py", "platform/*/models.py", "*/models.py", "tests/worlds.py")
LOCK = 7_301_999


def digest() -> str:
    """Changes when the furnished template would."""
    found = hashlib.sha256()
    for pattern in INGREDIENTS:
        for path in sorted(ROOT.glob(pattern)):
            if ".venv" not in path.parts and "node_modules" not in path.parts:
                found.update(path.read_bytes())
    return found.hexdigest()[:12]


def template_name() -> str:
    """The database that is copied."""
    return f"forecourt_template_{digest()}"


def url_of(name: str) -> str:
    """The service's DATABASE_URL with another database in it."""
    parts = {key: str(value) for key, value in conninfo_to_dict(os.environ["DATABASE_URL"]).items()}
    return make_conninfo(**{**parts, "dbname": name})


@contextmanager
def maintenance() -> Iterator[psycopg.Connection]:
    """A connection that may make and drop databases; one process at a time."""
    with psycopg.connect(url_of("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield connection


def copy(name: str, template: str) -> None:
    """Make `name` from the template, in place of one that an interrupted run left."""
    with maintenance() as connection:
        drop(name, connection)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def drop(name: str, connection: psycopg.Connection) -> None:
    """Drop a database, whoever is still connected."""
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def exists(name: str, connection: psycopg.Connection) -> bool:
    """Whether there is such a database."""
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
