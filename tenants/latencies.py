"""How long what people wait for took, of all processes together: counted by the minute, for the last hour.

A process counts in memory; a thread of its own adds that to PostgreSQL every ten seconds, so that no request pays for
it. Lengths are sorted into buckets, each a tenth longer than the one before: a percentile is exact to a tenth.
"""

import logging
import threading
from collections import Counter

from django.db import DatabaseError, connection

from schemas.current import enter_public

log = logging.getLogger(__name__)

SECONDS = 10.0
GROWTH = 1.1
SHORTEST = 0.001
LONGEST_BUCKET = 120
ADD = """
    INSERT INTO public.tenants_latency (name, minute, bucket, number)
    SELECT name, date_trunc('minute', now()), bucket, number
    FROM unnest(%s::text[], %s::int[], %s::int[]) AS counted(name, bucket, number) ORDER BY name, bucket
    ON CONFLICT (name, minute, bucket) DO UPDATE SET number = tenants_latency.number + excluded.number
"""
READ = """
    SELECT bucket, sum(number) FROM public.tenants_latency
    WHERE name = %s AND minute > now() - make_interval(mins => %s) GROUP BY bucket ORDER BY bucket
"""
PRUNE = "DELETE FROM public.tenants_latency WHERE minute < now() - interval '1 hour'"


class Latencies:
    """What one process has counted and not yet written."""

    def __init__(self) -> None:
        self._counted: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()

    def note(self, name: str, seconds: float) -> None:
        """Count one."""
        with self._lock:
            self._counted[name, bucket_of(seconds)] += 1

    def write(self) -> int:
        """Add what was counted to PostgreSQL; answers how much. Raises DatabaseError, and then it is still there."""
        with self._lock:
            counted, self._counted = self._counted, Counter()
        if not counted:
            return 0
        rows = [(name, bucket, number) for (name, bucket), number in counted.items()]
        try:
            with connection.cursor() as cursor:
                cursor.execute(ADD, [list(column) for column in zip(*rows, strict=True)])
        except DatabaseError:
            with self._lock:
                self._counted.update(counted)
            raise
        return counted.total()


here = Latencies()
"""Of this process."""


def begin() -> None:
    """Write from now on, every ten seconds, as long as the process lives; called by each web process."""
    threading.Thread(target=_write_for_ever, name="latencies", daemon=True).start()


def _write_for_ever() -> None:
    pause = threading.Event()
    while not pause.wait(SECONDS):
        try:
            enter_public()
            here.write()
        except Exception as error:
            log.warning("latencies could not be written: %s", type(error).__name__)
        finally:
            connection.close()


def percentile(name: str, share: float, minutes: int) -> float | None:
    """So many seconds that many of the last minutes took at most, rounded up to a bucket; None where there was none."""
    with connection.cursor() as cursor:
        cursor.execute(READ, [name, minutes])
        rows: list[tuple[int, int]] = cursor.fetchall()
    wanted = share * sum(number for _bucket, number in rows)
    seen = 0
    for bucket, number in rows:
        seen += int(number)
        if seen >= wanted:
            return longest_of(bucket)
    return None


def prune() -> None:
    """Delete what is older than an hour."""
    with connection.cursor() as cursor:
        cursor.execute(PRUNE)


def bucket_of(seconds: float) -> int:
    """The number of the first bucket that is long enough."""
    bucket = 0
    while bucket < LONGEST_BUCKET and longest_of(bucket) < seconds:
        bucket += 1
    return bucket


def longest_of(bucket: int) -> float:
    """How long what is in a bucket took at most, in seconds."""
    return float(SHORTEST * GROWTH**bucket)
