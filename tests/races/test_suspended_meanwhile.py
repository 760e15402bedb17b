"""A tenant is suspended while somebody books (R34)."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg import sql

from tenants import provisioning
from tests.races.ground import BOOKINGS, slot, wait_for_lock_waiters

LOCK = sql.SQL("SELECT id FROM {}.venues_resource WHERE id = %s FOR NO KEY UPDATE")


def test_hold_that_waited_while_its_tenant_was_suspended_is_refused(spoilt, tomorrow):
    """R34: it was let in, waits for its court, and looks again after the lock. What was booked before stays."""
    ground, server, _rigging = spoilt
    court = ground.court("closing")
    early, late = (slot(court, ground.alpha.tenant.time_zone, tomorrow, hour) for hour in (9, 11))
    client = ground.client(server, "guest")
    assert client.post(BOOKINGS, early).status == 201
    with psycopg.connect(ground.database_url) as holding, ThreadPoolExecutor(1) as threads:
        holding.execute(LOCK.format(sql.Identifier(ground.schema)), [court])
        waiting = threads.submit(client.post, BOOKINGS, late)
        wait_for_lock_waiters(ground, 1)
        provisioning.suspend(ground.alpha.tenant, "unpaid")
        holding.rollback()
        answer = waiting.result()
    assert (answer.status, answer.code) == (403, "tenant_closed")
    assert ground.sql("SELECT state FROM bookings_booking WHERE resource_id = %s", court) == [("confirmed",)]
    assert ground.violations() == []
