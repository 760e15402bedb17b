"""v1: `/calendar-connections/`: who may, what is refused, and a calendar by CalDAV from its discovery to its end."""

from typing import Any

import pytest

from bookings.models.calendars import Connection
from bookings.records import Actor
from tests.bookings.api.desk import AtHome
from tests.bookings.calendars.elsewhere import at_radicale, happened
from tests.bookings.scenes import confirmed, slot
from tests.radicale import PEOPLE, Radicale
from tests.worlds import World

ALL = "/api/v1/calendar-connections/"
SHAPE = {
    "id", "provider", "name", "account", "venue", "resource", "pushes", "pulls", "state", "error", "detail", "copies",
    "waiting", "checked_at", "synced_at", "created_at",
}  # fmt: skip


def ics(world: World, **changes: Any) -> dict[str, Any]:
    """An address to be read for Court 1."""
    url = "https://calendars.example.com/a.ics"
    return {"provider": "ics", "url": url, "resource": world.court_1, "pulls": True, **changes}


def test_a_calendar_by_caldav_from_discovery_to_its_end(
    home: AtHome, caldav: Radicale, in_alpha: World, staff: Actor
) -> None:
    elsewhere = at_radicale(caldav)
    login = {"url": caldav.url, "username": "olga", "password": PEOPLE["olga"]}
    found = home("owner").post(f"{ALL}discovery/", login)
    assert found.json()["account"] == "olga"
    assert {"id": elsewhere.extra["calendar"], "name": "Courts", "is_writable": True} in found.json()["calendars"]

    body = {"provider": "caldav", **login, "calendar": elsewhere.extra["calendar"], "resource": in_alpha.court_1}
    made = home("owner").post(ALL, {**body, "pushes": True})
    assert (made.status_code, set(made.json())) == (201, SHAPE)
    assert PEOPLE["olga"] not in made.content.decode()
    one = made["Location"]
    happened(confirmed(in_alpha.court_1, slot(18), staff))
    assert len(elsewhere.titles()) == 1
    told = home("owner").post(f"{one}test/").json()
    assert (told["state"], told["copies"], told["waiting"], told["synced_at"] is not None) == ("ok", 1, 0, True)
    assert home("owner").patch(one, {"state": "paused"}).json()["state"] == "paused"
    assert home("owner").patch(one, {"state": "ok", "name": "Door"}).json()["name"] == "Door"
    assert home("owner").delete(f"{one}?copies=perhaps").status_code == 400
    assert home("owner").delete(one).status_code == 204
    assert len(elsewhere.titles()) == 1


def test_a_test_says_what_is_wrong(home: AtHome, caldav: Radicale, in_alpha: World) -> None:
    elsewhere = at_radicale(caldav)
    made = elsewhere.connect(in_alpha.users["owner"], resource=in_alpha.court_1)
    elsewhere.close()
    answer = home("owner").post(f"{ALL}{made.pk}/test/")
    assert (answer.status_code, answer.json()["code"]) == (400, "calendar_unauthorized")
    assert home("owner").patch(f"{ALL}{made.pk}/", {"state": "paused"}).json()["code"] == "calendar_dead"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"venue": 1}, 400, "one_place"),
        ({"resource": None}, 400, "one_place"),
        ({"resource": 999_999}, 404, "not_found"),
        ({"pulls": False}, 400, "does_nothing"),
        ({"pushes": True}, 400, "ics_is_read_only"),
        ({"url": "https://127.0.0.1.nip.example:6379/"}, 400, "calendar_bad_url"),
        ({"url": "https://169.254.169.254/latest/"}, 400, "calendar_address_refused"),
        ({"provider": "google"}, 400, "invalid"),
    ],
)
def test_what_is_refused_connects_nothing(
    home: AtHome, in_alpha: World, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = home("owner").post(ALL, ics(in_alpha, **changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Connection.objects.exists()


def test_the_same_address_for_the_same_place_is_taken(home: AtHome, in_alpha: World) -> None:
    assert home("owner").post(ALL, ics(in_alpha)).status_code == 201
    answer = home("owner").post(ALL, ics(in_alpha))
    assert (answer.status_code, answer.json()["code"]) == (409, "calendar_taken")
    assert Connection.objects.count() == 1


@pytest.mark.parametrize("who", ["front_desk", "accountant", "guest"])
def test_others_than_owners_and_managers_may_not(home: AtHome, in_alpha: World, who: str) -> None:
    for answer in (home(who).get(ALL), home(who).post(ALL, ics(in_alpha))):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert not Connection.objects.exists()


def test_a_manager_has_the_calendars_of_the_own_venues_alone(home: AtHome, in_alpha: World) -> None:
    theirs = home("owner").post(ALL, ics(in_alpha, resource=in_alpha.annex_room)).json()["id"]
    mine = home("manager").post(ALL, ics(in_alpha)).json()["id"]
    assert [row["id"] for row in home("manager").get(ALL).json()] == [mine]
    assert home("manager").get(f"{ALL}{theirs}/").status_code == 404
    assert home("manager").delete(f"{ALL}{theirs}/").status_code == 404
    assert home("manager").post(ALL, ics(in_alpha, resource=in_alpha.annex_room)).status_code == 404
    assert Connection.objects.count() == 2
