"""Apps of others at the same slot: the partner dialect stands on the same locks, and says 409."""

import secrets
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django_tenants.utils import tenant_context

from oauth.models import AccessToken, Application, digest
from rest.scopes import BOOKING_READ, BOOKING_WRITE, WEBHOOK_WRITE
from schemas.clock import database_now
from tests.races.crowd import together
from tests.races.ground import slot
from venues.models import Product, Resource

APPS, EACH, SLOTS = 5, 8, 5
BOOKINGS = "/api/partner/v1/bookings"
SCOPES = f"{BOOKING_READ} {BOOKING_WRITE} {WEBHOOK_WRITE}"
GINA = {"email": "gina@example.org", "phone": "+49 89 1234567"}


@pytest.fixture
def court(ground):
    """A court with a service of an hour: what partners call the two."""
    pk = ground.court("market")
    with tenant_context(ground.alpha.tenant):
        product = Product.objects.create(name="Market", slug=f"market-{pk}", duration_minutes=60)
        product.resources.set([pk])
        return {"productId": str(product.public_id), "spaceId": str(Resource.objects.get(pk=pk).public_id)}, pk


def app(ground):
    """The token of a new app that acts for itself; it may not cancel what is confirmed."""
    token = secrets.token_hex(20)
    with tenant_context(ground.alpha.tenant):
        made = Application.objects.create(
            client_id=secrets.token_hex(8),
            client_type=Application.CLIENT_CONFIDENTIAL,
            name="Market",
            grants=[Application.CREDENTIALS],
            scopes=SCOPES.split(),
        )
        ends = database_now() + timedelta(hours=1)
        AccessToken.objects.create(application=made, token_checksum=digest(token), scope=SCOPES, expires=ends)
    return token


def connected(ground, server, token):
    """One of an app's connections."""
    return ground.connected(server, ground.alpha, Authorization=f"Bearer {token}")


def wish(ground, names, day, hour):
    """Product, space and slot."""
    return {**names, "slot": {"from": slot(0, ground.alpha.tenant.time_zone, day, hour)["start_datetime"]}}


def test_each_slot_is_one_apps_and_the_rest_hear_409(ground, server, court, tomorrow, figures):
    """R01, I1, I12: forty connections of five apps want the same slot, five times: 1 x 201, the rest 409."""
    names, pk = court
    clients = [connected(ground, server, token) for token in [app(ground) for _ in range(APPS)] for _ in range(EACH)]
    for hour in range(8, 8 + SLOTS):
        body = wish(ground, names, tomorrow, hour)
        answers = together([partial(client.post, BOOKINGS, body) for client in clients])
        found = Counter((answer.status, answer.code) for answer in answers)
        assert found[201, ""] == 1
        assert sum(found.values()) == APPS * EACH
        assert found.keys() <= {(201, ""), (409, "held"), (409, "held_by_you")}
        figures(f"{hour}:00", dict(found))
    assert ground.bookings_of(pk) == SLOTS


def test_who_may_not_cancel_does_not_by_being_quick(ground, server, court, tomorrow, figures):
    """A reservation is confirmed and given up at once: one of the two happens, never both."""
    names, _pk = court
    token = app(ground)
    first, second = (connected(ground, server, token) for _ in range(2))
    seen = Counter()
    for hour in range(14, 22):
        booking = first.post(BOOKINGS, wish(ground, names, tomorrow, hour)).body["id"]
        path = f"{BOOKINGS}/{booking}"
        confirm, cancel = together(
            [partial(first.patch, path, {**GINA, "status": "CONFIRMED"}), partial(second.delete, path)]
        )
        outcome = (confirm.status, confirm.code), (cancel.status, cancel.code)
        seen[outcome] += 1
        [(state,)] = ground.sql("SELECT state FROM bookings_booking WHERE id = %s", booking)
        assert (outcome, state) in {
            (((200, ""), (403, "insufficient_scope")), "confirmed"),
            (((409, "wrong_state"), (200, "")), "cancelled"),
        }
    figures("outcomes", dict(seen))


def test_five_webhooks_are_the_most_however_many_are_made_at_once(ground, server, figures):
    token = app(ground)
    clients = [connected(ground, server, token) for _ in range(3 * EACH)]
    path, body = "/api/partner/v1/webhook-endpoints", {"url": "https://shop.example/hook"}
    found = Counter((one.status, one.code) for one in together([partial(one.post, path, body) for one in clients]))
    figures("answers", dict(found))
    assert found == {(201, ""): 5, (400, "too_many_endpoints"): 3 * EACH - 5}
