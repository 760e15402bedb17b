"""Examples of a property test share one database transaction; each is undone before the next."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def undone() -> Iterator[None]:
    """Whatever the block wrote is gone afterwards.

    A savepoint and not `atomic`: the lifecycle insists on being outermost.
    """
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)
