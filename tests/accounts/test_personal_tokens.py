"""Personal tokens: made by their person, shown once, cut by scopes, with an end and a last use."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.models import AccessToken
from schemas.clock import database_now
from tests.conftest import Caller
from tests.worlds import World

PATH = "/api/v1/me/tokens/"
STAFF = "/api/v1/admin/tokens/"


def made(api: Caller, who: str, **body: Any) -> dict[str, Any]:
    """The answer to one who makes a token."""
    answer = api(who).post(PATH, {"name": "Script", **body})
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def using(world: World, token: str) -> Client:
    """A script with a token."""
    return Client(headers={"Host": world.host, "Authorization": f"Token {token}"})


def kept(world: World) -> list[dict[str, Any]]:
    """All tokens of the tenant."""
    with tenant_context(world.tenant):
        return [dict(row) for row in AccessToken.objects.order_by("pk").values()]


def test_token_is_shown_once_and_known_by_its_beginning(alpha: World, api: Caller) -> None:
    token = made(api, "guest", scopes=["booking:read"])
    key = token.pop("token")
    assert len(key) == 40
    assert set(token) == {"id", "name", "prefix", "scopes", "expires_at", "last_used_at", "created_at"}
    assert (token["prefix"], token["scopes"], token["last_used_at"]) == (key[:6], ["booking:read"], None)
    assert api("guest").get(PATH).json()[0] == token
    assert key not in str(kept(alpha))


def test_token_without_scopes_may_what_its_person_may(alpha: World, api: Caller) -> None:
    script = using(alpha, made(api, "owner")["token"])
    for path in ("venues/", "bookings/", "admin/bookings/", "webhook-endpoints/", "oauth-clients/", "me/tokens/"):
        assert script.get(f"/api/v1/{path}").status_code == 200


def test_token_with_scopes_may_no_more(alpha: World, api: Caller) -> None:
    script = using(alpha, made(api, "owner", scopes=["booking:read"])["token"])
    assert script.get("/api/v1/bookings/").status_code == 200
    for path, scope in (
        ("venues/", "availability:read"),
        ("admin/bookings/", "staff:read"),
        ("oauth-clients/", "unlimited"),
    ):
        answer = script.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"], answer.json()["scope"]) == (403, "insufficient_scope", scope)


def test_token_makes_none_that_may_more_or_lasts_longer(alpha: World, api: Caller) -> None:
    ends = (database_now() + timedelta(days=3)).replace(microsecond=0)
    script = using(alpha, made(api, "guest", scopes=["booking:read"], expires_at=ends.isoformat())["token"])
    before = kept(alpha)
    longer = (ends + timedelta(seconds=1)).isoformat()
    for body in (
        {"expires_at": ends.isoformat()},
        {"scopes": ["booking:read", "booking:write"], "expires_at": ends.isoformat()},
        {"scopes": ["booking:read"]},
        {"scopes": ["booking:read"], "expires_at": longer},
    ):
        answer = script.post(PATH, {"name": "More", **body}, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (403, "more_than_held")
    assert [row["id"] for row in kept(alpha)] == [row["id"] for row in before]
    same = {"name": "Same", "scopes": ["booking:read"], "expires_at": ends.isoformat()}
    assert script.post(PATH, same, content_type="application/json").status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": ""}, "invalid"),
        ({"scopes": ["all"]}, "invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "already_over"),
    ],
)
def test_what_makes_no_sense_is_refused(alpha: World, api: Caller, body: dict[str, Any], code: str) -> None:
    before = kept(alpha)
    answer = api("guest").post(PATH, {"name": "x", **body})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert kept(alpha) == before


def test_token_is_over_at_its_end(alpha: World, api: Caller) -> None:
    token = made(api, "guest", expires_at=(database_now() + timedelta(days=1)).isoformat())
    assert using(alpha, token["token"]).get(PATH).status_code == 200
    with tenant_context(alpha.tenant):
        AccessToken.objects.filter(pk=token["id"]).update(expires_at=database_now())
    assert using(alpha, token["token"]).get(PATH).status_code == 401


def test_everybody_removes_their_own_and_nobody_elses(alpha: World, api: Caller) -> None:
    token = made(api, "guest")
    before = kept(alpha)
    for who in ("stranger", "owner"):
        assert api(who).delete(f"{PATH}{token['id']}/").status_code == 404
    assert kept(alpha) == before
    assert api("guest").delete(f"{PATH}{token['id']}/").status_code == 204
    assert using(alpha, token["token"]).get(PATH).status_code == 401


def test_owner_sees_and_removes_tokens_of_staff(alpha: World, api: Caller) -> None:
    theirs, guests = made(api, "manager"), made(api, "guest")
    listed = {row["id"]: row["user"] for row in api("owner").get(STAFF).json()}
    assert listed[theirs["id"]] == alpha.users["manager"]
    assert guests["id"] not in listed
    for who in ("manager", "guest"):
        assert api(who).get(STAFF).status_code == 403
        assert api(who).delete(f"{STAFF}{theirs['id']}/").status_code == 403
    assert api("owner").delete(f"{STAFF}{guests['id']}/").status_code == 404
    assert api("owner").delete(f"{STAFF}{theirs['id']}/").status_code == 204
    assert using(alpha, theirs["token"]).get(PATH).status_code == 401


def test_last_use_is_written_once_a_minute(alpha: World, api: Caller) -> None:
    token = made(api, "guest")
    script = using(alpha, token["token"])

    def writes() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert script.get("/api/v1/venues/").status_code == 200
        return sum(query["sql"].startswith("UPDATE") for query in queries)

    assert [writes(), writes()] == [1, 0]
    with tenant_context(alpha.tenant):
        row = AccessToken.objects.filter(pk=token["id"])
        used = row.get().last_used_at
        assert used is not None
        row.update(last_used_at=used - timedelta(seconds=61))
    assert [writes(), writes()] == [1, 0]
