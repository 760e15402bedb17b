"""R48: a calendar elsewhere becomes busy between the answer about what is free and the hold."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import connection
from django_tenants.utils import tenant_context

from bookings.calendars import fitting
from bookings.models import BusyTime
from tests.busy import elsewhere
from tests.races.ground import BOOKINGS, slot, wait_for_lock_waiters

EXTERNAL = "SELECT count(*) FROM bookings_occupancy WHERE resource_id = %s AND kind = 'external'"
CONFLICTS = (
    "SELECT count(*) FROM bookings_calendarconflict c JOIN bookings_booking b ON b.id = c.booking_id"
    " WHERE b.resource_id = %s"
)


def test_of_a_hold_and_a_busy_time_at_once_exactly_one_takes_the_slot(ground, server, tomorrow, figures):
    """The other one is a conflict for the owner, or a refusal that says why; the booking is never touched."""
    court = ground.court("busy")
    customer = ground.client(server, "guest")
    won = {"customer": 0, "calendar": 0}
    with ThreadPoolExecutor(2) as threads:
        for hour in range(7, 15):
            body = slot(court, ground.alpha.tenant.time_zone, tomorrow, hour)
            _appears(ground, court, body)
            fitted = threads.submit(_fit, ground, court)
            answer = threads.submit(customer.post, BOOKINGS, body).result()
            fitted.result()
            if answer.status == 201:
                won["customer"] += 1
            else:
                assert (answer.status, answer.code) == (400, "external_calendar")
                won["calendar"] += 1
    figures("winners", won)
    assert ground.bookings_of(court) == won["customer"]
    assert ground.sql(EXTERNAL, court) == [(won["calendar"],)]
    assert ground.sql(CONFLICTS, court) == [(won["customer"],)]


def test_a_busy_time_that_waited_for_a_hold_is_a_conflict(ground, rigged, tomorrow):
    """The order forced: the customer has looked, and the calendar's time waits for the lock."""
    server, rigging = rigged
    court = ground.court("busy-late")
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    customer = ground.client(server, "guest")
    _appears(ground, court, body)
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        booking = threads.submit(customer.post, BOOKINGS, body)
        rigging.wait_until_reached("hold.checked")
        fitted = threads.submit(_fit, ground, court)
        wait_for_lock_waiters(ground, 1)
        rigging.release("hold.checked")
        assert booking.result().status == 201
        assert fitted.result() == 1
    assert ground.sql(EXTERNAL, court) == [(0,)]
    assert ground.sql(CONFLICTS, court) == [(1,)]


def _appears(ground, court, body):
    with tenant_context(ground.alpha.tenant):
        busy = elsewhere(
            court, datetime.fromisoformat(body["start_datetime"]), datetime.fromisoformat(body["end_datetime"])
        )
        BusyTime.objects.filter(pk=busy.pk).update(title="Appears")


def _fit(ground, court):
    """As a worker does, in a connection of its own."""
    try:
        with tenant_context(ground.alpha.tenant):
            return fitting.fit(court)
    finally:
        connection.close()
