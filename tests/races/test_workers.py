"""A real Celery worker and a real beat: floods, deaths, farewells, and messages that are not for them."""

import re
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from celery import Celery
from django_tenants.utils import tenant_context
from redis import Redis

from embedded.redis import Redis as RedisServer
from schemas.clock import database_now
from tenants import backlog, cleaning, due
from tenants.models import DueWork, OutboxMessage, Tenant
from tests import servers
from tests.races.ground import BOOKINGS, ends_in, slot
from tests.races.rigging import Rigging

WITHIN = 60.0
PAST = datetime(2020, 1, 1, tzinfo=UTC)
CLOCK = "booking_clock"
BEGUN, DONE = f"due.begun.{CLOCK}", f"due.done.{CLOCK}"
"""Of holds alone: letters to who lost one are due work, too."""
REFUSED = re.compile(r"^celery\.exceptions\.Reject: \('tenants\.", re.MULTILINE)


def test_lapsed_hold_is_tidied_up_by_the_tick(ground, server, tomorrow, figures):
    """T05, R42: a hold that is six hours over, two beats at once, and 1,000 tenants for whom nothing is due.

    Beat, worker and the table of due work expire it, once, forget about it, and tell of it.
    """
    court = ground.court("tidied", pays_online=True)
    booking = _hold(ground, server, court, tomorrow)
    over = ends_in(ground, booking, -6 * 3600)
    assert DueWork.objects.filter(schema_name=ground.schema, kind=CLOCK, object_id=booking).update(due_at=over) == 1
    others = _many_tenants(ground)
    began = time.monotonic()
    two_beats = servers.celery_beat(ground.database), servers.celery_beat(ground.database)
    with servers.celery_worker(ground.database) as worker, two_beats[0], two_beats[1]:
        _wait_until(lambda: not DueWork.objects.filter(object_id=booking).exists())
        figures("seconds until tidied", round(time.monotonic() - began, 1))
        _wait_until(lambda: worker.said().count("Task tenants.tick") >= 4)
        _wait_until(lambda: not _untold(booking))
    assert _moves(ground, booking) == [("", "held", "customer"), ("held", "expired", "system")]
    assert ground.sql("SELECT count(*) FROM bookings_occupancy WHERE booking_id = %s", booking) == [(0,)]
    assert DueWork.objects.filter(schema_name__in=others, attempts=0).count() == len(others)
    DueWork.objects.filter(schema_name__in=others).delete()
    Tenant.objects.filter(schema_name__in=others).delete()


def test_flood_of_bulk_does_not_delay_money(ground, server, tomorrow, tmp_path, figures):
    """200 pieces that can wait are in the broker, each slow, when a hold's end falls due: it comes among the first."""
    booking = _hold(ground, server, ground.court("hurried", pays_online=True), tomorrow)
    with tenant_context(ground.alpha.tenant):
        due.schedule_all(cleaning.KIND, [(f"flood-{number}", PAST) for number in range(200)])
    flood = DueWork.objects.filter(object_id__startswith="flood-")
    (tmp_path / f"due.begun.{cleaning.KIND}").write_text("sleep 0.5")
    worker = servers.celery_worker(ground.database, {"FAILPOINTS": str(tmp_path)})
    with worker, Celery(broker=servers.queue_url(), set_as_current=False) as beat:
        while unclaimed := flood.filter(attempts=0).count():
            beat.send_task("tenants.tick")  # takes a tenant's share; two at once would want the same
            _wait_until(lambda unclaimed=unclaimed: flood.filter(attempts=0).count() < unclaimed)
        _wait_until(lambda: flood.count() < 200)
        _make_due(ground, booking)
        beat.send_task("tenants.tick")
        _wait_until(lambda: _moves(ground, booking)[1:] == [("held", "expired", "system")])
        left = flood.count()
    figures("of 200 were left", left)
    assert left > 100
    flood.delete()


def test_worker_that_is_killed_before_or_after_the_effect_leaves_one(ground, server, tomorrow, tmp_path):
    """R40: dead before the work, between work and acknowledgement, and before the outbox's commit.

    What kills a worker for the twelfth time is a dead letter, and done when somebody asks for it again.
    """
    court = ground.court("killed", pays_online=True)
    rigging = Rigging(tmp_path)
    options = {"FAILPOINTS": str(tmp_path)}
    with (
        servers.celery_worker(ground.database, options),
        Celery(broker=servers.queue_url(), set_as_current=False) as beat,
    ):
        for hour, point in ((9, BEGUN), (12, DONE)):
            booking = _hold(ground, server, court, tomorrow, hour)
            _make_due(ground, booking)
            rigging.set(point, "exit")
            beat.send_task("tenants.tick")
            rigging.wait_until_reached(point)
            _wait_until(lambda booking=booking: not DueWork.objects.filter(object_id=booking).exists())
            assert _moves(ground, booking) == [("", "held", "customer"), ("held", "expired", "system")]
            rigging.clear()
        assert len(_untold(booking)) == 2
        for hour, attempts, is_dead in ((15, 1, False), (18, due.MOST_ATTEMPTS, True)):
            poison = _hold(ground, server, court, tomorrow, hour)
            OutboxMessage.objects.update(due_at=PAST, attempts=attempts - 1)
            rigging.set("outbox.handed", "exit")
            beat.send_task("tenants.pump")
            rigging.wait_until_reached("outbox.handed")
            rigging.clear()
            OutboxMessage.objects.update(due_at=PAST)
            beat.send_task("tenants.pump")
            _wait_until(lambda: not OutboxMessage.objects.filter(is_dead=False).exists())
            assert OutboxMessage.objects.filter(last_error=due.LOST).exists() is is_dead
        _assert_dead_and_done_again(ground, beat, rigging, poison)


def _assert_dead_and_done_again(ground, beat, rigging, booking):
    """The last try of a piece of work kills its worker."""
    _make_due(ground, booking)
    work = DueWork.objects.filter(object_id=booking)
    work.update(tries=due.MOST_ATTEMPTS - 1)
    rigging.set(BEGUN, "exit")
    beat.send_task("tenants.tick")
    _wait_until(lambda: work.filter(is_dead=True, tries=due.MOST_ATTEMPTS, last_error=due.LOST).exists())
    assert _moves(ground, booking) == [("", "held", "customer")]
    dead = [each.ref for each in backlog.dead(99)]
    assert f"due:{work.get().pk}" in dead
    assert sum(backlog.replay(ref) for ref in dead) == len(dead) == 2
    beat.send_task("tenants.tick")
    _wait_until(lambda: not work.exists())
    assert _moves(ground, booking)[1:] == [("held", "expired", "system")]
    beat.send_task("tenants.pump")
    _wait_until(lambda: not OutboxMessage.objects.exists())


def test_worker_that_is_told_to_go_ends_what_it_does_first(ground, server, tomorrow, tmp_path):
    """SIGTERM in the middle of a task: it is done once, acknowledged, and nothing else is begun."""
    court = ground.court("leaving", pays_online=True)
    now, later = (_hold(ground, server, court, tomorrow, hour) for hour in (9, 12))
    rigging = Rigging(tmp_path)
    rigging.set(DONE, "wait")
    worker = servers.celery_worker(ground.database, {"FAILPOINTS": str(tmp_path)}, concurrency=1)
    with worker as running, Celery(broker=servers.queue_url(), set_as_current=False) as beat:
        _make_due(ground, now)
        beat.send_task("tenants.tick")
        rigging.wait_until_reached(DONE)
        running.child.ask_to_stop()
        _wait_until(lambda: "Warm shutdown" in running.said())
        _make_due(ground, later)
        beat.send_task("tenants.tick")
        rigging.release(DONE)
        _wait_until(lambda: running.child.exit_code() is not None)
        assert running.child.exit_code() == 0
        with Redis.from_url(servers.queue_url()) as queue:
            assert (queue.hlen("unacked"), queue.llen("money"), queue.llen("celery")) == (0, 0, 1)
    assert _moves(ground, now)[1:] == [("held", "expired", "system")]
    assert _moves(ground, later) == [("", "held", "customer")]
    assert not DueWork.objects.filter(object_id=now).exists()
    assert DueWork.objects.get(object_id=later).tries == 0


def test_message_that_names_no_open_tenant_is_refused_by_the_worker(ground, server, tomorrow):
    """T05: no header, `public`, a tenant that is gone and one that is leaving: nothing runs; then the right one."""
    court = ground.court("refused", pays_online=True)
    booking = _hold(ground, server, court, tomorrow)
    ends_in(ground, booking, 0)
    work = DueWork.objects.get(object_id=booking)
    beta = ground.beta.tenant.schema_name
    _set_state(beta, Tenant.State.LEAVING)
    stranger = Celery(broker=servers.queue_url(), set_as_current=False)
    with stranger, servers.celery_worker(ground.database, concurrency=1) as worker:
        for headers in (None, {"_schema_name": "public"}, {"_schema_name": "t_gone"}, {"_schema_name": beta}):
            stranger.send_task("tenants.perform", args=[work.pk, 0], headers=headers)
        stranger.send_task("tenants.tick", headers={"_schema_name": ground.schema})
        _wait_until(lambda: all(reason in worker.said() for reason in _reasons(ground)))
        assert len(REFUSED.findall(worker.said())) == 5
        assert " succeeded " not in worker.said()
        assert _moves(ground, booking) == [("", "held", "customer")]
        stranger.send_task("tenants.perform", args=[work.pk, 0], headers={"_schema_name": ground.schema})
        _wait_until(lambda: _moves(ground, booking)[1:] == [("held", "expired", "system")])
    _set_state(beta, Tenant.State.READY)


def test_worker_outlives_redis_that_goes_while_it_works(ground, server, tomorrow, tmp_path):
    """R41: one process works, the other one waits for work. Both go on when Redis is back, with the next piece, too."""
    court = ground.court("outliving", pays_online=True)
    now, later = (_hold(ground, server, court, tomorrow, hour) for hour in (9, 12))
    with _redis_goes_meanwhile(ground, now, tmp_path) as (worker, beat):
        _wait_until(lambda: not DueWork.objects.filter(object_id=now).exists())
        _make_due(ground, later)
        tick = partial(beat.send_task, "tenants.tick", expires=10)
        servers.wait_until(lambda: not DueWork.objects.filter(object_id=later).exists(), tick)
        assert worker.child.exit_code() is None
    for booking in (now, later):
        assert _moves(ground, booking) == [("", "held", "customer"), ("held", "expired", "system")]


def test_worker_with_celerys_own_consumer_ends_when_redis_goes(ground, server, tomorrow, tmp_path):
    """The negative control of the test above. Once it fails, `config.consumer` can go."""
    booking = _hold(ground, server, ground.court("ended", pays_online=True), tomorrow)
    with _redis_goes_meanwhile(ground, booking, tmp_path, app="tests.races.celerys_own") as (worker, _beat):
        _wait_until(lambda: worker.child.exit_code() is not None)
        assert "Unrecoverable error: AttributeError" in worker.said()
    _wait_until(lambda: not DueWork.objects.filter(object_id=booking).exists())


@contextmanager
def _redis_goes_meanwhile(ground, booking, folder, app="config.celery"):
    """A worker of two processes, and who sends it ticks: its Redis was gone while one of the two ended a hold."""
    rigging = Rigging(folder)
    rigging.set(BEGUN, "wait")
    redis = RedisServer(folder / "redis")
    redis.start()
    options = {"FAILPOINTS": str(folder), "REDIS_URL": redis.url}
    try:
        with (
            servers.celery_worker(ground.database, options, app=app) as worker,
            Celery(broker=redis.url, set_as_current=False) as beat,
        ):
            _make_due(ground, booking)
            beat.send_task("tenants.tick")
            rigging.wait_until_reached(BEGUN)
            _wait_until(lambda: " succeeded in " in worker.said())  # the tick: its process waits for work again
            redis.stop()
            _wait_until(lambda: "Connection to broker lost" in worker.said())
            redis.start()
            rigging.release(BEGUN)
            yield worker, beat
    finally:
        redis.stop()


def _many_tenants(ground):
    """A thousand tenants without a schema, each with something that is due next year; the names of their schemas."""
    fields = {"state": Tenant.State.READY, "time_zone": "UTC", "currency": "EUR", "name": "T"}
    names = [f"t_planted_{each}" for each in range(1000)]
    Tenant.objects.bulk_create([Tenant(schema_name=each, slug=each, slug_skeleton=each, **fields) for each in names])
    later = database_now() + timedelta(days=365)
    DueWork.objects.bulk_create([DueWork(schema_name=each, kind=CLOCK, object_id="1", due_at=later) for each in names])
    return names


def _untold(booking):
    """The messages about a booking that wait in the outbox."""
    return list(OutboxMessage.objects.filter(order_key=f"booking:{booking}"))


def _hold(ground, server, court, day, hour=9):
    body = slot(court, ground.alpha.tenant.time_zone, day, hour)
    answer = ground.client(server, "guest").post(BOOKINGS, body)
    assert answer.status == 201, answer.raw
    return answer.body["id"]


def _make_due(ground, booking):
    """Let a hold, and the work that is due for it, be over now."""
    over = ends_in(ground, booking, 0)
    assert DueWork.objects.filter(schema_name=ground.schema, kind=CLOCK, object_id=booking).update(due_at=over) == 1


def _moves(ground, booking):
    return ground.sql(
        "SELECT from_state, to_state, actor_kind FROM bookings_bookingevent WHERE booking_id = %s ORDER BY id", booking
    )


def _reasons(ground):
    return (
        "no tenant named",
        "tenant t_gone is gone",
        f"tenant {ground.beta.tenant.schema_name} is not at work",
        f"belongs to the platform, not to {ground.schema}",
    )


def _wait_until(true):
    deadline = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _set_state(schema, state):
    assert Tenant.objects.filter(schema_name=schema).update(state=state) == 1
