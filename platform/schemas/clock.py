"""The database's clock is the only clock that decides anything."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The instant at the database, not of the transaction's start: right after a lock it is after the lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
