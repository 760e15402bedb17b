"""Who works on the shape of a schema: one at a time, whichever process it is.

Locks are asked for and never waited for inside PostgreSQL: a statement that waits keeps a snapshot, and CREATE INDEX
CONCURRENTLY, which has the lock, waits for all snapshots.
"""

import time
from contextlib import suppress

from django.db import Error, connection

SHAPES = 7_302
"""First half of the advisory locks' keys; the second is the schema's name."""
POLL = 0.05
TAKE = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
LET_GO = "SELECT pg_advisory_unlock(%s, hashtext(%s))"
TAKE_FOR_THE_TRANSACTION = "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))"
SHARE_FOR_THE_TRANSACTION = "SELECT pg_try_advisory_xact_lock_shared(%s, hashtext(%s))"


class Taken(Exception):
    """Somebody else works on the schema."""


def claim(schema_name: str) -> bool:
    """Take the schema for this session, if nobody has it. It is let go by `release`, or with the session's end."""
    return _asked(TAKE, schema_name)


def release(schema_name: str) -> None:
    """Let go of a claim; a session that is lost has done so already."""
    with suppress(Error):
        _asked(LET_GO, schema_name)


def hold(schema_name: str) -> None:
    """Take the schema until the transaction ends, or raise `Taken`."""
    if not _asked(TAKE_FOR_THE_TRANSACTION, schema_name):
        raise Taken(schema_name)


def keep_still(schema_name: str, seconds: float = 60) -> None:
    """Nobody changes the schema's shape until the transaction ends. Waits for who does, and raises `Taken` at last."""
    deadline = time.monotonic() + seconds
    while not _asked(SHARE_FOR_THE_TRANSACTION, schema_name):
        if time.monotonic() > deadline:
            raise Taken(schema_name)
        time.sleep(POLL)


def _asked(question: str, schema_name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [SHAPES, schema_name])
        return bool(cursor.fetchone()[0])
