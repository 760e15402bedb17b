"""django-tenants' database backend, with a pool that gets over a restart of the database at once.

psycopg's own check of a pooled connection waits 1, 2, 4 ... seconds from one
dead connection to the next: after a restart a pool of twelve answered 503 for
16 s (R43, measured). Here the dead ones are dropped until one lives.

A session keeps a catalogue of every table that it has met, about half a megabyte
a tenant: 471 kB were measured. One that has served many is replaced.

Without a pool PgBouncer is in front: it greets at once, and who waits for a
server connection in vain hears so at the first statement. Django would take the
version of such a connection for 0, and keep it.
"""

from typing import Any

import psycopg
from django_tenants.postgresql_backend import base
from psycopg_pool import ConnectionPool

MOST_SCHEMAS = 100
"""Schemas that one session serves: 50 MB. Whoever comes next finds a new one, made meanwhile by the pool."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection is known to live when it is given out. Leave CONN_HEALTH_CHECKS off."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A living connection; the pool's `PoolTimeout`, an OperationalError, if there is none to be had."""
        if not self.pool:
            return self._asked_once(super().get_new_connection(conn_params))
        for _dead in range(self.pool.max_size):
            connection = super().get_new_connection(conn_params)
            try:
                ConnectionPool.check_connection(connection)
            except psycopg.OperationalError:
                self.pool.putconn(connection)  # which throws it away and makes another one
            else:
                return connection
        return super().get_new_connection(conn_params)

    def _cursor(self, name: str | None = None) -> Any:
        cursor = super()._cursor(name)
        served = getattr(self.connection, "schemas_served", None)
        if served is None:
            served = self.connection.schemas_served = set()
        served.add(self.schema_name)
        return cursor

    def retire(self) -> None:
        """Have the pool replace the session that is in use, when it comes back: it has met what nobody needs again."""
        self.connection._expire_at = 0.0  # as if its `max_lifetime` were over

    def _close(self) -> None:
        if len(getattr(self.connection, "schemas_served", ())) >= MOST_SCHEMAS:
            self.retire()
        super()._close()

    def _asked_once(self, connection: Any) -> Any:
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.OperationalError:
            connection.close()
            raise
        if self.settings_dict.get("READ_ONLY"):
            connection.execute("SET default_transaction_read_only TO on")
            connection.commit()
        return connection
