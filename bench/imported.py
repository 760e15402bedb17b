"""A calendar of 5,000 events at an address: read, kept and put in place, beside the same rows as bare SQL.

In this process, as a worker does it: the reading itself is a process of its own (`providers.ics_reading`). What is
timed is one round from the first byte to the last row of occupancy; what this process grew by is measured, too.
"""

import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context
from psycopg import sql

from bench.measured import Measured
from bench.report import Line
from bookings.calendars import fitting, pulling
from bookings.models import BusyTime, Connection, Occupancy
from outside import vault
from schemas.clock import database_now
from tenants.models import DueWork, Tenant

EVENTS, ROUNDS = 5000, 2
WORK = "import"
QUARTER = timedelta(minutes=15)
KB = 1024
BUSY = (
    'INSERT INTO bookings_busytime (connection_id, key, remote_id, title, start, "end", seen_at, is_gone)'
    " VALUES (%s, %s, %s, '', %s, %s, now(), false)"
)
TAKEN = (
    "INSERT INTO bookings_occupancy (resource_id, unit, during, kind, busy_id)"
    " SELECT %s, 0, tstzrange(start, \"end\"), 'external', id FROM bookings_busytime WHERE connection_id = %s"
)


def line(tenant: Tenant, resource_id: int, url: str) -> tuple[Line, float]:
    """The line of the table, and by how many MB the process grew."""
    with tenant_context(tenant), _served() as address, psycopg.connect(url, autocommit=True) as bare:
        now = database_now()
        row = Connection.objects.create(
            provider="ics",
            name="Measured",
            sealed=vault.seal(address),
            resource_id=resource_id,
            pulls=True,
            created_at=now,
        )
        bare.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(tenant.schema_name)))
        statements = _statements(row)
        grown = _grown_mb(lambda: _import(row))
        _forget(row)
        ours = _timed(lambda: _import(row), lambda: _forget(row))
        found = _timed(lambda: _bare(bare, row, resource_id), lambda: _forget(row))
        _forget(row)
        row.delete()
        DueWork.objects.filter(kind__startswith="calendar").delete()
    return Line(WORK, 1, statements, found, ours), grown


def _statements(row: Connection) -> int:
    with CaptureQueriesContext(connection) as captured:
        _import(row)
    _forget(row)
    return len(captured)


def _import(row: Connection) -> None:
    pulling.pull(str(row.pk))
    fitting.fit(row.resource_id or 0)
    if Occupancy.objects.filter(busy__connection=row).count() != EVENTS:
        raise RuntimeError("the calendar was not taken over whole")


def _bare(bare: psycopg.Connection[Any], row: Connection, resource_id: int) -> None:
    starts = _starts()
    with bare.transaction(), bare.cursor() as cursor:
        cursor.executemany(
            BUSY, [(row.pk, f"{n:064}", f"e{n}", start, start + QUARTER) for n, start in enumerate(starts)]
        )
        cursor.execute(TAKEN, [resource_id, row.pk])


def _forget(row: Connection) -> None:
    Occupancy.objects.filter(busy__connection=row).delete()
    BusyTime.objects.filter(connection=row).delete()
    Connection.objects.filter(pk=row.pk).update(cursor="")


def _timed(work: Callable[[], object], after: Callable[[], object]) -> Measured:
    """Events per second; of the latencies, each event has its share of the whole."""
    latencies: list[float] = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        work()
        latencies += [(time.perf_counter() - began) * 1000 / EVENTS] * EVENTS
        after()
    return Measured.of(latencies, sum(latencies) / 1000)


def _grown_mb(work: Callable[[], object]) -> float:
    """What this process had allocated at its largest, beyond what it had before."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / KB / KB


def _starts() -> list[datetime]:
    first = (database_now() + timedelta(days=200)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [first + QUARTER * number for number in range(EVENTS)]


@contextmanager
def _served() -> Iterator[str]:
    """The calendar, at an address of this machine."""
    body = _calendar(_starts()).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The whole, whoever asks."""
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/measured.ics"
        server.shutdown()
        thread.join()


def _calendar(starts: list[datetime]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Forecourt//Measured//EN"]
    for number, start in enumerate(starts):
        lines += [
            *("BEGIN:VEVENT", f"UID:e{number}", "DTSTAMP:20260101T000000Z"),
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            f"DTEND:{start + QUARTER:%Y%m%dT%H%M%SZ}",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])
