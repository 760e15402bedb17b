"""A client written with Authlib, against the product's own server: each grant, refreshing, ending, looking."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client, OAuthError
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from tenants.models import Domain
from tests.conftest import own_database
from tests.databases import ROOT
from tests.isolation.scene import session_of
from tests.oauth.asking import BACK, PARTNER, Registered, registered
from tests.servers import Server, web
from tests.threads import at_once
from tests.worlds import ALPHA, BETA, world_of

VERIFIER = "v" * 48


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[Server]:
    """The product."""
    with own_database(template, django_db_blocker) as name, web(name) as running:
        yield running


@pytest.fixture
def kiosk(server: Server, monkeypatch: pytest.MonkeyPatch) -> Registered:
    """A client of Alpha's. Authlib is told that this is no place for https."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    return registered(world_of(ALPHA))


def session(server: Server, kiosk: Registered, **more: Any) -> OAuth2Client:
    """Authlib's client at Alpha's host."""
    addresses = {name: f"{server.url}/oauth/{name}/" for name in ("token", "authorize", "revoke", "introspect")}
    return OAuth2Client(
        kiosk.client_id,
        kiosk.secret,
        redirect_uri=BACK,
        token_endpoint=addresses["token"],
        headers={"Host": kiosk.world.host},
        timeout=60,
        **more,
    )


def allowed(server: Server, kiosk: Registered, link: str) -> str:
    """Where a person's browser is led who is shown the page and allows."""
    cookies = {"sessionid": session_of(kiosk.world, "guest")}
    with httpx.Client(headers={"Host": kiosk.world.host}, cookies=cookies, timeout=60) as browser:
        page = browser.get(link)
        assert page.status_code == 200, page.text
        [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text))
        answer = browser.post(link, data={"csrfmiddlewaretoken": token, "allow": "1"})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def signed_in(server: Server, kiosk: Registered, client: OAuth2Client) -> dict[str, Any]:
    """A pair of tokens by way of the consent page."""
    link, state = client.create_authorization_url(f"{server.url}/oauth/authorize/", code_verifier=VERIFIER)
    assert create_s256_code_challenge(VERIFIER) in link
    back = allowed(server, kiosk, link)
    found: dict[str, Any] = client.fetch_token(
        authorization_response=back, state=state, code_verifier=VERIFIER, grant_type="authorization_code"
    )
    return found


def test_client_credentials(server: Server, kiosk: Registered) -> None:
    with session(server, kiosk) as client:
        token = client.fetch_token(grant_type="client_credentials", scope="availability:read")
        assert (token["scope"], token["expires_in"]) == ("availability:read", 3600)
        assert client.get(f"{server.url}/api/v1/venues/").status_code == 200
        assert client.get(f"{server.url}/api/v1/bookings/").json()["code"] == "insufficient_scope"
        there = client.get(f"{server.url}/api/v1/venues/", headers={"Host": world_of(BETA).host})
        assert there.status_code == 401  # T10
    with session(server, kiosk, token_endpoint_auth_method="client_secret_post") as client:
        assert client.fetch_token(grant_type="client_credentials")["scope"].split() == list(PARTNER)


def test_code_with_pkce_refreshing_with_rotation_and_the_end(server: Server, kiosk: Registered) -> None:
    with session(server, kiosk, scope="booking:read", code_challenge_method="S256") as client:
        first = dict(signed_in(server, kiosk, client))
        assert client.get(f"{server.url}/api/v1/bookings/").status_code == 200
        second = dict(client.refresh_token(refresh_token=first["refresh_token"]))
        assert client.get(f"{server.url}/api/v1/bookings/").status_code == 200
        told = client.introspect_token(f"{server.url}/oauth/introspect/", token=second["access_token"]).json()
        assert (told["active"], told["scope"]) == (True, "booking:read")
        with pytest.raises(OAuthError, match="invalid_grant"):
            client.refresh_token(refresh_token=first["refresh_token"])
        told = client.introspect_token(f"{server.url}/oauth/introspect/", token=second["access_token"]).json()
        assert told == {"active": False}
        third = dict(signed_in(server, kiosk, client))
        ended = client.revoke_token(f"{server.url}/oauth/revoke/", token=third["refresh_token"])
        assert ended.status_code == 200
        client.token = third
        assert client.get(f"{server.url}/api/v1/bookings/").status_code == 401


def test_of_two_who_bring_the_same_one_gets_tokens_and_both_lose_them(server: Server, kiosk: Registered) -> None:
    """RFC 6749, 4.1.2, RFC 9700, 4.14.2: at the same moment, too; it is not known who is the thief."""
    url, headers = f"{server.url}/oauth/token/", {"Host": kiosk.world.host}
    known = {"client_id": kiosk.client_id, "client_secret": kiosk.secret}
    with session(server, kiosk, scope="booking:read", code_challenge_method="S256") as client:
        link, _state = client.create_authorization_url(f"{server.url}/oauth/authorize/", code_verifier=VERIFIER)
        code = httpx.URL(allowed(server, kiosk, link)).params["code"]
        refresh = dict(signed_in(server, kiosk, client))["refresh_token"]
    trade = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    for fields in (trade, {"grant_type": "refresh_token", "refresh_token": refresh}):

        def ask(fields: dict[str, str] = fields) -> httpx.Response:
            return httpx.post(url, data={**known, **fields}, headers=headers, timeout=60)

        answers = at_once(*[ask] * 6)
        assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400, 400]
        [given] = [answer.json() for answer in answers if answer.status_code == 200]
        bearer = {**headers, "Authorization": f"Bearer {given['access_token']}"}
        assert httpx.get(f"{server.url}/api/v1/bookings/", headers=bearer).status_code == 401


def test_addresses_are_found_by_the_servers_metadata(server: Server, kiosk: Registered) -> None:
    """RFC 8414, and RFC 9207: the issuer is what the answer says."""
    told = httpx.get(f"{server.url}/.well-known/oauth-authorization-server", headers={"Host": kiosk.world.host}).json()
    assert told["issuer"] == f"http://{kiosk.world.host}"
    with session(server, kiosk, scope="booking:read", code_challenge_method="S256") as client:
        link, _state = client.create_authorization_url(f"{server.url}/oauth/authorize/", code_verifier=VERIFIER)
        assert httpx.URL(allowed(server, kiosk, link)).params["iss"] == told["issuer"]


def test_example_of_the_manual_works(
    server: Server, kiosk: Registered, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/oauth.md: the Python that strangers copy, at a host that Python finds."""
    Domain.objects.get_or_create(tenant=kiosk.world.tenant, domain="127.0.0.1", is_primary=False)
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs/oauth.md").read_text(), flags=re.DOTALL)
    ours = f'HOST, CLIENT_ID, SECRET, BACK = "{server.url}", "{kiosk.client_id}", "{kiosk.secret}", "{BACK}"'
    code, count = re.subn(r"^HOST, CLIENT_ID.*$", lambda _match: ours, code, flags=re.MULTILINE)
    assert count == 1

    here = kiosk.at(replace(kiosk.world, host=f"127.0.0.1:{server.port}"))

    def led(_words: str) -> str:
        return allowed(server, here, capsys.readouterr().out.split()[1])

    monkeypatch.setattr("builtins.input", led)
    exec(code, {})
    access, refresh, *scope = capsys.readouterr().out.split()
    assert scope == ["booking:read", "booking:write"]
    bearer = {"Host": kiosk.world.host, "Authorization": f"Bearer {access}"}
    assert httpx.get(f"{server.url}/api/v1/bookings/", headers=bearer).status_code == 200
    assert refresh
