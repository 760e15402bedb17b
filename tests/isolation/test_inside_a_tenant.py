"""Inside one tenant: what belongs to another customer, or to a venue of another manager (T12)."""

import pytest

from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.isolation.offer import WALK_INS
from tests.isolation.scene import ANNEX_CLOSURE, ANNEXES, CLOSURE, GUESTS, HELD, STRANGERS
from tests.worlds import World

NOTHING = "00000000-0000-0000-0000-000000000999"
OWN = "/api/v1/bookings"
STAFF = "/api/v1/admin/bookings"


@pytest.fixture
def alpha(worlds: tuple[World, World]) -> World:
    """Alpha with bookings of two customers at two venues."""
    return worlds[0]


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("stranger", "get", f"{OWN}/{GUESTS}/", 403),
        ("stranger", "post", f"{OWN}/{GUESTS}/cancel/", 403),
        ("stranger", "patch", f"{OWN}/{GUESTS}/cancel/", 403),
        ("guest", "get", f"{OWN}/{STRANGERS}/", 403),
        ("guest", "get", f"{OWN}/{NOTHING}/", 404),
        ("guest", "post", f"{OWN}/{NOTHING}/cancel/", 404),
        # Customers have no business behind the desk, whatever is there.
        *[("guest", "post", f"{STAFF}/{GUESTS}/{verb}/", 403) for verb in ("confirm", "cancel", "no-show")],
        *[("guest", "post", f"{STAFF}/{NOTHING}/{verb}/", 403) for verb in ("confirm", "cancel", "no-show")],
        ("guest", "get", f"{STAFF}/", 403),
        ("guest", "get", "/api/v1/admin/closures/", 403),
        ("guest", "delete", f"/api/v1/admin/closures/{CLOSURE}/", 403),
        # A manager looks after the main venue and not after the annex.
        *[("manager", "post", f"{STAFF}/{ANNEXES}/{verb}/", 403) for verb in ("confirm", "cancel", "no-show")],
        ("manager", "get", f"{OWN}/{ANNEXES}/", 403),
        ("manager", "delete", f"/api/v1/admin/closures/{ANNEX_CLOSURE}/", 404),
        # An accountant reads and changes nothing.
        *[("accountant", "post", f"{STAFF}/{GUESTS}/{verb}/", 403) for verb in ("confirm", "cancel", "no-show")],
        ("accountant", "delete", f"/api/v1/admin/closures/{CLOSURE}/", 404),
        ("accountant", "get", f"{OWN}/{GUESTS}/", 200),
        *[("front_desk", "get", f"{OWN}/{booking}/", 200) for booking in (GUESTS, STRANGERS, ANNEXES)],
        ("front_desk", "post", f"{STAFF}/{NOTHING}/confirm/", 404),
    ],
)
def test_who_gets_what_by_id(alpha: World, api: Caller, who: str, method: str, path: str, status: int) -> None:
    """T12, with API.md's 403 inside a tenant; a refusal changes nothing."""
    before = contents(alpha)
    answer = getattr(api(who), method)(path)
    assert answer.status_code == status
    assert contents(alpha) == before
    if status != 200:
        assert alpha.canary.encode() not in answer.content


@pytest.mark.parametrize(
    ("who", "path", "ids"),
    [
        ("guest", f"{OWN}/", {GUESTS, HELD}),
        ("stranger", f"{OWN}/", {STRANGERS, ANNEXES}),
        ("stranger", f"{OWN}/upcoming/", {STRANGERS, ANNEXES}),
        ("owner", f"{OWN}/", set()),
        ("owner", f"{STAFF}/", {GUESTS, STRANGERS, ANNEXES, HELD, WALK_INS}),
        ("front_desk", f"{STAFF}/", {GUESTS, STRANGERS, ANNEXES, HELD, WALK_INS}),
        ("accountant", f"{STAFF}/", {GUESTS, STRANGERS, ANNEXES, HELD, WALK_INS}),
        ("manager", f"{STAFF}/", {GUESTS, STRANGERS, HELD, WALK_INS}),
    ],
)
def test_lists_hold_what_is_ones_own(alpha: World, api: Caller, who: str, path: str, ids: set[object]) -> None:
    """T12."""
    answer = api(who).get(path)
    assert answer.status_code == 200
    assert {row["id"] for row in answer.json()} == {str(booking) for booking in ids}


@pytest.mark.parametrize(
    ("who", "ids"),
    [("owner", {CLOSURE, ANNEX_CLOSURE}), ("manager", {CLOSURE}), ("accountant", {CLOSURE, ANNEX_CLOSURE})],
)
def test_closures_listed_are_those_of_ones_venues(alpha: World, api: Caller, who: str, ids: set[int]) -> None:
    """T12."""
    assert {row["id"] for row in api(who).get("/api/v1/admin/closures/").json()} == ids


@pytest.mark.parametrize("field", ["resource", "venue"])
def test_manager_cannot_close_what_belongs_to_another_venue(alpha: World, api: Caller, field: str) -> None:
    """T12: neither the annex itself, nor its room by way of the own venue."""
    body = {
        "venue": alpha.annex if field == "venue" else alpha.venue,
        "resource": alpha.annex_room,
        "start_datetime": "2027-06-01T10:00:00Z",
        "end_datetime": "2027-06-01T11:00:00Z",
    }
    before = contents(alpha)
    assert api("manager").post("/api/v1/admin/closures/", body).status_code == 404
    assert contents(alpha) == before
