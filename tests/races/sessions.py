"""Questions to the databases of servers. A session that is opened anew costs forty times what a question costs."""

import threading
from typing import Any

import psycopg
from psycopg import sql

_kept: dict[tuple[str, str], psycopg.Connection] = {}


def ask(url: str, schema: str, statement: str, values: tuple[object, ...] | None = None) -> list[tuple[Any, ...]]:
    """Rows of one statement in a schema, committed at once. The main thread keeps its session, until `hang_up`."""
    if threading.current_thread() is not threading.main_thread():
        with _opened(url, schema) as connection:
            return _rows(connection, statement, values)
    kept = _kept.get((url, schema))
    if kept is None or kept.closed:
        kept = _kept[url, schema] = _opened(url, schema)
    return _rows(kept, statement, values)


def hang_up(url: str) -> None:
    """Close what is kept of a database."""
    for key in [key for key in _kept if key[0] == url]:
        _kept.pop(key).close()


def _opened(url: str, schema: str) -> psycopg.Connection:
    # Plans are not kept: tests take constraints away and give them back.
    connection = psycopg.connect(url, autocommit=True, prepare_threshold=None)
    connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema)))
    return connection


def _rows(connection: psycopg.Connection, statement: str, values: tuple[object, ...] | None) -> list[tuple[Any, ...]]:
    cursor = connection.execute(statement.encode(), values)
    return cursor.fetchall() if cursor.description else []
