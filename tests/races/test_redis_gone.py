"""R41: a Redis of its own that forgets everything, and is gone for a while, during bookings over HTTP."""

import time
from functools import partial
from threading import Event, Thread

from django.db.models.functions import Now
from redis import Redis

from embedded.redis import Redis as RedisServer
from tenants.models import DueWork, OutboxMessage
from tests import servers
from tests.races.contest import contest
from tests.races.ground import BOOKINGS, ends_in, slot, slots
from tests.races.mailbox import mailbox

WITHIN = 60.0
PATIENCE = 5.0
EACH = 100
WINNERS = EACH // 20
WHEN = ("there", "forgetful", "gone", "back")


def test_bookings_go_on_without_redis_and_everybody_is_told_once(ground, tomorrow, tmp_path, figures):
    """100 attempts each: before, during FLUSHALL upon FLUSHALL, while it is down, and after.

    Web, worker and beat live on, and nobody wakes the clock but beat itself. What fell due meanwhile is done, and every
    confirmation comes, once.
    """
    ground.forget_what_waits()
    courts = {when: ground.court(f"redis-{when}", pays_on_site=True, pays_online=False) for when in WHEN}
    to_lapse = ground.court("held-meanwhile", pays_online=True)
    redis = RedisServer(tmp_path)
    redis.start()
    options = {"REDIS_URL": redis.url}
    try:
        with (
            mailbox() as (box, mail),
            servers.web(ground.database, options) as server,
            servers.celery_worker(ground.database, {**options, **mail}) as worker,
            servers.celery_beat(ground.database, options) as beat,
        ):
            sell = partial(_assert_all_sold, ground, server, tomorrow, figures)
            sell(courts["there"])
            _wait_until(lambda: "Task tenants.pump" in worker.said())
            _while_it_forgets(redis.url, partial(sell, courts["forgetful"]))
            redis.stop()
            sell(courts["gone"])
            lapsed = _lapsed(ground, server, to_lapse, tomorrow)
            _wait_until(lambda: all("onnection refused" in each.said() for each in (worker, beat)))
            assert DueWork.objects.filter(object_id=lapsed).exists()
            redis.start()
            sell(courts["back"])
            ground.hang_up()
            _settled()
            assert _states(ground, lapsed) == ["held", "expired"]
            for process in (server, worker, beat):
                assert process.child.exit_code() is None
    finally:
        redis.stop()
    told = box.about("Confirmed:")
    assert sum(len(numbers) for numbers in told.values()) == WINNERS * len(WHEN)
    assert set(told) == _winners(ground, courts)
    figures("copies on the wire", len(box.letters) - len({number for _to, number, _subject in box.letters}))


def _assert_all_sold(ground, server, day, figures, court):
    """Five slots, twenty clients each: five winners, and nothing but bookings and refusals."""
    found = contest(ground.clients(server), slots([court], ground.alpha.tenant.time_zone, day), EACH)
    figures("answers", found.outcomes)
    assert found.odd == []
    assert found.winners == {1: WINNERS}


def _while_it_forgets(url, work):
    """Do something while all keys are deleted again and again, at least once before it and once after."""
    over = Event()

    def forget():
        with Redis.from_url(url) as client:
            while not over.wait(0.05):
                client.flushall()

    forgetting = Thread(target=forget)
    with Redis.from_url(url) as client:
        client.flushall()
        forgetting.start()
        try:
            work()
        finally:
            over.set()
            forgetting.join()
        client.flushall()


def _lapsed(ground, server, court, day):
    """A hold that ends at once."""
    body = slot(court, ground.alpha.tenant.time_zone, day, 9)
    booking = ground.client(server, "guest").post(BOOKINGS, body).body["id"]
    over = ends_in(ground, booking, 0)
    assert DueWork.objects.filter(schema_name=ground.schema, kind="booking_clock", object_id=booking).update(
        due_at=over
    )
    return booking


def _settled():
    """Return when nothing waits; what nobody has worked at for a while was lost with Redis, and its lease is over."""
    last, since = None, time.monotonic()

    def done():
        nonlocal last, since
        taken = DueWork.objects.filter(attempts__gt=0, is_dead=False)
        now = (
            OutboxMessage.objects.filter(is_dead=False).count(),
            DueWork.objects.filter(due_at__lte=Now(), is_dead=False).count(),
            taken.count(),
        )
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() > since + PATIENCE:
            taken.update(due_at=Now())
            since = time.monotonic()
        return now == (0, 0, 0)

    _wait_until(done)


def _states(ground, booking):
    query = "SELECT to_state FROM bookings_bookingevent WHERE booking_id = %s ORDER BY id"
    return [state for (state,) in ground.sql(query, booking)]


def _winners(ground, courts):
    query = (
        "SELECT u.email FROM bookings_booking b JOIN accounts_user u ON u.id = b.customer_id"
        " WHERE b.resource_id = ANY(%s) AND b.state = 'confirmed'"
    )
    return {email for (email,) in ground.sql(query, list(courts.values()))}


def _wait_until(true):
    deadline = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)
