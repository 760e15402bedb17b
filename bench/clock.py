"""The clock: a tick with nothing due, with 100 due among 1,000 tenants and with 10,000 due for one of them; the outbox.

In this process, against the same statements on a bare connection. A tick counts whole, with its messages to Redis.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
from celery import current_app
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.measured import Measured
from bench.report import Line
from schemas.clock import database_now
from schemas.current import enter_public
from tenants import due, outbox, tasks
from tenants.models import DueWork, OutboxMessage, Tenant

TENANTS, WORKS, DUE, FLOOD, MESSAGES, THINGS = 1000, 10, 100, 10_000, 2000, 500
KIND, LATE, TOPIC = "measured", "measured due", "measured"
CONTROL = ("BEGIN", "COMMIT", "SET", "SAVEPOINT", "RELEASE")
BACK = """
    UPDATE tenants_duework SET due_at = now() - interval '1 hour', attempts = 0
    WHERE kind = 'measured due' AND attempts > 0
"""
HAND_ON = """
    DELETE FROM tenants_outboxmessage WHERE id IN (
        SELECT id FROM tenants_outboxmessage WHERE due_at <= now() AND NOT is_dead
        ORDER BY due_at, id LIMIT 20 FOR UPDATE SKIP LOCKED)
"""


def lines(url: str, seconds: int) -> list[Line]:
    """The four kinds of work, measured for so many seconds each. The database gets 1,000 tenants more."""
    enter_public()
    outbox.handles(TOPIC)(lambda _reference: None)
    schemas = _plant()
    with psycopg.connect(url, autocommit=True) as bare:
        idle = _ticks("tick_idle", bare, seconds)
        _make_due(DUE, lambda number: schemas[10 * number])
        busy = _ticks("tick_due", bare, seconds)
        _make_due(FLOOD, lambda _number: schemas[1])
        flooded = _ticks("tick_flood", bare, seconds)
        DueWork.objects.filter(kind=LATE).delete()
        return [idle, busy, flooded, _outbox(schemas[0], bare, seconds)]


def _make_due(number: int, schema_of: Callable[[int], str]) -> None:
    now = database_now() - timedelta(hours=1)
    rows = [DueWork(schema_name=schema_of(each), kind=LATE, object_id=str(each), due_at=now) for each in range(number)]
    DueWork.objects.bulk_create(rows, batch_size=TENANTS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tenants_duework")


def _plant() -> list[str]:
    fields = {"state": Tenant.State.READY, "time_zone": "UTC", "currency": "EUR", "name": "T"}
    names = [f"t_measured_{number}" for number in range(TENANTS)]
    Tenant.objects.bulk_create([Tenant(schema_name=each, slug=each, slug_skeleton=each, **fields) for each in names])
    later = database_now() + timedelta(days=365)
    DueWork.objects.update(due_at=later)
    DueWork.objects.bulk_create(
        [
            DueWork(schema_name=each, kind=KIND, object_id=str(number), due_at=later)
            for each in names
            for number in range(WORKS)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tenants_tenant, tenants_duework")
    return names


def _ticks(work: str, bare: psycopg.Connection[Any], seconds: int) -> Line:
    _again()
    with CaptureQueriesContext(connection) as captured:
        due.claim()
    statements = [each["sql"] for each in captured if not each["sql"].startswith(CONTROL)]

    def claim() -> None:
        with bare.transaction():
            for statement in statements:
                bare.execute(statement.encode())

    sql = _timed(claim, seconds)
    return Line(work, 1, len(statements), sql, _timed(tasks.tick, seconds))


def _again() -> None:
    """The same work is due again, and no message waits."""
    with connection.cursor() as cursor:
        cursor.execute(BACK)
    with current_app.connection_or_acquire() as broker:
        channel: Any = broker.default_channel
        channel.client.delete(*due.Queue)


def _timed(work: Callable[[], object], seconds: int) -> Measured:
    latencies: list[float] = []
    while sum(latencies) < seconds * 1000:
        _again()
        began = time.perf_counter()
        work()
        latencies.append((time.perf_counter() - began) * 1000)
    return Measured.of(latencies, sum(latencies) / 1000)


def _outbox(schema: str, bare: psycopg.Connection[Any], seconds: int) -> Line:
    def drain() -> None:
        while bare.execute(HAND_ON).rowcount:
            pass

    sql = _drained(schema, drain, seconds)
    return Line("outbox", 1, 2, sql, _drained(schema, lambda: outbox.pump(MESSAGES), seconds))


def _drained(schema: str, drain: Callable[[], object], seconds: int) -> Measured:
    """Messages per second; of the latencies, each message has its share of the whole."""
    latencies: list[float] = []
    while sum(latencies) < seconds * 1000:
        OutboxMessage.objects.all().delete()
        OutboxMessage.objects.bulk_create(
            [
                OutboxMessage(schema_name=schema, topic=TOPIC, order_key=f"thing:{each % THINGS}", reference=str(each))
                for each in range(MESSAGES)
            ]
        )
        began = time.perf_counter()
        drain()
        latencies += [(time.perf_counter() - began) * 1000 / MESSAGES] * MESSAGES
    return Measured.of(latencies, sum(latencies) / 1000)
