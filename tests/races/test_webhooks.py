"""Webhooks with a real server that takes them, real workers and a real beat: signed, once at least, nobody held up."""

import time

import pytest
from django_tenants.utils import tenant_context
from standardwebhooks.webhooks import Webhook

from accounts.models import User
from bookings.hooks import endpoints, sending
from bookings.hooks.endpoints import Wish
from bookings.models import WebhookAttempt, WebhookDelivery
from kernel import failpoints
from schemas.transactions import transact
from tests import servers
from tests.bookings.hooks.told import tell
from tests.bookings.scenes import Place, held
from tests.bookings.scenes import slot as hour
from tests.races.ground import BOOKINGS, slot
from tests.races.rigging import Rigging
from tests.receiver import receiver
from tests.threads import at_once
from tests.worlds import ALPHA, world_of

HOOKS = "/api/v1/webhook-endpoints/"
WITHIN = 60.0


def test_worker_killed_between_post_and_note_tells_again_under_the_same_id(ground, server, tomorrow, tmp_path):
    """R40: kill -9 after the post; and an endpoint that never answers holds up nobody else."""
    rigging = Rigging(tmp_path)
    owner = ground.client(server, "owner")
    ground.forget_what_waits()
    with receiver() as good, receiver() as stuck:
        stuck.gate.clear()
        made = [owner.post(HOOKS, {"url": one.url}).body for one in (stuck, good)]
        court = ground.court("told", pays_online=True)
        booking = ground.client(server, "guest").post(BOOKINGS, slot(court, ground.alpha.tenant.time_zone, tomorrow, 9))
        rigging.set("webhook.sent", "exit")
        armed = {"FAILPOINTS": str(tmp_path)}
        with servers.celery_worker(ground.database, armed), servers.celery_beat(ground.database):
            _wait_until(lambda: good.posts and stuck.posts)
            rigging.wait_until_reached("webhook.sent")
            _let_the_claim_end(ground, made[1]["id"])
            _wait_until(lambda: _told(ground, made[1]["id"], "delivered"))
        stuck.gate.set()
    for post in good.posts:
        Webhook(made[1]["secret"]).verify(post.body, post.headers)
        assert post.told["data"]["id"] == booking.body["id"]
    assert (set(good.types()), {post.told["sequence"] for post in good.posts}) == ({"booking.created"}, {1})
    assert len(good.posts) == 2
    assert len({(post.headers["webhook-id"], post.body) for post in good.posts}) == 1
    assert not _told(ground, made[0]["id"], "delivered")
    for one in made:
        assert ground.client(server, "owner").delete(f"{HOOKS}{one['id']}/").status == 204


@pytest.mark.parametrize(("rigged", "posts"), [({}, 1), ({"webhook.locked": "skip", "webhook.found": "meet 8"}, 8)])
def test_eight_workers_at_one_delivery_post_it_once(scratch, tmp_path, monkeypatch, rigged, posts):
    """T05 with its negative control: without the lock all eight would send it."""
    monkeypatch.setattr(failpoints, "_folder", tmp_path)
    for name, command in rigged.items():
        Rigging(tmp_path).set(name, command)
    alpha = world_of(ALPHA)
    with receiver() as taker, tenant_context(alpha.tenant):
        owner = User.objects.get(pk=alpha.users["owner"])
        endpoint, _secret = endpoints.make(owner, Wish(taker.url))
        held(Place().make().pk, hour(10))
        _without_rigging(monkeypatch, tmp_path, lambda: transact(tell))
        lane = WebhookDelivery.objects.get().lane

        def work():
            with tenant_context(alpha.tenant):
                sending.send(f"{endpoint.pk}:{lane}")

        at_once(*[work] * 8)
        assert len(taker.posts) == posts
        assert len(set(taker.ids())) == 1
        assert WebhookDelivery.objects.get().state == "delivered"
        assert WebhookAttempt.objects.count() == posts


def _without_rigging(monkeypatch, folder, act):
    """Do something at which nobody stumbles."""
    monkeypatch.setattr(failpoints, "_folder", None)
    act()
    monkeypatch.setattr(failpoints, "_folder", folder)


def _told(ground, endpoint, state):
    """How many deliveries of an endpoint are in a state."""
    return ground.sql(
        "SELECT count(*) FROM bookings_webhookdelivery WHERE endpoint_id = %s AND state = %s", endpoint, state
    )[0][0]


def _let_the_claim_end(ground, endpoint):
    """As if the half minute were over in which a delivery is its worker's."""
    ground.sql("UPDATE bookings_webhookdelivery SET busy_until = now() WHERE endpoint_id = %s", endpoint)
    ground.sql(
        "UPDATE public.tenants_duework SET due_at = now() WHERE kind = 'webhook' AND object_id LIKE %s", f"{endpoint}:%"
    )


def _wait_until(true):
    deadline = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)
