"""The outbox and the clock of one tenant, worked off in the test's own transaction."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

import bookings.tasks  # noqa: F401 - registers the kinds of due work
from bookings.models import Booking, Notice
from schemas.current import current_schema
from tenants import due, outbox
from tenants.models import DueWork, OutboxMessage, OutgoingMail
from tests.worlds import World
from venues.models import Resource

Told = list[tuple[str, str, str, str]]


@pytest.fixture(autouse=True)
def nothing_before(in_alpha: World) -> None:
    """What the furnished bookings had to tell is told; Court 2 can be had without asking."""
    Resource.objects.filter(pk=in_alpha.court_2).update(needs_approval=False)
    OutboxMessage.objects.all().delete()
    DueWork.objects.all().delete()


def hand_on(world: World) -> None:
    """Work off the outbox, and come back into the tenant."""
    outbox.pump()
    connection.set_tenant(world.tenant)  # type: ignore[attr-defined]


def work_off(kinds: tuple[str, ...] = ("notice", "notice_rules", "mail")) -> None:
    """Do all due work of some kinds that is due by now, once each, until nothing is."""
    for _round in range(5):
        claimed = [work for work in due.claim() if work.schema_name == current_schema()]
        for work in claimed:
            if work.kind in kinds:
                due.perform(work.pk, work.attempts)
        if not claimed:
            return


def later(by: timedelta) -> None:
    """Let time pass for one tenant: everything that is planned, and every booking, comes nearer."""
    for model, fields in (
        (Booking, ("start", "end")),
        (Notice, ("due_at", "send_at", "starts_at")),
    ):
        model.objects.update(**{name: F(name) - by for name in fields})
    DueWork.objects.update(due_at=F("due_at") - by)


def told(booking: Booking) -> Told:
    """The notices of a booking, oldest first: kind, channel, state, why."""
    rows = Notice.objects.filter(booking=booking).order_by("due_at", "pk")
    return list(rows.values_list("kind", "channel", "state", "why"))


def letters(key: str = "notice:") -> list[OutgoingMail]:
    """The letters of notices, the first first."""
    return list(OutgoingMail.objects.filter(key__startswith=key).order_by("pk"))
