"""A hold lapses with a real worker and a real mail server: who had it is told, and the first in line is offered it."""

import time

from celery import Celery

from tenants.models import DueWork
from tests import servers
from tests.races.ground import BOOKINGS, ends_in, slot
from tests.races.mailbox import mailbox

WAITLIST = "/api/v1/waitlist/"
WITHIN = 60.0
LAPSED, CAME_UP = "Not booked:", "A place came up:"


def test_who_lost_a_hold_is_told_and_the_first_in_line_gets_the_offer(ground, server, tomorrow):
    """Twice: the hold lapses, then the offer. Each person gets each letter once, and who is third none."""
    ground.forget_what_waits()
    court = ground.court("offered", pays_online=True, pays_on_site=True)
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 10)
    names = ["late", "first", "second", "third"]
    late, *line = [ground.connected(server, ground.alpha, ground.person(name)) for name in names]
    held = late.post(BOOKINGS, body)
    assert (held.status, held.body["status"]) == (201, "pending")
    entries = [client.post(WAITLIST, body).body["id"] for client in line]
    with (
        mailbox() as (box, options),
        servers.celery_worker(ground.database, options),
        Celery(broker=servers.queue_url(), set_as_current=False) as beat,
    ):

        def until(states, lapsed, came_up):
            _wait_until(beat, lambda: _states(line, entries) == states and _to(ground, box, CAME_UP) == came_up)
            _wait_until(beat, lambda: _to(ground, box, LAPSED) == lapsed)

        _make_due(ground, held.body["id"])
        until(["offered", "waiting", "waiting"], ["late"], ["first"])
        offer = line[0].get(f"{WAITLIST}{entries[0]}/").body["offer"]
        _make_due(ground, offer["booking"])
        until(["passed", "offered", "waiting"], ["first", "late"], ["first", "second"])
        _wait_until(beat, lambda: not DueWork.objects.filter(kind__in=["notice", "mail"], attempts__gt=0).exists())
    assert [len(numbers) for about in (LAPSED, CAME_UP) for numbers in box.about(about).values()] == [1] * 4
    assert {subject.partition(":")[0] for _to, _number, subject in box.letters} == {"Not booked", "A place came up"}


def _states(clients, entries):
    return [client.get(f"{WAITLIST}{pk}/").body["state"] for client, pk in zip(clients, entries, strict=True)]


def _to(ground, box, about):
    """The names of those who got such a letter."""
    return sorted(to.removesuffix(f"@{ground.alpha.canary}.example") for to in box.about(about))


def _make_due(ground, booking):
    over = ends_in(ground, booking, 0)
    work = DueWork.objects.filter(schema_name=ground.schema, kind="booking_clock", object_id=booking)
    assert work.update(due_at=over) == 1


def _wait_until(beat, true):
    deadline = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < deadline
        beat.send_task("tenants.pump")
        beat.send_task("tenants.tick")
        time.sleep(0.5)
