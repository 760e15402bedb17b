"""The one way to change things: a short transaction that may be repeated.

READ COMMITTED, durable, bounded in time. Deadlocks, serialization failures and
lost connections are repeated with the same `work`, so `work` must not touch
anything outside the database. What cannot be had in time is `Busy` (503).
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import Error, InterfaceError, OperationalError, connection, transaction

from kernel.errors import Busy
from schemas.current import current_schema

log = logging.getLogger(__name__)

T = TypeVar("T")

# Source of the codes: PostgreSQL, appendix A.
DEADLOCK, SERIALIZATION, LOCK_TIMEOUT = "40P01", "40001", "55P03"
QUERY_CANCELED = "57014"
EXCLUSION_VIOLATION, UNIQUE_VIOLATION = "23P01", "23505"
REPEATABLE = frozenset({DEADLOCK, SERIALIZATION})

BUDGET_SECONDS = 2.5  # A caller hears something within 3 s, however busy a resource is (R45).
MOST_TRIES = 4

_open = threading.local()


class Again(Exception):
    """Raised by `work` to be run once more in a new transaction: a random name was taken."""


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five-character code behind a Django database error, if there is one."""
    return getattr(error.__cause__, "sqlstate", None)


def transact(work: Callable[[], T]) -> T:
    """Run `work` in one durable transaction and return what it returns.

    Inside another `transact` it simply joins, so an act can be part of a larger
    one. Raises `Busy` where locks could not be had within `BUDGET_SECONDS`.
    """
    if getattr(_open, "yes", False):
        return work()
    deadline = time.monotonic() + BUDGET_SECONDS
    for tries in range(1, MOST_TRIES + 1):
        try:
            return _once(work, deadline)
        except Again:
            if tries == MOST_TRIES:
                raise Busy from None
        except (OperationalError, InterfaceError) as error:
            if not _worth_repeating(error) or tries == MOST_TRIES or time.monotonic() > deadline:
                log.warning("transaction given up after %s tries: %s", tries, sqlstate(error))
                raise Busy from error
            time.sleep((5 + secrets.randbelow(25)) / 1000 * tries)
    raise AssertionError("unreachable")


def _once(work: Callable[[], T], deadline: float) -> T:
    _open.yes = True
    try:
        with transaction.atomic(durable=True):
            left = max(100, int((deadline - time.monotonic()) * 1000))
            with connection.cursor() as cursor:
                # Who comes to the head of a queue for a lock waits anew: lock_timeout alone allowed
                # twice the budget (R45, measured).
                cursor.execute(
                    "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true),"
                    " set_config('idle_in_transaction_session_timeout', '10s', true)",
                    [f"{left}ms", f"{left}ms"],
                )
            return work()
    finally:
        _open.yes = False


def _worth_repeating(error: Error) -> bool:
    state = sqlstate(error)
    if state in REPEATABLE:
        return True
    if state in {LOCK_TIMEOUT, QUERY_CANCELED}:
        return False
    # Class 57P and 08, or no code at all: the connection is gone, and with it the transaction.
    return state is None or state.startswith(("57P", "08"))


def after_commit(task: Any, *args: Any, **kwargs: Any) -> None:
    """Queue a task once the transaction is committed, for the tenant of *this* moment (T04).

    By the time the hook fires another schema may be current. A broker that is
    down is logged, never raised: what must not be lost belongs in `DueWork`.
    """
    schema = current_schema()

    def send() -> None:
        task.apply_async(args=args, kwargs=kwargs, headers={"_schema_name": schema}, retry=False)

    transaction.on_commit(send, robust=True)  # noqa: TID251 - this is the helper
