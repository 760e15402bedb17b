"""How soon holds that are over are tidied, at 1,000 tenants: real worker and real beat, as `make run` starts them.

One tenant has a schema, and its holds end one after the other for twelve seconds; of the others there is what the clock
sees, a row and ten pieces of work each (`bench.clock`), for a thousand schemas would take far longer to make than to
measure. Both ends of the measured time are the database's clock: `hold_expires_at`, and the event that it expired.
"""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django_tenants.utils import tenant_context

from bench.measured import Measured
from bench.web import ROOT
from bookings.models import Booking, BookingEvent
from bookings.moves import CLOCK
from bookings.states import State
from embedded import processes
from embedded.processes import Program
from schemas.clock import database_now
from schemas.current import enter_public
from tenants.models import DueWork, Heartbeat, Tenant

HOLDS, SPREAD = 60, timedelta(seconds=12)
PATIENCE = 60.0


def seconds(tenant: Tenant, folder: Path) -> Measured:
    """Latencies in milliseconds of holds that customers made in this database. Raises RuntimeError where some stay."""
    enter_public()
    Heartbeat.objects.all().delete()
    with _at_work(folder):
        _wait_until(lambda: Heartbeat.objects.count() > 1, "beat and worker did not start")
        with tenant_context(tenant):
            over = _let_lapse(tenant)
            events = BookingEvent.objects.filter(booking__in=over, to_state=State.EXPIRED)
            _wait_until(lambda: events.count() == len(over), "some holds were not tidied")
            late = [each.at - over[each.booking_id] for each in events]
    return Measured.of([each.total_seconds() * 1000 for each in late], SPREAD.total_seconds())


def _let_lapse(tenant: Tenant) -> dict[UUID, datetime]:
    held = Booking.objects.filter(state=State.HELD, hold_expires_at__gt=database_now())
    now = database_now()
    over = {
        pk: now + SPREAD * number / HOLDS
        for number, pk in enumerate(held.order_by("pk").values_list("pk", flat=True)[:HOLDS])
    }
    for pk, ends in over.items():
        Booking.objects.filter(pk=pk).update(hold_expires_at=ends)
        DueWork.objects.filter(schema_name=tenant.schema_name, kind=CLOCK, object_id=str(pk)).update(due_at=ends)
    return over


@contextlib.contextmanager
def _at_work(folder: Path) -> Iterator[None]:
    celery = [str(Path(sys.executable).parent / "celery"), "--quiet", "--app", "config.celery"]
    worker = [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "2", "--without-mingle", "--without-gossip"]
    beat = [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(folder / "beat-schedule")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "platform"), str(ROOT)))}
    with (folder / "clock.log").open("wb") as output:
        programs = [Program(name, command, environment, ROOT) for name, command in (("worker", worker), ("beat", beat))]
        running = [processes.start(program, folder, output) for program in programs]
        try:
            yield
        finally:
            for child in running:
                child.stop(patience=0)


def _wait_until(true: Callable[[], bool], why: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(why)
        time.sleep(0.1)
