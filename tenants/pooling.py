"""A pooler in transaction mode shows one tenant another's rows: refuse to start behind one (T01).

PgBouncer in transaction mode returned the other tenant's row in 46% of reads
outside a transaction, because `SET search_path` stays with the server
connection that happened to be used. Statement mode does as well, and has no
transactions. Session mode, or no pooler, is fine: docs/operations/scale.md.
"""

import secrets
from collections.abc import Callable
from contextlib import closing

import psycopg
from django.core.exceptions import ImproperlyConfigured

Connect = Callable[[], psycopg.Connection]
ROUNDS = 3
"""On a pooler that serves others meanwhile, one of them may have taken the server connection that was marked."""
MODE = (
    "The database is reached through a pooler in {} mode, where one tenant can be shown another's rows."
    " Use session mode, or connect to PostgreSQL directly."
)


def refuse_transaction_pooling(connect: Connect) -> None:
    """Raise `ImproperlyConfigured` if two statements of one session may reach two servers.

    `connect` opens a new autocommit connection the way that the application does.
    """
    for _round in range(ROUNDS):
        try:
            mixed_up = _is_mixed_up(connect)
        except psycopg.errors.ProtocolViolation as error:
            # PgBouncer's own words for BEGIN; the connection is gone with them.
            if "statement pooling" in str(error):
                raise ImproperlyConfigured(MODE.format("statement")) from error
            raise
        if mixed_up:
            raise ImproperlyConfigured(MODE.format("transaction"))


def _is_mixed_up(connect: Connect) -> bool:
    mark = secrets.token_hex(8)
    with closing(connect()) as ours, closing(connect()) as rival:
        ours.execute("SELECT set_config('forecourt.mark', %s, false)", [mark])
        # In transaction mode the rival now gets the very server connection that was just given
        # back, marked by us, and keeps it until its transaction ends.
        with rival.transaction():
            stolen = _mark_of(rival)
            return stolen == mark or _mark_of(ours) != mark


def _mark_of(connection: psycopg.Connection) -> str | None:
    row = connection.execute("SELECT current_setting('forecourt.mark', true)").fetchone()
    return row[0] if row else None
