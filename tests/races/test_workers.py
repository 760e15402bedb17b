"""A real Celery worker, a real beat, and a real Redis that goes away."""

import re
import time

from celery import Celery

from embedded.redis import Redis
from tenants.models import DueWork, Tenant
from tests import servers
from tests.races.contest import contest
from tests.races.ground import BOOKINGS, ends_in, slot, slots

WITHIN = 60.0
CLOCK = "booking_clock"
REFUSED = re.compile(r"^celery\.exceptions\.Reject: \('tenants\.", re.MULTILINE)


def test_lapsed_hold_is_tidied_up_by_the_tick(ground, server, tomorrow, figures):
    """T05 and the clock: beat, worker and the table of due work expire a hold, once, and forget about it."""
    court = ground.court("tidied", pays_online=True)
    booking = _hold(ground, server, court, tomorrow)
    _make_due(ground, booking)
    began = time.monotonic()
    with servers.celery_worker(ground.database), servers.celery_beat(ground.database):
        _wait_until(lambda: not DueWork.objects.filter(object_id=booking).exists())
    figures("seconds until tidied", round(time.monotonic() - began, 1))
    assert _moves(ground, booking) == [("", "held", "customer"), ("held", "expired", "system")]
    assert ground.sql("SELECT count(*) FROM bookings_occupancy WHERE booking_id = %s", booking) == [(0,)]


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


def test_bookings_go_on_while_redis_is_gone_and_the_clock_catches_up(ground, tomorrow, tmp_path, figures):
    """R41: 100 attempts before, during and after; what fell due meanwhile is done once Redis is back."""
    redis = Redis(tmp_path)
    redis.start()
    try:
        courts = {when: ground.court(f"redis-{when}", pays_online=True) for when in ("there", "gone", "back")}
        options = {"REDIS_URL": redis.url}
        with servers.web(ground.database, options) as server:
            _assert_all_sold(ground, server, courts["there"], tomorrow, figures)
            redis.stop()
            _assert_all_sold(ground, server, courts["gone"], tomorrow, figures)
            booking = _hold(ground, server, ground.court("held-meanwhile", pays_online=True), tomorrow)
            _make_due(ground, booking)
            redis.start()
            _assert_all_sold(ground, server, courts["back"], tomorrow, figures)
            ground.hang_up()
        with servers.celery_worker(ground.database, options), Celery(broker=redis.url, set_as_current=False) as beat:
            beat.send_task("tenants.tick")
            _wait_until(lambda: not DueWork.objects.filter(object_id=booking).exists())
    finally:
        redis.stop()
    assert _moves(ground, booking) == [("", "held", "customer"), ("held", "expired", "system")]


def _assert_all_sold(ground, server, court, day, figures):
    """Five slots, twenty clients each: five winners, and nothing but bookings and refusals."""
    found = contest(ground.clients(server), slots([court], ground.alpha.tenant.time_zone, day), 100)
    figures("answers", found.outcomes)
    assert found.odd == []
    assert found.winners == {1: 5}


def _hold(ground, server, court, day):
    body = slot(court, ground.alpha.tenant.time_zone, day, 9)
    return ground.client(server, "guest").post(BOOKINGS, body).body["id"]


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
