"""Fields that are the server's are ignored, never stored (T13)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import Booking
from schemas.clock import database_now
from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.isolation.scene import GUESTS, STRANGERS, values
from tests.routes import tenant_routes
from tests.worlds import World
from venues.models import Closure

FORGED = "2001-01-01T00:00:00Z"
API = "/api/v1"
# Fields that no caller may set, whatever the call: those of all models, and those that people try.
SERVERS_OWN: dict[str, Any] = {
    "id": str(STRANGERS),
    "pk": str(STRANGERS),
    "reference_code": "BK-010101-AAAA",
    "unit": 7,
    "customer": 1,
    "customer_id": 1,
    "user": 1,
    "user_id": 1,
    "owner": 1,
    "holder": "forged",
    "agent": "client:1",
    "actor": "staff",
    "actor_kind": "staff",
    "created_by": 1,
    "created_by_id": 1,
    "state": "confirmed",
    "status": "paid",
    "payment_state": "paid",
    "payment_status": "paid",
    "pending_reason": "",
    "is_public": True,
    "price_per_unit_minor": 1,
    "price_per_unit": "0.01",
    "pricing_unit": "booking",
    "total_minor": 1,
    "total_price": "0.01",
    "amount": "0.01",
    "currency": "JPY",
    "time_zone": "Pacific/Apia",
    "language": "fr",
    "hold_expires_at": "2100-01-01T00:00:00Z",
    "confirmed_at": FORGED,
    "paid_at": FORGED,
    "cancelled_at": FORGED,
    "cancel_reason": "weather",
    "cancel_from": FORGED,
    "revision": 7,
    "series": 1,
    "origin": "forged",
    "groups": [1],
    "policy": 1,
    "payment_way": "on_site",
    "tax_minor": 1,
    "deposit_minor": 1,
    "credit_minor": 1,
    "paid_minor": 1,
    "fee_minor": 1,
    "refund_due_minor": 1,
    "refunding_minor": 1,
    "balance_due_at": FORGED,
    "checked_in_at": FORGED,
    "no_show_at": FORGED,
    "created_at": FORGED,
    "updated_at": FORGED,
    "tenant": 1,
    "tenant_id": 1,
    "schema_name": "public",
    "is_staff": True,
    "is_superuser": True,
    "is_active": False,
    "role": "owner",
    "stripe_account": "acct_1",
    "__class__": "Booking",
    "resource__venue_id": 2,
    "customer__role": "owner",
}


@pytest.fixture
def alpha(worlds: tuple[World, World]) -> World:
    """Alpha with bookings."""
    return worlds[0]


def times(hours: int) -> dict[str, str]:
    """An hour in a week, on nobody's slot, as the API takes it."""
    start = database_now().replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=9, hours=hours)
    return {"start_datetime": start.isoformat(), "end_datetime": (start + timedelta(hours=1)).isoformat()}


def row(model: type[Model], pk: Any) -> dict[str, Any]:
    """All columns of a row but its own key and its times of writing."""
    found = model._default_manager.filter(pk=pk).values().get()
    return {name: value for name, value in found.items() if name not in {"id", "created_at", "updated_at"}}


def forged(body: dict[str, Any]) -> dict[str, Any]:
    """A body with every field of the server's own on top; what the call does take stays."""
    return {**SERVERS_OWN, **body}


def test_all_columns_of_a_booking_and_a_closure_are_tried() -> None:
    taken = {"resource", "start", "end", "participants", "notes", "product", "venue", "reason"}
    columns = {field.name for model in (Booking, Closure) for field in model._meta.concrete_fields}
    untried = columns - taken - set(SERVERS_OWN) - {"name", "email", "phone", "cancel_notes"}
    assert not untried, f"Try the new field in SERVERS_OWN: {untried}"


def test_booking_is_the_same_with_forged_fields(alpha: World, api: Caller) -> None:
    """The forged one is made by the same person for the hour after, and differs in nothing else."""
    honest = api("guest").post(f"{API}/bookings/", {"resource": alpha.court_2, **times(0)})
    tampered = api("guest").post(f"{API}/bookings/", forged({"resource": alpha.court_2, **times(1)}))
    assert (honest.status_code, tampered.status_code) == (201, 201)
    moves = {"reference_code", "start", "end", "hold_expires_at"}
    with tenant_context(alpha.tenant):
        first, second = row(Booking, honest.json()["id"]), row(Booking, tampered.json()["id"])
        stored = Booking.objects.get(pk=tampered.json()["id"])
    assert {k: v for k, v in first.items() if k not in moves} == {k: v for k, v in second.items() if k not in moves}
    assert tampered.json()["id"] != str(STRANGERS)
    assert stored.reference_code.startswith("BK-")
    assert stored.reference_code != "BK-010101-AAAA"
    assert stored.created_at.year > 2001
    assert (stored.customer_id, stored.total_minor, stored.currency) == (alpha.users["guest"], 2500, "EUR")
    assert (stored.confirmed_at, stored.paid_at, stored.cancelled_at) == (None, None, None)


def test_closure_is_the_same_with_forged_fields(alpha: World, api: Caller) -> None:
    body = {"venue": alpha.venue, "resource": alpha.court_2}
    honest = api("manager").post(f"{API}/admin/closures/", {**body, **times(0)})
    tampered = api("manager").post(f"{API}/admin/closures/", forged({**body, **times(1)}))
    assert (honest.status_code, tampered.status_code) == (201, 201)
    with tenant_context(alpha.tenant):
        first, second = row(Closure, honest.json()["id"]), row(Closure, tampered.json()["id"])
        assert Closure.objects.get(pk=tampered.json()["id"]).created_at.year > 2001
    assert {**first, "start": 0, "end": 0} == {**second, "start": 0, "end": 0}
    assert second["created_by_id"] == alpha.users["manager"]


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("guest", f"{API}/bookings/{GUESTS}/cancel/"),
        ("manager", f"{API}/admin/bookings/{GUESTS}/cancel/"),
        ("manager", f"{API}/admin/bookings/{GUESTS}/confirm/"),
    ],
)
def test_verb_changes_what_it_says_and_nothing_else(alpha: World, api: Caller, who: str, path: str) -> None:
    with tenant_context(alpha.tenant):
        before = row(Booking, GUESTS)
        others = row(Booking, STRANGERS)
    answer = api(who).post(path, SERVERS_OWN)
    assert answer.status_code == 200, answer.json()
    with tenant_context(alpha.tenant):
        after = row(Booking, GUESTS)
        assert row(Booking, STRANGERS) == others
    changed = {name for name in after if after[name] != before[name]}
    verb = path.rstrip("/").rpartition("/")[2]
    expected = {
        "confirm": {"state", "pending_reason", "confirmed_at"},
        "cancel": {"state", "pending_reason", "cancelled_at", "cancel_reason", "cancel_notes"},
    }
    assert changed == expected[verb]
    assert after["state"] == {"confirm": "confirmed", "cancel": "cancelled"}[verb]
    assert FORGED[:4] not in str([value for name, value in after.items() if name.endswith("_at")])


def test_no_show_changes_its_state_and_the_fee_and_nothing_else(alpha: World, api: Caller) -> None:
    with tenant_context(alpha.tenant):
        now = database_now()
        past = {"start": now - timedelta(hours=3), "end": now - timedelta(hours=2)}
        Booking.objects.filter(pk=GUESTS).update(state="confirmed", pending_reason="", **past)
        before = row(Booking, GUESTS)
    assert api("manager").post(f"{API}/admin/bookings/{GUESTS}/no-show/", SERVERS_OWN).status_code == 200
    with tenant_context(alpha.tenant):
        after = row(Booking, GUESTS)
    assert {name for name in after if after[name] != before[name]} == {"state", "no_show_at", "fee_minor"}


def test_change_changes_what_it_says_and_nothing_else(alpha: World, api: Caller) -> None:
    """A price, a state or an owner that is sent along moves nothing; the same change without them comes out alike."""
    with tenant_context(alpha.tenant):
        before, others = row(Booking, GUESTS), row(Booking, STRANGERS)
    path = f"{API}/bookings/{GUESTS}"
    body = {name: value for name, value in SERVERS_OWN.items() if name != "revision"}
    calls = [
        api("guest").post(f"{path}/reschedule/", {**body, **times(0)}),
        api("guest").post(f"{path}/extras/", {**body, "extras": []}),
        api("guest").patch(f"{path}/", {**body, "notes": "Hello"}),
    ]
    assert [answer.status_code for answer in calls] == [200, 200, 200], [answer.json() for answer in calls]
    with tenant_context(alpha.tenant):
        after = row(Booking, GUESTS)
        assert row(Booking, STRANGERS) == others
    expected = {"start", "end", "notes", "revision"}
    repriced = {"groups", "total_minor", "tax_minor", "price_per_unit_minor", "time_zone"}
    changed = {name for name in after if after[name] != before[name]}
    assert expected <= changed <= expected | repriced, changed
    assert (after["total_minor"], after["currency"], after["customer_id"]) == (
        2500,
        before["currency"],
        before["customer_id"],
    )


def test_nobody_is_promoted(alpha: World, api: Caller) -> None:
    """After all of these calls everybody is who they were."""
    with tenant_context(alpha.tenant):
        before = list(User.objects.order_by("pk").values("role", "is_active", "email", "password"))
    for method, path in writing_calls(alpha):
        for who in ("guest", "manager", "owner"):
            getattr(api(who), method)(path, SERVERS_OWN)
    with tenant_context(alpha.tenant):
        assert list(User.objects.order_by("pk").values("role", "is_active", "email", "password")) == before


def writing_calls(world: World) -> Iterator[tuple[str, str]]:
    """Every API route, whatever it is for, with every method that it has but reading."""
    known = values(world, world)
    for route in tenant_routes():
        if route.is_api:
            yield from ((method, route.filled(known)) for method in route.methods if method != "get")


@pytest.mark.parametrize(
    "bad", [{"resource": {"id": 1}}, {"resource": [1]}, {"notes": {"$ne": ""}}, [], "text", None, 7]
)
def test_body_of_another_shape_is_refused(alpha: World, api: Caller, bad: Any) -> None:
    before = contents(alpha)
    body = {"resource": alpha.court_2, **times(0), **bad} if isinstance(bad, dict) else bad
    assert api("guest").post(f"{API}/bookings/", body).status_code == 400
    assert contents(alpha) == before
