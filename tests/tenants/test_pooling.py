"""The start-up check refuses a pooler in transaction mode (T01)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from tenants.pooling import ROUNDS, refuse_transaction_pooling
from tests.databases import url_of


class Server:
    """A PostgreSQL connection of the pooler's own."""

    def __init__(self) -> None:
        self.connection = psycopg.connect(url_of("postgres"), autocommit=True)
        self.busy = False


class TransactionPooler:
    """What PgBouncer does in transaction mode: a session has a server only while a transaction lasts.

    A statement or transaction gets the server that was given back last.
    """

    def __init__(self, size: int) -> None:
        self.idle = [Server() for _ in range(size)]
        self.servers = list(self.idle)

    def connect(self) -> Any:
        """A new session of a client."""
        return Session(self)

    @contextmanager
    def server(self) -> Iterator[psycopg.Connection]:
        """A server for as long as the block lasts."""
        server = self.idle.pop()
        try:
            yield server.connection
        finally:
            self.idle.append(server)

    def close(self) -> None:
        """Close the pooler's own connections."""
        for server in self.servers:
            server.connection.close()


class Session:
    """A client's session with the pooler: it looks like a connection, and is none."""

    def __init__(self, pooler: TransactionPooler) -> None:
        self.pooler = pooler
        self.held: psycopg.Connection | None = None

    def execute(self, query: str, params: list[object] | None = None) -> psycopg.Cursor[Any]:
        """One statement, on whichever server is free, or on the one that the transaction holds."""
        if self.held:
            return self.held.execute(query, params)
        with self.pooler.server() as server:
            return server.execute(query, params)

    def transaction(self) -> AbstractContextManager[None]:
        """A transaction, which holds one server."""
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self.pooler.server() as server, server.transaction():
            self.held = server
            try:
                yield
            finally:
                self.held = None

    def close(self) -> None:
        """The client leaves; the servers stay."""


def test_direct_connection_is_accepted() -> None:
    refuse_transaction_pooling(lambda: psycopg.connect(url_of("postgres"), autocommit=True))


@pytest.mark.parametrize("size", [2, 3, 10])
def test_pooler_in_transaction_mode_is_refused(size: int) -> None:
    """T01: on an idle pooler as well, where each statement would happen to meet the same server."""
    pooler = TransactionPooler(size)
    try:
        with pytest.raises(ImproperlyConfigured, match="transaction mode"):
            refuse_transaction_pooling(pooler.connect)
    finally:
        pooler.close()


def test_stand_in_mixes_sessions_up_as_pgbouncer_does() -> None:
    """The stand-in proves nothing unless it shows one tenant's setting to another."""
    pooler = TransactionPooler(2)
    try:
        ours, theirs = pooler.connect(), pooler.connect()
        ours.execute("SET search_path TO t_ours")
        assert theirs.execute("SHOW search_path").fetchone() == ("t_ours",)
        with theirs.transaction():
            assert ours.execute("SHOW search_path").fetchone() != ("t_ours",)
    finally:
        pooler.close()


def test_pooler_in_session_mode_is_accepted() -> None:
    """A session keeps its server until it ends: two sessions, two servers."""
    connections = [psycopg.connect(url_of("postgres"), autocommit=True) for _ in range(2 * ROUNDS)]
    waiting = list(connections)
    try:
        refuse_transaction_pooling(waiting.pop)
    finally:
        for connection in connections:
            connection.close()


def test_the_check_leaves_nothing_behind() -> None:
    """The mark is a setting of a session that is closed."""
    opened: list[psycopg.Connection] = []

    def connect() -> psycopg.Connection:
        opened.append(psycopg.connect(url_of("postgres"), autocommit=True))
        return opened[-1]

    refuse_transaction_pooling(connect)
    assert len(opened) == 2 * ROUNDS
    assert all(connection.closed for connection in opened)
