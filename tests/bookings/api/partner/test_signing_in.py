"""Tokens, scopes and keys of partners."""

import pytest

from bookings.models import Booking, BookingEvent
from bookings.moves import locked
from schemas.clock import database_now
from tests.bookings.api.partner.kit import GINA, ROOT, partner, token_of
from tests.bookings.scenes import let_lapse

NOTHING = "00000000-0000-4000-8000-000000000999"


def test_only_bearer_tokens_sign_in(shop, home):
    for client in (home("owner"), home("guest"), home(None)):
        answer = client.get(f"{ROOT}bookings")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    other = type(shop)(shop.world, "nonsense").get("bookings")
    assert (other.status_code, other.json()["code"]) == (401, "invalid_token")
    assert shop.get("bookings", host="beta-rooms.localhost").status_code == 401


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("availability:read", "get", "slots", 400),
        ("availability:read", "get", "products", 200),
        ("availability:read", "get", "spaces", 200),
        ("booking:read", "get", "bookings", 200),
        ("booking:read", "get", f"bookings/{NOTHING}", 404),
        ("booking:write", "post", "bookings", 400),
        ("booking:write", "patch", f"bookings/{NOTHING}", 404),
        ("booking:write", "delete", f"bookings/{NOTHING}", 404),
    ],
)
def test_each_call_needs_its_scope(shop, scope, method, path, status):
    others = {"availability:read", "booking:read", "booking:write", "webhook:write"} - {scope}
    refused = getattr(type(shop)(shop.world, token_of(shop.app, *others)), method)(path)
    assert (refused.status_code, refused.json()["code"], refused.json()["scope"]) == (403, "insufficient_scope", scope)
    allowed = getattr(type(shop)(shop.world, token_of(shop.app, scope)), method)(path)
    assert allowed.status_code == status


def test_same_key_is_one_reservation(shop):
    """R07, R08"""
    first, second = (shop.post("bookings", shop.slot(), key="once") for _ in range(2))
    assert (first.status_code, second.status_code, second["Idempotency-Replayed"]) == (201, 201, "true")
    assert (first.json(), first["Location"]) == (second.json(), second["Location"])
    assert Booking.objects.count() == 1
    other = shop.post("bookings", shop.slot(12), key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    apart = partner(shop.world).post("bookings", shop.slot(12), key="once")
    assert (apart.status_code, Booking.objects.count()) == (201, 2)


def test_409_is_not_kept_under_a_key(shop):
    booking = partner(shop.world).reserved()
    assert shop.post("bookings", shop.slot(), key="once").status_code == 409
    let_lapse(Booking.objects.get(pk=booking))
    assert shop.post("bookings", shop.slot(), key="once").status_code == 201


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_same_key_is_one_change(shop, method):
    booking, body = shop.reserved(), {**GINA, "status": "CONFIRMED"} if method == "patch" else None
    answers = [getattr(shop, method)(f"bookings/{booking}", body, key="once") for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert BookingEvent.objects.filter(booking=booking).count() == 2


def test_hold_that_is_confirmed_while_it_is_given_up_needs_the_scope(shop, monkeypatch):
    """What decides is read under the lock."""
    writer = partner(shop.world, "booking:read", "booking:write")
    booking = writer.reserved()

    def meanwhile(booking_id, seen):
        Booking.objects.filter(pk=booking_id).update(
            state="confirmed", hold_expires_at=None, confirmed_at=database_now()
        )
        return locked(booking_id, seen)

    monkeypatch.setattr("bookings.api.partner.details.moves.locked", meanwhile)
    answer = writer.delete(f"bookings/{booking}")
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


def test_unknown_fields_are_not_stored(shop):
    """T13"""
    booking = shop.reserved(id=NOTHING, agent="client:1", customer=1, totalPrice="0.01", state="confirmed")
    row = Booking.objects.get()
    assert (str(row.pk), row.agent, row.customer_id, row.total_minor, row.state) == (
        *(booking, f"client:{shop.app.pk}", None, 2500),
        "held",
    )
