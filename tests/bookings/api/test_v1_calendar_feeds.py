"""`/calendar-feeds/`: calendars to subscribe to over v1."""

from typing import Any

import pytest

from bookings.models import Feed
from tests.bookings.api.desk import AtHome
from tests.worlds import World

BASE = "/api/v1/calendar-feeds/"


def test_feed_is_made_read_listed_and_revoked(in_alpha: World, home: AtHome) -> None:
    made = home("manager").post(BASE, {"scope": "venue", "place": in_alpha.venue, "name": "Door"})
    body = made.json()
    assert (made.status_code, made.headers["Location"]) == (201, f"{BASE}{body['id']}/")
    assert set(body) == {
        *("id", "scope", "place", "name", "shows_names", "created_at", "read_at", "url", "webcal_url"),
    }
    assert (body["scope"], body["place"], body["shows_names"], body["read_at"]) == (
        "venue",
        in_alpha.venue,
        False,
        None,
    )
    assert body["webcal_url"].partition("://")[2] == body["url"].partition("://")[2]
    assert home(None).get("/" + body["url"].split("/", 3)[3]).status_code == 200
    listed = home("owner").get(BASE).json()
    assert [row["id"] for row in listed] == [body["id"]]
    assert set(body) - set(listed[0]) == {"url", "webcal_url"}
    again = home("owner").get(f"{BASE}{body['id']}/").json()
    assert again == {**body, "read_at": again["read_at"]}
    assert home("owner").delete(f"{BASE}{body['id']}/").status_code == 204
    assert home("owner").delete(f"{BASE}{body['id']}/").status_code == 404
    assert home(None).get("/" + body["url"].split("/", 3)[3]).status_code == 404
    assert home("owner").get(BASE).json() == []


def test_everybody_has_a_calendar_of_their_own_that_no_one_else_sees(in_alpha: World, home: AtHome) -> None:
    made = home("guest").post(BASE, {"scope": "customer", "shows_names": True}).json()
    assert (made["place"], made["shows_names"]) == (None, False)
    for other in ("owner", "stranger"):
        assert home(other).get(BASE).json() == []
        assert home(other).get(f"{BASE}{made['id']}/").status_code == 404
        assert home(other).delete(f"{BASE}{made['id']}/").status_code == 404
    assert Feed.objects.get().revoked_at is None


@pytest.mark.parametrize(
    ("who", "scope", "place", "status", "code"),
    [
        ("guest", "tenant", None, 403, "permission_denied"),
        ("guest", "resource", "court_1", 403, "permission_denied"),
        ("front_desk", "venue", "venue", 403, "permission_denied"),
        ("accountant", "tenant", None, 403, "permission_denied"),
        ("manager", "tenant", None, 403, "permission_denied"),
        ("manager", "venue", "annex", 404, "not_found"),
        ("manager", "resource", "annex_room", 404, "not_found"),
        ("owner", "venue", None, 400, "one_place"),
        ("owner", "tenant", "venue", 400, "one_place"),
        ("guest", "customer", "venue", 400, "one_place"),
        ("owner", "planet", None, 400, "invalid"),
    ],
)
def test_who_may_not_share_shares_nothing(
    in_alpha: World, home: AtHome, who: str, scope: str, place: str | None, status: int, code: str
) -> None:
    sent: dict[str, Any] = {"scope": scope, "place": getattr(in_alpha, place) if place else None}
    answer = home(who).post(BASE, sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Feed.objects.exists()
