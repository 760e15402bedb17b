"""Codes: asked for at the consent page, traded once, with PKCE (RFC 6749, 7636, 9207, 9700)."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.models import User
from oauth.models import AccessToken, Grant
from tests.oauth.asking import BACK, Registered, api, browser, registered, rows, visited
from tests.worlds import World


@pytest.fixture
def kiosk(alpha: World) -> Registered:
    """A server's client."""
    return registered(alpha)


def told(answer: object) -> dict[str, str]:
    """What the browser carries back to the client."""
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}  # type: ignore[index]


def test_code_leads_to_a_token_that_acts_as_the_person(alpha: World, kiosk: Registered) -> None:
    answer = browser(alpha, "guest").post(kiosk.link(), {"allow": "1"})
    assert answer["Location"].startswith(BACK + "&")
    back = told(answer)
    assert {name: back[name] for name in ("from", "state", "iss")} == {
        "from": "forecourt",
        "state": "s 1",
        "iss": f"http://{alpha.host}",
    }
    given = kiosk.traded(back["code"])
    assert given["Cache-Control"] == "no-store"
    body = given.json()
    assert {name: body[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "booking:read booking:write",
    }
    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert api(alpha, body["access_token"]).get("/api/v1/bookings/").status_code == 200


def test_page_says_who_asks_for_what_as_whom_and_where_one_goes(alpha: World, kiosk: Registered) -> None:
    page = browser(alpha, "guest").get(kiosk.link())
    text = page.content.decode()
    for words in ("Allow Kiosk?", "See bookings", "Make, change", f"guest@{alpha.canary}.example", "app.example"):
        assert words in text
    assert "Cancel bookings" not in text
    assert "form-action 'self' https://app.example;" in page["Content-Security-Policy"] + ";"
    assert "no-store" in page["Cache-Control"]


def test_everybody_is_asked_every_time(alpha: World, kiosk: Registered) -> None:
    kiosk.tokens()
    assert browser(alpha, "guest").get(kiosk.link()).status_code == 200


def test_who_is_not_signed_in_is_led_there_and_back(alpha: World, kiosk: Registered) -> None:
    answer = Client(headers={"Host": alpha.host}).get(kiosk.link())
    assert answer.status_code == 302
    assert told(answer)["next"] == kiosk.link()


def test_what_is_wrong_is_told_before_anybody_signs_in(alpha: World, kiosk: Registered) -> None:
    """The policy of the sign-in's page would keep a browser from being led on to the app."""
    nobody = Client(headers={"Host": alpha.host})
    assert told(nobody.get(kiosk.link(scope="everything")))["error"] == "invalid_scope"
    assert nobody.get(kiosk.link(client_id="nobody")).status_code == 400
    before = rows(alpha)
    for answer in (nobody.post(kiosk.link(), {"allow": "1"}), nobody.post(kiosk.link(), {"deny": "1"})):
        assert answer["Location"].startswith("/login/")
    assert rows(alpha) == before


def test_who_denies_is_led_back_without_a_code(alpha: World, kiosk: Registered) -> None:
    before = rows(alpha)
    answer = browser(alpha, "guest").post(kiosk.link(), {"deny": "1"})
    assert told(answer) == {
        "from": "forecourt",
        "error": "access_denied",
        "state": "s 1",
        "iss": f"http://{alpha.host}",
    }
    assert rows(alpha) == before


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/other",
        "https://app.example/back",
        "https://app.example/back?from=forecourt&more=1",
        "https://app.example/back?from=other",
        "https://app.example:8443/back?from=forecourt",
        "https://app.example:443/back?from=forecourt",
        "https://evil@app.example/back?from=forecourt",
        "https://app.example/back?from=forecourt#x",
        "https://app.example/BACK?from=forecourt",
        "https://APP.example/back?from=forecourt",
        "https://app.example.evil.example/back?from=forecourt",
        "https://app.example/back/../back?from=forecourt",
        "http://app.example/back?from=forecourt",
        "javascript:alert(1)",
        "//app.example/back?from=forecourt",
        "https://app.example/back?from=forecourt https://evil.example/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_any_other_address_is_led_nowhere(alpha: World, kiosk: Registered, uri: str, method: str) -> None:
    """RFC 9700, 2.1: character by character. The person is told, the address gets nothing."""
    before = rows(alpha)
    answer = visited(alpha, method, kiosk.link(redirect_uri=uri))
    assert answer.status_code == 400
    assert "Location" not in answer
    assert rows(alpha) == before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "none"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"scope": "booking:read staff:write"}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "x" * 500}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_wrong_is_told_to_the_client(
    alpha: World, kiosk: Registered, changes: dict[str, str | None], error: str, method: str
) -> None:
    before = rows(alpha)
    answer = visited(alpha, method, kiosk.link(**changes))
    assert answer.status_code == 302
    assert answer["Location"].startswith(BACK)
    assert (told(answer)["error"], told(answer)["state"], told(answer)["iss"]) == (error, "s 1", f"http://{alpha.host}")
    assert rows(alpha) == before


@pytest.mark.parametrize("query", ["?client_id=%zz", "?client_id=%00", "", "?client_id=nobody&response_type=code"])
def test_nonsense_is_a_page_of_400(alpha: World, kiosk: Registered, query: str) -> None:
    assert browser(alpha, "guest").get("/oauth/authorize/" + query).status_code == 400


def test_client_of_another_tenant_is_not_known(alpha: World, beta: World, kiosk: Registered) -> None:
    """T27."""
    assert browser(beta, "guest").get(kiosk.link()).status_code == 400
    code, before = kiosk.code(), rows(beta)
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": kiosk.verifier}
    answer = kiosk.at(beta).asked(**fields)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer["WWW-Authenticate"] == 'Basic realm="oauth"'
    assert rows(beta) == before
    assert kiosk.traded(code).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"code_verifier": None}, 400, "invalid_request"),
        ({"code_verifier": "x" * 43}, 400, "invalid_grant"),
        ({"redirect_uri": "https://app.example/other"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": "a\0b"}, 400, "invalid_request"),
        ({"code": "wrong"}, 400, "invalid_grant"),
        ({"code": None}, 400, "invalid_request"),
        ({"grant_type": "password", "username": "x", "password": "y"}, 400, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "unsupported_grant_type"),
    ],
)
def test_wrong_trade_is_refused_and_leaves_the_code_as_it_was(
    alpha: World, kiosk: Registered, changes: dict[str, str | None], status: int, error: str
) -> None:
    code = kiosk.code()
    before = rows(alpha)
    answer = kiosk.traded(code, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer["Cache-Control"] == "no-store"
    assert rows(alpha) == before
    assert kiosk.traded(code).status_code == 200


def test_code_of_another_client_is_worth_nothing(alpha: World, kiosk: Registered) -> None:
    other = registered(alpha, name="Other")
    code, before = kiosk.code(), rows(alpha)
    answer = other.traded(code, code_verifier=kiosk.verifier)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert rows(alpha) == before


def test_code_that_comes_back_takes_what_came_of_it_along(alpha: World, kiosk: Registered) -> None:
    """RFC 6749, 4.1.2: also after the tokens were refreshed."""
    code = kiosk.code()
    given = kiosk.traded(code).json()
    newer = kiosk.refreshed(given["refresh_token"]).json()
    assert api(alpha, newer["access_token"]).get("/api/v1/bookings/").status_code == 200
    answer = kiosk.traded(code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert api(alpha, newer["access_token"]).get("/api/v1/bookings/").status_code == 401
    assert kiosk.refreshed(newer["refresh_token"]).json()["error"] == "invalid_grant"


def test_code_is_good_for_a_minute(alpha: World, kiosk: Registered) -> None:
    code = kiosk.code()
    with tenant_context(alpha.tenant), connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM expires - created)::int FROM oauth_grant")
        assert cursor.fetchone()[0] == 60
        cursor.execute("UPDATE oauth_grant SET expires = clock_timestamp()")
    answer = kiosk.traded(code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    with tenant_context(alpha.tenant):
        assert (AccessToken.objects.count(), Grant.objects.get().used_at) == (0, None)


def test_code_of_a_closed_account_is_worth_nothing(alpha: World, kiosk: Registered) -> None:
    code = kiosk.code()
    with tenant_context(alpha.tenant):
        User.objects.filter(pk=alpha.users["guest"]).update(is_active=False)
    assert kiosk.traded(code).json()["error"] == "invalid_grant"


def test_app_without_a_secret_trades_by_its_verifier_alone(alpha: World) -> None:
    app = registered(alpha, kind="public", grants=("authorization-code",))
    assert app.secret == ""
    assert app.tokens()["scope"] == "booking:read booking:write"
    answer = app.traded(app.code(), client_secret="")
    assert answer.status_code == 200


def test_parameters_are_in_the_body_and_there_once(alpha: World, kiosk: Registered) -> None:
    """RFC 6749, 3.2."""
    client = Client(headers={"Host": alpha.host})
    twice = "grant_type=client_credentials&grant_type=client_credentials"
    twice += f"&client_id={kiosk.client_id}&client_secret={kiosk.secret}"
    kind = "application/x-www-form-urlencoded"
    assert client.post("/oauth/token/", twice, content_type=kind).json()["error"] == "invalid_request"
    answer = client.post(f"/oauth/token/?client_id={kiosk.client_id}&client_secret={kiosk.secret}", {"grant_type": "x"})
    assert answer.json()["error"] == "invalid_request"
    assert client.get("/oauth/token/").status_code == 405


def test_only_digests_are_kept(alpha: World, kiosk: Registered) -> None:
    """A stolen table opens nothing."""
    code = kiosk.code()
    given = kiosk.traded(code).json()
    kept = str(rows(alpha))
    for secret in (code, kiosk.secret, kiosk.verifier, given["access_token"], given["refresh_token"]):
        assert secret not in kept
