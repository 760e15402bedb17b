"""A web worker dies in the middle of a request; the same key asks again."""

import time

from django_tenants.utils import schema_context

from outside import vault
from tests.races.crowd import CUT, Answer, Client, settled
from tests.races.ground import BOOKINGS, Ground, slot
from tests.servers import Server

REPLACED_WITHIN = 60.0


def test_a_worker_that_dies_after_the_commit_has_answered_all_the_same(ground, mortal, tomorrow):
    """R09, I2, I11: the repeat gets the original 201, byte for byte, and there is one booking."""
    server, rigging = mortal
    court, workers = ground.court("after-commit"), server.workers()
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    rigging.set("answer.committed", "exit")
    assert ground.client(server, "guest").post(BOOKINGS, body, Idempotency_Key="r09").status == CUT
    assert ground.bookings_of(court) == 1
    answer = _resolved(ground, server, body, "r09")
    assert (answer.status, answer.headers["idempotency-replayed"]) == (201, "true")
    kept = ground.sql("SELECT body FROM rest_idempotencyrecord WHERE key = 'r09'")
    with schema_context(ground.alpha.tenant.schema_name):
        assert [vault.unseal(row[0]).encode() for row in kept] == [answer.raw]
    assert ground.bookings_of(court) == 1
    _assert_worker_was_replaced(server, workers)


def test_a_worker_that_dies_before_the_commit_has_done_nothing(ground, mortal, tomorrow):
    """R10, I11: nothing is left, and the repeat books once."""
    server, rigging = mortal
    court, workers = ground.court("before-commit"), server.workers()
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    rigging.set("answer.uncommitted", "exit")
    assert ground.client(server, "guest").post(BOOKINGS, body, Idempotency_Key="r10").status == CUT
    assert ground.bookings_of(court) == 0
    assert ground.sql("SELECT * FROM rest_idempotencyrecord WHERE key = 'r10'") == []
    answer = _resolved(ground, server, body, "r10")
    assert (answer.status, answer.headers.get("idempotency-replayed")) == (201, None)
    assert ground.bookings_of(court) == 1
    _assert_worker_was_replaced(server, workers)


def test_an_unforeseen_error_leaves_nothing_and_the_key_is_free(ground, rigged, tomorrow):
    """R10 without a crash: a 500 is not kept, and nothing of its work is."""
    server, rigging = rigged
    court = ground.court("stumbled")
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    rigging.set("answer.uncommitted", "raise")
    assert ground.client(server, "guest").post(BOOKINGS, body, Idempotency_Key="r10b").status == 500
    assert ground.bookings_of(court) == 0
    assert ground.client(server, "guest").post(BOOKINGS, body, Idempotency_Key="r10b").status == 201
    assert ground.bookings_of(court) == 1


def _resolved(ground: Ground, server: Server, body: object, key: str) -> Answer:
    """Ask the guest's question until there is an answer that is final."""
    client = Client(server.port, ground.alpha.host, ground.alpha.tokens["guest"])
    answer = settled(lambda: client.post(BOOKINGS, body, Idempotency_Key=key))
    client.close()
    return answer


def _assert_worker_was_replaced(server, before):
    deadline = time.monotonic() + REPLACED_WITHIN
    while len(server.workers()) < len(before):
        assert time.monotonic() < deadline, "the dead worker was not replaced"
        time.sleep(0.05)
    assert len(set(before) - set(server.workers())) == 1
