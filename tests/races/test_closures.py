"""The owner takes time out while customers book it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.races.contest import outcomes
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, slot, wait_for_lock_waiters

CLOSURES = "/api/v1/admin/closures/"


def test_of_a_block_out_and_a_hold_exactly_one_wins(ground, server, tomorrow, figures):
    """R32: sixteen slots of an hour; three customers and the owner want each at once."""
    court = ground.court("blocked")
    owner, customers = ground.client(server, "owner"), ground.clients(server)[:3]
    winners, every = Counter(), []
    for hour in range(7, 23):
        body = slot(court, ground.alpha.tenant.time_zone, tomorrow, hour)
        calls = [partial(client.post, BOOKINGS, body) for client in customers]
        closing, *booking = together([partial(owner.post, CLOSURES, _closure(ground, body)), *calls])
        won = [answer for answer in booking if answer.status == 201]
        if closing.status == 201:
            assert [(a.status, a.code) for a in booking] == [(400, "closure")] * 3
        else:
            assert Counter((a.status, a.code) for a in booking) == {(201, ""): 1, (400, "booked"): 2}
            assert (closing.status, closing.code) == (400, "closure_conflicts")
            assert [conflict["id"] for conflict in closing.body["bookings"]] == [won[0].body["id"]]
        winners["owner" if closing.status == 201 else "customer"] += 1
        every += [closing, *booking]
    figures("winners", dict(winners))
    figures("answers", outcomes(every))
    assert ground.bookings_of(court) == winners["customer"]
    assert ground.sql("SELECT count(*) FROM venues_closure WHERE resource_id = %s", court) == [(winners["owner"],)]


def test_a_block_out_that_waited_for_a_hold_lists_it(ground, rigged, tomorrow):
    """R32, the order forced: the customer has looked, the owner waits for the lock and then sees the booking."""
    server, rigging = rigged
    court = ground.court("blocked-late")
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    owner, customer = ground.client(server, "owner"), ground.client(server, "guest")
    rigging.set("hold.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        booking = threads.submit(customer.post, BOOKINGS, body)
        rigging.wait_until_reached("hold.checked")
        closing = threads.submit(owner.post, CLOSURES, _closure(ground, body))
        wait_for_lock_waiters(ground, 1)
        rigging.release("hold.checked")
        assert booking.result().status == 201
        conflicts = closing.result().body["bookings"]
    assert closing.result().code == "closure_conflicts"
    assert [(each["id"], each["reference_code"], each["resource"]) for each in conflicts] == [
        (booking.result().body["id"], booking.result().body["reference_code"], court)
    ]
    assert ground.sql("SELECT count(*) FROM venues_closure WHERE resource_id = %s", court) == [(0,)]


def test_a_hold_that_waited_for_a_block_out_is_refused(ground, rigged, tomorrow):
    """R32, the other order forced: the owner has looked, the customer waits for the lock and then sees the closure."""
    server, rigging = rigged
    court = ground.court("blocked-early")
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    owner, customer = ground.client(server, "owner"), ground.client(server, "guest")
    rigging.set("closure.checked", "wait")
    with ThreadPoolExecutor(2) as threads:
        closing = threads.submit(owner.post, CLOSURES, _closure(ground, body))
        rigging.wait_until_reached("closure.checked")
        booking = threads.submit(customer.post, BOOKINGS, body)
        wait_for_lock_waiters(ground, 1)
        rigging.release("closure.checked")
        assert closing.result().status == 201
        assert (booking.result().status, booking.result().code) == (400, "closure")
    assert ground.bookings_of(court) == 0


def _closure(ground, body):
    return {
        "venue": ground.alpha.venue,
        "resource": body["resource"],
        "start_datetime": body["start_datetime"],
        "end_datetime": body["end_datetime"],
        "reason": "tournament",
    }
