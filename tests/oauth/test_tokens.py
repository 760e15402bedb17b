"""Tokens: refreshed, ended, looked at, and what the API lets them do (RFC 6749, 6750, 7009, 7662; T10, T27)."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.models import User
from oauth import clients, people
from oauth.models import AccessToken, Application, RefreshToken
from tenants import hosts
from tests.isolation.contents import contents
from tests.oauth.asking import BACK, PARTNER, Registered, api, registered, rows
from tests.worlds import World

BOOKINGS = "/api/v1/bookings/"
INVALID = (401, "invalid_token", 'Bearer realm="api", error="invalid_token"')


@pytest.fixture
def kiosk(alpha: World) -> Registered:
    """A server's client."""
    return registered(alpha)


def answered(answer: Any) -> tuple[int, str, str | None]:
    """Status, code and `WWW-Authenticate`."""
    return answer.status_code, answer.json()["code"], answer.get("WWW-Authenticate")


def missing(scope: str) -> tuple[int, str, str]:
    """What a token without this scope is told."""
    return 403, "insufficient_scope", f'Bearer realm="api", error="insufficient_scope", scope="{scope}"'


def owner(world: World) -> User:
    """Who registers clients."""
    return User.objects.get(pk=world.users["owner"])


def test_refreshing_gives_a_new_pair_and_ends_the_old_one(alpha: World, kiosk: Registered) -> None:
    old = kiosk.tokens()
    new = kiosk.refreshed(old["refresh_token"]).json()
    assert new["scope"] == "booking:read booking:write"
    assert {new["access_token"], new["refresh_token"]}.isdisjoint({old["access_token"], old["refresh_token"]})
    assert answered(api(alpha, old["access_token"]).get(BOOKINGS)) == INVALID
    assert api(alpha, new["access_token"]).get(BOOKINGS).status_code == 200


def test_refresh_token_that_comes_back_ends_the_whole_family(alpha: World, kiosk: Registered) -> None:
    """RFC 9700, 4.14.2: somebody has a copy, and we cannot tell who."""
    first, others = kiosk.tokens(), kiosk.tokens("stranger")
    second = kiosk.refreshed(first["refresh_token"]).json()
    third = kiosk.refreshed(second["refresh_token"]).json()
    again = kiosk.refreshed(first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert answered(api(alpha, third["access_token"]).get(BOOKINGS)) == INVALID
    assert kiosk.refreshed(third["refresh_token"]).json()["error"] == "invalid_grant"
    assert api(alpha, others["access_token"]).get(BOOKINGS).status_code == 200


def test_refreshing_asks_for_less_and_never_for_more(alpha: World, kiosk: Registered) -> None:
    given = kiosk.tokens()
    before = rows(alpha)
    more = kiosk.refreshed(given["refresh_token"], scope="booking:read booking:cancel")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")
    assert rows(alpha) == before
    less = kiosk.refreshed(given["refresh_token"], scope="booking:read").json()
    assert less["scope"] == "booking:read"
    assert answered(api(alpha, less["access_token"]).post(BOOKINGS, {})) == missing("booking:write")


def test_refresh_token_is_for_its_own_client_and_tenant(alpha: World, beta: World, kiosk: Registered) -> None:
    given, other = kiosk.tokens(), registered(alpha, name="Other")
    before = rows(alpha), rows(beta)
    assert other.refreshed(given["refresh_token"]).json()["error"] == "invalid_grant"
    there = kiosk.at(beta).refreshed(given["refresh_token"])
    assert (there.status_code, there.json()["error"]) == (401, "invalid_client")
    assert (rows(alpha), rows(beta)) == before
    assert kiosk.refreshed(given["refresh_token"]).status_code == 200


def test_refresh_token_is_over_when_idle_for_thirty_days(alpha: World, kiosk: Registered) -> None:
    given = kiosk.tokens()
    with tenant_context(alpha.tenant):
        AccessToken.objects.update(expires=F("expires") - timedelta(days=30, hours=1))
    assert kiosk.refreshed(given["refresh_token"]).json()["error"] == "invalid_grant"


def test_token_is_good_for_an_hour(alpha: World, kiosk: Registered) -> None:
    given = kiosk.tokens()
    with tenant_context(alpha.tenant):
        AccessToken.objects.update(expires=F("expires") - timedelta(hours=1))
    assert answered(api(alpha, given["access_token"]).get(BOOKINGS)) == INVALID
    assert kiosk.refreshed(given["refresh_token"]).status_code == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", None])
def test_revoked_token_opens_nothing_and_nothing_comes_of_it(
    alpha: World, kiosk: Registered, kind: str, hint: str | None
) -> None:
    given = kiosk.tokens()
    assert kiosk.asked("revoke", token=given[kind], token_type_hint=hint).status_code == 200
    assert answered(api(alpha, given["access_token"]).get(BOOKINGS)) == INVALID
    assert kiosk.refreshed(given["refresh_token"]).json()["error"] == "invalid_grant"


def test_nobody_revokes_the_token_of_another_client(alpha: World, kiosk: Registered) -> None:
    """RFC 7009, 2.1: 200, and nothing happens."""
    given, other = kiosk.tokens(), registered(alpha, name="Other")
    before = rows(alpha)
    assert other.asked("revoke", token=given["access_token"]).status_code == 200
    assert kiosk.asked("revoke", token=given["access_token"], client_secret="wrong").status_code == 401
    assert rows(alpha) == before


@pytest.mark.parametrize("path", ["token", "revoke", "introspect"])
def test_client_that_says_two_names_is_nobody(alpha: World, kiosk: Registered, path: str) -> None:
    """RFC 6749, 2.3: one way of saying who it is."""
    given, other = kiosk.tokens(), registered(alpha, name="Other")
    known = base64.b64encode(f"{kiosk.client_id}:{kiosk.secret}".encode()).decode()
    before = rows(alpha)
    fields = {"grant_type": "client_credentials", "token": given["access_token"], "client_id": other.client_id}
    answer = Client(headers={"Host": alpha.host, "Authorization": f"Basic {known}"}).post(f"/oauth/{path}/", fields)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert rows(alpha) == before


def test_introspection_tells_of_the_clients_own_tokens_only(alpha: World, kiosk: Registered) -> None:
    given, other = kiosk.tokens(), registered(alpha, name="Other")
    told = kiosk.asked("introspect", token=given["access_token"]).json()
    assert told.pop("exp") - told.pop("iat") in {3599, 3600}
    shown = {"active": True, "client_id": kiosk.client_id, "scope": "booking:read booking:write"}
    assert told == {**shown, "token_type": "Bearer", "sub": str(alpha.users["guest"])}
    told = kiosk.asked("introspect", token=given["refresh_token"]).json()
    assert (told["active"], told["token_type"]) == (True, "refresh_token")
    for token in ("nonsense", given["access_token"][:-1]):
        assert kiosk.asked("introspect", token=token).json() == {"active": False}
    assert other.asked("introspect", token=given["access_token"]).json() == {"active": False}
    assert kiosk.asked("introspect", token=given["access_token"], client_secret="x").status_code == 401
    assert kiosk.asked("introspect").json()["error"] == "invalid_request"
    app = registered(alpha, kind="public", grants=("authorization-code",))
    assert app.asked("introspect", token=given["access_token"], client_secret="").status_code == 401


def test_server_metadata_names_what_is_there(alpha: World) -> None:
    """RFC 8414."""
    told = Client(headers={"Host": alpha.host}).get("/.well-known/oauth-authorization-server").json()
    issuer = f"http://{alpha.host}"
    assert told["issuer"] == issuer
    assert told["token_endpoint"] == f"{issuer}/oauth/token/"
    assert told["grant_types_supported"] == ["authorization_code", "client_credentials", "refresh_token"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["response_types_supported"] == ["code"]
    assert set(PARTNER) < set(told["scopes_supported"])


@pytest.mark.parametrize("value", ["", " a b", " x", " \u00e9", " " + "0" * 40])
def test_bad_bearer_is_401_and_says_so(alpha: World, value: str) -> None:
    answer = Client(headers={"Host": alpha.host, "Authorization": f"Bearer{value}"}).get(BOOKINGS)
    assert answered(answer) == INVALID


def test_token_of_another_tenant_is_401(alpha: World, beta: World, kiosk: Registered) -> None:
    """T10."""
    given, own = kiosk.tokens(), kiosk.own_token()
    before = contents(alpha), contents(beta)
    for token in (given["access_token"], given["refresh_token"], own):
        for path in (BOOKINGS, "/api/v1/venues/", "/api/v1/admin/bookings/"):
            assert answered(api(beta, token).get(path)) == INVALID
    assert (contents(alpha), contents(beta)) == before


def test_token_in_the_address_is_not_looked_at(alpha: World, kiosk: Registered) -> None:
    """RFC 9700, 4.3.2."""
    token = kiosk.own_token()
    answer = Client(headers={"Host": alpha.host}).get(f"/api/v1/venues/?access_token={token}")
    assert answer.status_code == 401


def test_app_can_do_no_more_than_its_person_and_its_scopes(alpha: World) -> None:
    kiosk = registered(alpha, scopes=(*PARTNER, "staff:read"))
    read = api(alpha, kiosk.tokens("owner", scope="booking:read")["access_token"])
    assert read.get(BOOKINGS).status_code == 200
    assert answered(read.get("/api/v1/venues/")) == missing("availability:read")
    assert answered(read.get("/api/v1/admin/bookings/")) == missing("staff:read")
    assert answered(read.post("/api/v1/webhook-endpoints/", {})) == missing("webhook:write")
    write = api(alpha, kiosk.tokens("owner", scope="booking:write")["access_token"])
    somewhere = f"{BOOKINGS}00000000-0000-0000-0000-000000000001/cancel/"
    assert answered(write.post(somewhere, {})) == missing("booking:cancel")
    staff = kiosk.tokens("guest", scope="staff:read")["access_token"]
    assert api(alpha, staff).get("/api/v1/admin/bookings/").json()["code"] == "permission_denied"
    staff = kiosk.tokens("owner", scope="staff:read")["access_token"]
    assert api(alpha, staff).get("/api/v1/admin/bookings/").status_code == 200
    assert answered(api(alpha, staff).post("/api/v1/admin/weather/", {})) == missing("staff:write")


def test_no_app_makes_tokens_or_clients(alpha: World) -> None:
    kiosk = registered(alpha, scopes=(*PARTNER, "staff:read", "staff:write"))
    token = kiosk.tokens("owner", scope=None)["access_token"]
    for path, scope in (("me/tokens", "personal"), ("me/apps", "personal"), ("oauth-clients", "unlimited")):
        assert answered(api(alpha, token).get(f"/api/v1/{path}/")) == missing(scope)


def test_client_that_acts_as_nobody_sees_what_is_offered(alpha: World, kiosk: Registered) -> None:
    """API.md, partner: no person, no booking of anybody's."""
    client = api(alpha, kiosk.own_token())
    assert client.get("/api/v1/venues/").status_code == 200
    assert client.get(f"/api/v1/availability/?resource={alpha.court_1}&date=2030-01-15").status_code == 200
    for path in ("bookings/", "series/", "waitlist/", "me/cards/", "webhook-endpoints/"):
        assert answered(client.get(f"/api/v1/{path}"))[:2] == (403, "person_required")
    before = contents(alpha)
    assert answered(client.post(BOOKINGS, {"resource": alpha.court_1}))[:2] == (403, "person_required")
    assert contents(alpha) == before


def test_client_that_acts_as_nobody_is_told_prices(alpha: World, kiosk: Registered) -> None:
    client = api(alpha, kiosk.own_token())
    wish = {"resource": alpha.court_2, "start_datetime": "2027-03-01T09:00:00Z", "end_datetime": "2027-03-01T10:00:00Z"}
    answer = client.post("/api/v1/quotes/", wish, content_type="application/json")
    assert (answer.status_code, answer.json()["due"]) == (200, "25.00")


def test_client_acts_as_whom_the_owner_chose(alpha: World) -> None:
    kiosk = registered(alpha, scopes=(*PARTNER, "staff:read"), acts_as=alpha.users["front_desk"])
    token = kiosk.own_token()
    assert api(alpha, token).get("/api/v1/admin/bookings/").status_code == 200
    assert api(alpha, kiosk.own_token(scope="booking:read")).get("/api/v1/admin/bookings/").status_code == 403
    for change in ({"is_active": False}, {"is_active": True, "role": "customer"}):
        with tenant_context(alpha.tenant):
            User.objects.filter(pk=alpha.users["front_desk"]).update(**change)
        assert answered(api(alpha, token).get("/api/v1/venues/")) == INVALID


def test_own_token_has_no_refresh_token_and_no_more_than_it_was_given(alpha: World, kiosk: Registered) -> None:
    answer = kiosk.asked(grant_type="client_credentials").json()
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    assert answer["scope"].split() == list(PARTNER)
    before = rows(alpha)
    refused = kiosk.asked(grant_type="client_credentials", scope="availability:read staff:read")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    app = registered(alpha, kind="public", grants=("authorization-code",))
    assert app.asked(grant_type="client_credentials", client_secret="").status_code == 401
    people_only = registered(alpha, grants=("authorization-code",))
    refused = people_only.asked(grant_type="client_credentials")
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
    assert rows(alpha)["AccessToken"] == before["AccessToken"]


def test_closed_account_ends_its_tokens_at_once(alpha: World, kiosk: Registered) -> None:
    given = kiosk.tokens()
    with tenant_context(alpha.tenant):
        User.objects.filter(pk=alpha.users["guest"]).update(is_active=False)
    assert answered(api(alpha, given["access_token"]).get(BOOKINGS)) == INVALID
    assert kiosk.refreshed(given["refresh_token"]).json()["error"] == "invalid_grant"
    assert kiosk.asked("introspect", token=given["access_token"]).json() == {"active": False}


def test_client_that_is_switched_off_is_nobody_until_it_is_on_again(alpha: World, kiosk: Registered) -> None:
    given, own, code = kiosk.tokens(), kiosk.own_token(), kiosk.code()
    with tenant_context(alpha.tenant):
        clients.disable(owner(alpha), kiosk.pk)
    for token in (given["access_token"], own):
        assert answered(api(alpha, token).get(BOOKINGS)) == INVALID
    for answer in (
        kiosk.refreshed(given["refresh_token"]),
        kiosk.traded(code),
        kiosk.asked(grant_type="client_credentials"),
        kiosk.asked("introspect", token=own),
    ):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    with tenant_context(alpha.tenant):
        clients.enable(owner(alpha), kiosk.pk)
    assert api(alpha, given["access_token"]).get(BOOKINGS).status_code == 200


def test_client_that_is_removed_takes_everything_along(alpha: World, kiosk: Registered) -> None:
    given = kiosk.tokens()
    with tenant_context(alpha.tenant):
        clients.remove(owner(alpha), kiosk.pk)
    assert answered(api(alpha, given["access_token"]).get(BOOKINGS)) == INVALID
    assert rows(alpha) == {"Application": [], "Grant": [], "AccessToken": [], "RefreshToken": []}


def test_scope_that_is_taken_from_a_client_is_taken_from_its_tokens(alpha: World, kiosk: Registered) -> None:
    given = kiosk.tokens()
    with tenant_context(alpha.tenant):
        Application.objects.update(scopes=["booking:write"])
    assert answered(api(alpha, given["access_token"]).get(BOOKINGS)) == missing("booking:read")
    assert kiosk.refreshed(given["refresh_token"]).json()["scope"] == "booking:write"


def test_who_takes_it_back_ends_everything_that_the_app_has_of_them(alpha: World, kiosk: Registered) -> None:
    mine, others, code = kiosk.tokens(), kiosk.tokens("stranger"), kiosk.code()
    with tenant_context(alpha.tenant):
        found = people.by_user(User.objects.get(pk=alpha.users["guest"]))
        assert [(one.client.name, one.scopes) for one in found] == [("Kiosk", ["booking:read", "booking:write"])]
        people.revoke(kiosk.pk, alpha.users["guest"])
        assert people.by_user(User.objects.get(pk=alpha.users["guest"])) == []
        assert RefreshToken.objects.filter(revoked=None).count() == 1
    assert answered(api(alpha, mine["access_token"]).get(BOOKINGS)) == INVALID
    assert kiosk.refreshed(mine["refresh_token"]).json()["error"] == "invalid_grant"
    assert kiosk.traded(code).json()["error"] == "invalid_grant"
    assert api(alpha, others["access_token"]).get(BOOKINGS).status_code == 200


def test_bearer_costs_what_a_token_costs(alpha: World, kiosk: Registered) -> None:
    token = kiosk.tokens(scope="availability:read")["access_token"]
    path = "/api/v1/venues/"
    plain = Client(headers={"Host": alpha.host, "Authorization": f"Token {alpha.tokens['guest']}"})
    bearer = api(alpha, token)
    for client in (plain, bearer):
        client.get(path)
    with CaptureQueriesContext(connection) as by_token:
        plain.get(path)
    with CaptureQueriesContext(connection) as by_bearer:
        bearer.get(path)
    assert len(by_bearer) == len(by_token)


def basic(text: str) -> str:
    """HTTP's way to say who one is."""
    return base64.b64encode(text.encode()).decode()


def test_client_says_who_it_is_in_the_header_too(alpha: World, kiosk: Registered) -> None:
    """RFC 6749, 2.3.1; RFC 9110, 11.1: the scheme in whatever case."""
    good = basic(f"{kiosk.client_id}:{kiosk.secret}")
    wrong = [f"Basic {basic(text)}" for text in ("a\0b:c", ":", "x", f"{kiosk.client_id}:", f"{kiosk.client_id}:x")]
    wrong += [
        "Basic",
        "Basic %%%",
        "Basic \u00e9",
        f"Bearer {good}",
        "Basic " + basic("\udcff".encode("utf-8", "replace").decode()),
    ]
    statuses = [
        Client(headers={"Host": alpha.host, "Authorization": value})
        .post("/oauth/token/", {"grant_type": "client_credentials"})
        .status_code
        for value in (f"Basic {good}", f"basic {good}", *wrong)
    ]
    assert statuses == [200, 200, *[401] * len(wrong)]


@pytest.mark.parametrize("path", ["token", "revoke", "introspect"])
def test_client_of_one_tenant_is_unknown_at_another(alpha: World, beta: World, kiosk: Registered, path: str) -> None:
    """T27: at every endpoint, with right secrets and tokens."""
    given = kiosk.tokens()
    before = rows(alpha), rows(beta)
    fields = {"grant_type": "client_credentials"} if path == "token" else {"token": given["access_token"]}
    answer = kiosk.at(beta).asked(path, **fields)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert (rows(alpha), rows(beta)) == before


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [("suspended", 403, "tenant_suspended"), ("creating", 503, "tenant_creating"), ("leaving", 410, "tenant_leaving")],
)
def test_tenant_that_is_not_open_tells_programs_so(
    alpha: World, kiosk: Registered, state: str, status: int, code: str
) -> None:
    own = kiosk.own_token()
    alpha.tenant.state = state
    alpha.tenant.save()
    hosts.forget()
    before = rows(alpha)
    answer = kiosk.asked(grant_type="client_credentials")
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    answer = api(alpha, own).get("/api/v1/venues/")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert rows(alpha) == before


def test_path_that_is_not_there_is_told_to_programs_as_json(alpha: World) -> None:
    answer = Client(headers={"Host": alpha.host}).post("/oauth/token", {"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("origin", "answer"),
    [
        ("https://app.example", "https://app.example"),
        *((bad, None) for bad in ("https://evil.example", "null", "https://[")),
    ],
)
def test_pages_of_a_registered_origin_read_the_answer(alpha: World, origin: str, answer: str | None) -> None:
    """For apps in browsers; they have no secret, so theirs is the code."""
    app = registered(alpha, kind="public", grants=("authorization-code",), allowed_origins=("https://app.example",))
    fields = {"grant_type": "authorization_code", "code": app.code(), "redirect_uri": BACK, "client_id": app.client_id}
    browser = Client(headers={"Host": alpha.host, "Origin": origin}, wsgi_url_scheme="https")
    given = browser.post("/oauth/token/", {**fields, "code_verifier": app.verifier})
    assert given.status_code == 200
    assert given.get("Access-Control-Allow-Origin") == answer


def test_kept_answers_of_one_client_are_not_anothers(alpha: World, kiosk: Registered) -> None:
    """R08: neither has a person, and both chose the same key."""
    other = registered(alpha, name="Other")
    times = {"start_datetime": "2027-03-01T09:00:00Z", "end_datetime": "2027-03-01T10:00:00Z"}
    answers = [
        Client(headers={"Host": alpha.host, "Authorization": f"Bearer {token}", "Idempotency-Key": "k"}).post(
            "/api/v1/quotes/", {"resource": resource, **times}, content_type="application/json"
        )
        for token, resource in ((kiosk.own_token(), alpha.court_1), (other.own_token(), alpha.court_2))
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "Idempotency-Replayed" not in answers[1]
