"""A worker that is killed while it writes to a calendar (R40): whoever comes after it makes no second event."""

import multiprocessing
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import cancelling
from bookings.calendars import PUSH, pushing
from bookings.models import Booking, BookingEvent
from bookings.models.calendars import CalendarCopy
from bookings.records import Actor
from kernel import failpoints
from schemas.clock import database_now
from tenants import due
from tenants.models import DueWork
from tests.bookings.calendars.elsewhere import Elsewhere, at_radicale
from tests.bookings.scenes import confirmed, slot
from tests.conftest import leave_database
from tests.races.rigging import Rigging
from tests.radicale import Radicale
from tests.worlds import ALPHA, World, world_of


def _worker(folder: Path, schema: str) -> None:
    """What a worker does with what is due, in a process of its own."""
    failpoints.arm(folder)
    connection.set_schema(schema)  # type: ignore[attr-defined]
    for work in _due():
        due.perform(work.pk, work.attempts)


def _due() -> list[DueWork]:
    return [work for work in due.claim_of(due.Queue.SYNC, due.BATCH) if work.kind == PUSH]


def _killed(folder: Path, schema: str) -> int | None:
    leave_database()  # the child inherits no connection
    worker = multiprocessing.get_context("fork").Process(target=_worker, args=(folder, schema))
    worker.start()
    worker.join(60)
    return worker.exitcode


def _told(booking: Booking) -> None:
    event = BookingEvent.objects.select_related("booking__resource__venue").filter(booking=booking).latest("pk")
    pushing.on_event(event)


def _lease_is_over() -> None:
    DueWork.objects.filter(kind=PUSH).update(due_at=database_now() - timedelta(seconds=1))


@pytest.mark.parametrize(("is_cancelled", "events"), [(False, 1), (True, 0)])
def test_killed_between_the_call_and_its_note(
    scratch: str, caldav: Radicale, tmp_path: Path, is_cancelled: bool, events: int
) -> None:
    """R40, I8: the process is gone at `calendar.pushed`; meanwhile the booking stays, or is cancelled."""
    alpha: World = world_of(ALPHA)
    schema = str(alpha.tenant.schema_name)
    with tenant_context(alpha.tenant):
        elsewhere: Elsewhere = at_radicale(caldav)
        elsewhere.connect(alpha.users["owner"], resource=alpha.court_1)
        staff = Actor.of(User.objects.get(pk=alpha.users["front_desk"]))
        booking = confirmed(alpha.court_1, slot(18), staff)
        _told(booking)
    Rigging(tmp_path).set("calendar.pushed", "exit")
    assert _killed(tmp_path, schema) == failpoints.EXIT_CODE
    with tenant_context(alpha.tenant):
        assert (len(elsewhere.titles()), CalendarCopy.objects.get().digest) == (1, "")
        if is_cancelled:
            cancelling.cancel(booking, staff, cancelling.Cancellation())
            _told(booking)
        _lease_is_over()
    assert _killed(tmp_path, schema) == 0
    with tenant_context(alpha.tenant):
        assert len(elsewhere.titles()) == events
        assert CalendarCopy.objects.get().is_gone == is_cancelled
        assert not DueWork.objects.filter(kind=PUSH).exists()
