"""A form of a page that is sent twice does what it does once: its number is kept for a day.

The number is written in the transaction of the act: an act that was refused may be tried again with it, and whoever
sends it at the same moment waits, and finds it there.
"""

from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from kernel import failpoints
from schemas.transactions import transact

LONGEST_NUMBER = 40
CLAIM = """
INSERT INTO rest_idempotencyrecord (principal, method, path, key, body_digest, status, body, location, created_at)
VALUES (%s, 'FORM', '', %s, '', 204, '', '', clock_timestamp())
ON CONFLICT (principal, key, method, path) DO NOTHING
"""
Result = TypeVar("Result")


def once(user_id: int, number: str, act: Callable[[], Result]) -> Result | None:
    """What `act` returns; None where this form of the user's was sent already. Without a number, each time counts."""

    def first() -> Result | None:
        return act() if not number or _is_first(user_id, number) else None

    return transact(first)


def _is_first(user_id: int, number: str) -> bool:
    if failpoints.hit("once.claimed"):  # the negative control of the race goes on without it
        return True
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [f"user:{user_id}", number[:LONGEST_NUMBER]])
        return bool(cursor.rowcount)
