"""The end of a hold, and those who meet there."""

import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from django_tenants.utils import tenant_context

from bookings import lifecycle
from tests.races.ground import BOOKINGS, ends_in, slot, wait_for_lock_waiters

SOON = 3.0
"""Time enough, on a busy machine too, for what must happen before the hold ends."""
WITHIN = 60.0


def test_expired_hold_is_bookable_at_once_with_all_workers_stopped(ground, server, tomorrow, figures):
    """I9: nobody but the web server runs; until the hold ends the slot is refused; who asks after it, has it."""
    court = ground.court("lapsing", pays_online=True)
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    first = ground.client(server, "guest").post(BOOKINGS, body).body["id"]
    rival = ground.client(server, "stranger")
    over = ends_in(ground, first, SOON)
    refused = 0
    while (asked_at := _now(ground)) < over and (answer := rival.post(BOOKINGS, body)).status != 201:
        assert (answer.status, answer.code) == (400, "held")
        refused += 1
        time.sleep(0.02)
    if asked_at >= over:
        answer = rival.post(BOOKINGS, body)
    assert refused > 0
    assert answer.status == 201
    [(created,)] = ground.sql("SELECT created_at FROM bookings_booking WHERE id = %s", answer.body["id"])
    figures("seconds after expiry", round((created - over).total_seconds(), 3))
    assert created >= over
    assert _state(ground, first) == "expired"


def test_confirmation_that_came_first_beats_the_sweeper(ground, rigged, tomorrow):
    """R16: staff confirm a hold in time, and time runs out before the commit; the rival finds it booked."""
    server, rigging = rigged
    court = ground.court("confirmed-first", pays_online=True)
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    booking = ground.client(server, "guest").post(BOOKINGS, body).body["id"]
    owner, rival = ground.client(server, "owner"), ground.client(server, "stranger")
    ends_in(ground, booking, SOON)
    rigging.set("confirm.read", "wait")
    with ThreadPoolExecutor(3) as threads:
        confirmation = threads.submit(owner.post, f"/api/v1/admin/bookings/{booking}/confirm/")
        rigging.wait_until_reached("confirm.read")
        _wait_until_over(ground, booking)
        taking = threads.submit(rival.post, BOOKINGS, body)
        sweeping = threads.submit(_sweep, ground, booking)
        wait_for_lock_waiters(ground, 2)
        rigging.release("confirm.read")
        assert (confirmation.result().status, confirmation.result().body["status"]) == (200, "confirmed")
        assert (taking.result().status, taking.result().code) == (400, "booked")
        sweeping.result()
    assert _state(ground, booking) == "confirmed"
    assert ground.bookings_of(court) == 1


def test_sweeper_that_came_first_beats_the_confirmation(ground, rigged, tomorrow):
    """R16, the other order: a rival's request is expiring the hold when staff confirm it."""
    server, rigging = rigged
    court = ground.court("swept-first", pays_online=True)
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    booking = ground.client(server, "guest").post(BOOKINGS, body).body["id"]
    owner, rival = ground.client(server, "owner"), ground.client(server, "stranger")
    ends_in(ground, booking, 0)
    rigging.set("release.read", "wait")
    with ThreadPoolExecutor(2) as threads:
        taking = threads.submit(rival.post, BOOKINGS, body)
        rigging.wait_until_reached("release.read")
        confirmation = threads.submit(owner.post, f"/api/v1/admin/bookings/{booking}/confirm/")
        wait_for_lock_waiters(ground, 1)
        rigging.release("release.read")
        assert taking.result().status == 201
        assert (confirmation.result().status, confirmation.result().code) == (400, "hold_expired")
    assert _state(ground, booking) == "expired"
    assert _state(ground, taking.result().body["id"]) == "held"


def _wait_until_over(ground, booking):
    over = "SELECT hold_expires_at <= clock_timestamp() FROM bookings_booking WHERE id = %s"
    deadline = time.monotonic() + WITHIN
    while not ground.sql(over, booking)[0][0]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _now(ground):
    return ground.sql("SELECT clock_timestamp()")[0][0]


def _sweep(ground, booking):
    """What the clock's task does, in a thread of its own."""
    try:
        with tenant_context(ground.alpha.tenant):
            lifecycle.let_time_pass(booking)
    finally:
        connection.close()


def _state(ground, booking):
    return ground.sql("SELECT state FROM bookings_booking WHERE id = %s", booking)[0][0]
