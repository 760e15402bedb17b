"""A customer is blocked while they book: after the answer to the one who blocks, nothing of theirs is on its way."""

from concurrent.futures import Future, ThreadPoolExecutor

from tests.races.crowd import Answer
from tests.races.ground import BOOKINGS, Ground, slot, wait_for_lock_waiters

CUSTOMERS = "/api/v1/admin/customers/"


def _person(ground: Ground, name: str) -> tuple[str, str]:
    token = ground.person(name)
    [(pk,)] = ground.sql("SELECT id FROM accounts_user WHERE email LIKE %s", f"{name}@%")
    return token, f"{CUSTOMERS}{pk}/"


def test_block_waits_for_the_booking_that_was_let_in_before(ground, server, rigged, tomorrow):
    slow, rigging = rigged
    court, zone = ground.court("blocked"), ground.alpha.tenant.time_zone
    token, person = _person(ground, "barred-late")
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        client = ground.connected(slow, ground.alpha, token)
        booking = threads.submit(client.post, BOOKINGS, slot(court, zone, tomorrow, 9))
        rigging.wait_until_reached("hold.checked")
        owner = ground.client(server, "owner")
        block: Future[Answer] = threads.submit(owner.patch, person, {"blocked": True})
        wait_for_lock_waiters(ground, 1)
        rigging.release("hold.checked")
        assert (booking.result().status, block.result().status) == (201, 200)
    after = client.post(BOOKINGS, slot(court, zone, tomorrow, 11))
    assert (after.status, after.code) == (403, "customer_blocked")
    assert ground.bookings_of(court) == 1


def test_without_the_customer_s_lock_somebody_books_after_they_were_blocked(ground, server, rigged, tomorrow):
    """The negative control."""
    slow, rigging = rigged
    court, zone = ground.court("unblocked"), ground.alpha.tenant.time_zone
    token, person = _person(ground, "later")
    rigging.set("gate.alone", "skip")
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(1) as threads:
        client = ground.connected(slow, ground.alpha, token)
        booking = threads.submit(client.post, BOOKINGS, slot(court, zone, tomorrow, 9))
        rigging.wait_until_reached("hold.checked")
        assert ground.client(server, "owner").patch(person, {"blocked": True}).status == 200
        assert ground.bookings_of(court) == 0
        rigging.release("hold.checked")
        assert booking.result().status == 201
