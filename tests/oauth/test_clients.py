"""Clients as the owner keeps them, over v1."""

from typing import Any

import pytest
from django.test import override_settings
from django_tenants.utils import tenant_context

from oauth import people
from oauth.models import Application
from tests.conftest import Caller
from tests.oauth.asking import BACK, registered, rows
from tests.oauth.asking import api as bearer
from tests.worlds import World

PATH = "/api/v1/oauth-clients/"
KIOSK = {
    "name": "Kiosk",
    "kind": "server",
    "grants": ["authorization_code", "client_credentials"],
    "scopes": ["booking:read", "availability:read"],
    "redirect_uris": [BACK],
}
KEYS = {
    *("id", "client_id", "name", "kind", "grants", "scopes", "redirect_uris", "allowed_origins", "acts_as"),
    *("is_enabled", "created_at", "updated_at"),
}


def test_owner_registers_a_client_and_sees_its_secret_once(alpha: World, api: Caller) -> None:
    answer = api("owner").post(PATH, KIOSK)
    made = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == f"{PATH}{made['id']}/"
    assert set(made) == {*KEYS, "client_secret"}
    secret = made.pop("client_secret")
    assert len(secret) == 43
    assert made["scopes"] == ["availability:read", "booking:read"]
    assert (made["grants"], made["acts_as"], made["is_enabled"]) == (KIOSK["grants"], None, True)
    assert api("owner").get(answer["Location"]).json() == made
    assert api("owner").get(PATH).json() == [made]
    assert secret not in str(rows(alpha))


@pytest.mark.parametrize("who", ["manager", "front_desk", "accountant", "guest"])
def test_nobody_but_the_owner_keeps_clients(alpha: World, api: Caller, who: str) -> None:
    kiosk = registered(alpha)
    before = rows(alpha)
    one = f"{PATH}{kiosk.pk}/"
    answers = [api(who).get(PATH), api(who).post(PATH, KIOSK), api(who).get(one), api(who).patch(one, {"name": "x"})]
    answers += [api(who).delete(one), api(who).get(f"{one}people/"), api(who).delete(f"{one}people/1/")]
    answers += [api(who).post(f"{one}{verb}/") for verb in ("rotate-secret", "disable", "enable")]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "permission_denied")}
    assert rows(alpha) == before


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"name": " "}, "name", "invalid"),
        ({"scopes": []}, "scopes", "bad_scopes"),
        ({"scopes": ["everything"]}, "scopes", "invalid"),
        ({"grants": []}, "grants", "bad_grants"),
        ({"grants": ["password"]}, "grants", "invalid"),
        ({"kind": "app"}, "grants", "bad_grants"),
        ({"kind": "robot"}, "kind", "invalid"),
        ({"redirect_uris": []}, "redirect_uris", "redirect_uri_required"),
        ({"acts_as": 10**6}, "acts_as", "bad_acts_as"),
        ({"acts_as": "{guest}"}, "acts_as", "bad_acts_as"),
        ({"grants": ["authorization_code"], "acts_as": "{manager}"}, "acts_as", "bad_acts_as"),
        ({"allowed_origins": ["https://app.example/"]}, "allowed_origins", "bad_origin"),
        ({"allowed_origins": ["http://app.example"]}, "allowed_origins", "bad_origin"),
        ({"allowed_origins": ["*"]}, "allowed_origins", "bad_origin"),
    ],
)
def test_what_makes_no_sense_is_refused(
    alpha: World, api: Caller, changes: dict[str, Any], field: str, code: str
) -> None:
    changes = {k: alpha.users[v[1:-1]] if isinstance(v, str) and v[:1] == "{" else v for k, v in changes.items()}
    answer = api("owner").post(PATH, {**KIOSK, **changes})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert list(answer.json()["errors"]) == [field]
    assert rows(alpha)["Application"] == []


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/back",
        "app.example/back",
        "app:/back",
        "com.example.app:/back",
        "javascript:alert(1)",
        "data:text/html,x",
        "//app.example/back",
        "https://app.example/#x",
        "https://me@app.example/",
        "https://*.example/",
        "https://app.example/a b",
        "https://app.example;evil/",
        "https://app.example:99999/",
        "https://bücher.example/",
        "https:///back",
        "https://" + "a" * 300,
    ],
)
def test_address_to_return_to_is_plain_https(alpha: World, api: Caller, uri: str) -> None:
    answer = api("owner").post(PATH, {**KIOSK, "redirect_uris": [BACK, uri]})
    assert answer.status_code == 400
    assert answer.json()["code"] in {"bad_redirect_uri", "invalid"}
    assert rows(alpha)["Application"] == []


def test_developers_return_to_their_own_machine(alpha: World, api: Caller) -> None:
    body = {**KIOSK, "redirect_uris": ["http://127.0.0.1:9000/back", "http://localhost/back"]}
    assert api("owner").post(PATH, body).status_code == 201
    with override_settings(OUTSIDE_ALLOWS_LOOPBACK=False):
        assert api("owner").post(PATH, body).json()["code"] == "bad_redirect_uri"


def test_origin_is_kept_as_browsers_say_it(alpha: World, api: Caller) -> None:
    body = {**KIOSK, "allowed_origins": ["https://App.Example:443", "https://app.example", "https://app.example:8443"]}
    made = api("owner").post(PATH, body).json()
    assert made["allowed_origins"] == ["https://app.example", "https://app.example:8443"]


def test_changing_keeps_what_was_not_sent(alpha: World, api: Caller) -> None:
    kiosk = registered(alpha, acts_as=alpha.users["manager"])
    before = rows(alpha)["Application"][0]
    answer = api("owner").patch(f"{PATH}{kiosk.pk}/", {"name": "Door", "scopes": ["booking:read"]})
    assert (answer.json()["name"], answer.json()["scopes"]) == ("Door", ["booking:read"])
    after = rows(alpha)["Application"][0]
    assert {name for name in after if after[name] != before[name]} == {"name", "scopes", "updated"}
    fixed = api("owner").patch(f"{PATH}{kiosk.pk}/", {"kind": "app"})
    assert (fixed.status_code, fixed.json()["code"]) == (400, "kind_fixed")


def test_new_secret_ends_the_old_one(alpha: World, api: Caller) -> None:
    kiosk = registered(alpha)
    new = api("owner").post(f"{PATH}{kiosk.pk}/rotate-secret/").json()["client_secret"]
    old = kiosk.asked(grant_type="client_credentials")
    assert (old.status_code, old.json()["error"]) == (401, "invalid_client")
    assert kiosk.asked(grant_type="client_credentials", client_secret=new).status_code == 200
    app = registered(alpha, kind="public", grants=(Application.CODE,))
    refused = api("owner").post(f"{PATH}{app.pk}/rotate-secret/")
    assert (refused.status_code, refused.json()["code"]) == (400, "no_secret")


def test_owner_sees_who_allowed_it_and_ends_that(alpha: World, api: Caller) -> None:
    kiosk = registered(alpha)
    mine, others = kiosk.tokens("guest"), kiosk.tokens("stranger")
    path = f"{PATH}{kiosk.pk}/people/"
    found = api("owner").get(path).json()
    assert [one["user"] for one in found] == [alpha.users["guest"], alpha.users["stranger"]]
    assert set(found[0]) == {"user", "email", "scopes", "since", "used_at"}
    assert api("owner").delete(f"{path}{alpha.users['guest']}/").status_code == 204
    assert bearer(alpha, mine["access_token"]).get("/api/v1/bookings/").status_code == 401
    assert bearer(alpha, others["access_token"]).get("/api/v1/bookings/").status_code == 200


def test_everybody_sees_and_ends_their_own_apps_only(alpha: World, api: Caller) -> None:
    kiosk = registered(alpha)
    kiosk.tokens("guest")
    shown = {"id": kiosk.pk, "name": "Kiosk", "scopes": ["booking:read", "booking:write"]}
    [found] = api("guest").get("/api/v1/me/apps/").json()
    assert {name: found[name] for name in shown} == shown
    assert api("stranger").get("/api/v1/me/apps/").json() == []
    before = rows(alpha)
    assert api("stranger").delete(f"/api/v1/me/apps/{kiosk.pk}/").status_code == 204
    assert rows(alpha) == before
    assert api("guest").delete(f"/api/v1/me/apps/{kiosk.pk}/").status_code == 204
    with tenant_context(alpha.tenant):
        assert people.of_client(Application.objects.get(pk=kiosk.pk)) == []


def test_fields_of_the_servers_own_are_ignored(alpha: World, api: Caller) -> None:
    """T13."""
    forged = {"id": 7, "client_id": "mine", "client_secret": "mine", "is_enabled": False, "user": 1, "created": "x"}
    forged |= {"skip_authorization": True, "hash_client_secret": False, "authorization_grant_type": "implicit"}
    made = api("owner").post(PATH, {**KIOSK, **forged}).json()
    assert made["id"] != 7
    assert made["client_id"] != "mine"
    assert made["client_secret"] != "mine"
    assert made["is_enabled"] is True
    changed = api("owner").patch(f"{PATH}{made['id']}/", forged).json()
    assert {**changed, "updated_at": ""} == {
        **{name: value for name, value in made.items() if name != "client_secret"},
        "updated_at": "",
    }
