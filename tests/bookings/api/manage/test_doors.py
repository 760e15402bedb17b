"""Who may look, and who may change: every kind of thing, every role."""

from typing import Any

import pytest

from tests.bookings.api.manage.shop import ADMIN, made
from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.worlds import World

PACK = {"name": "Ten", "minutes": 600, "price": "200.00"}


@pytest.fixture
def bodies(api: Caller, alpha: World) -> dict[str, dict[str, Any]]:
    """A body for each kind of thing, all at the main venue or at none."""
    extra = made(api, "products", {"name": "Racket", "slug": "racket", "kind": "extra"})["id"]
    pack = made(api, "packs", PACK)["id"]
    return {
        "rates": {"resource": alpha.court_1, "amount": "1.00"},
        "groups": {"name": "Members"},
        "products": {"name": "Lesson", "slug": "lesson", "duration_minutes": 60, "resources": [alpha.court_1]},
        "extra-offers": {"extra": extra, "resource": alpha.court_1},
        "custom-fields": {"resource": alpha.court_1, "label": "Team?"},
        "cancellation-policies": {"name": "Strict"},
        "vouchers": {"code": "TEN", "percent_off": "10"},
        "packs": PACK,
        "gift-credits": {"amount": "5.00"},
        "hours-accounts": {"customer": alpha.users["guest"], "pack": pack},
        "quotas": {"venue": alpha.venue, "measure": "bookings", "span": "day", "most": 1},
    }


KINDS = [
    "rates", "groups", "products", "extra-offers", "custom-fields", "cancellation-policies", "vouchers", "packs",
    "gift-credits", "hours-accounts", "quotas",
]  # fmt: skip
WRITES = {"gift-credits": (), "hours-accounts": (), "cancellation-policies": ("put", "delete")}


@pytest.mark.parametrize("kind", KINDS)
def test_owner_and_managers_change_and_the_others_look_or_not_even_that(
    api: Caller, alpha: World, bodies: dict[str, dict[str, Any]], kind: str
) -> None:
    row = made(api, kind, bodies[kind])
    paths = [f"{ADMIN}/{kind}/", f"{ADMIN}/{kind}/{row['id']}/"]
    before = contents(alpha)
    for who, status in [("guest", 403), ("accountant", 200), ("front_desk", 200), ("manager", 200), ("owner", 200)]:
        assert [api(who).get(path).status_code for path in paths] == [status, status], who
    for who in ("guest", "stranger", "accountant", "front_desk"):
        tries = [("post", paths[0]), *((method, paths[1]) for method in WRITES.get(kind, ("patch", "delete")))]
        for method, path in tries:
            answer = getattr(api(who), method)(path, bodies[kind])
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied"), (who, method)
    assert api(None).get(paths[0]).status_code == 401
    assert contents(alpha) == before
    if "delete" in WRITES.get(kind, ("delete",)):
        assert api("manager").delete(paths[1]).status_code == 204


def test_settings_members_and_top_ups_are_for_owner_and_managers(api: Caller, alpha: World) -> None:
    group = made(api, "groups", {"name": "Members"})["id"]
    credit = made(api, "gift-credits", {"amount": "5.00"})["id"]
    guest = alpha.users["guest"]
    members = f"{ADMIN}/groups/{group}/members/"
    made(api, f"groups/{group}/members", {"user": guest})
    before = contents(alpha)
    for who in ("guest", "accountant", "front_desk"):
        for method, path in [
            ("patch", f"{ADMIN}/venues/{alpha.venue}/"),
            ("patch", f"{ADMIN}/resources/{alpha.court_1}/"),
            ("post", members),
            ("patch", f"{members}{guest}/"),
            ("delete", f"{members}{guest}/"),
            ("post", f"{ADMIN}/gift-credits/{credit}/entries/"),
        ]:
            assert getattr(api(who), method)(path, {}).status_code == 403, (who, method, path)
    for path in (f"{ADMIN}/venues/{alpha.venue}/", f"{ADMIN}/resources/{alpha.court_1}/", members):
        assert [api(who).get(path).status_code for who in ("guest", "accountant", "front_desk")] == [403, 200, 200]
    assert contents(alpha) == before


@pytest.mark.parametrize("kind", KINDS)
def test_body_of_another_shape_is_refused(api: Caller, alpha: World, kind: str) -> None:
    before = contents(alpha)
    bodies: list[Any] = [[], "text", 7, None, [{}]]
    for body in bodies:
        assert api("owner").post(f"{ADMIN}/{kind}/", body).status_code == 400, body
    assert contents(alpha) == before


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_there_is_not_found(api: Caller, alpha: World, kind: str) -> None:
    for pk in (999_999, 2**70):
        assert api("owner").get(f"{ADMIN}/{kind}/{pk}/").status_code == 404
        for method in WRITES.get(kind, ("patch", "delete")):
            assert getattr(api("owner"), method)(f"{ADMIN}/{kind}/{pk}/", {"name": "x"}).status_code == 404
