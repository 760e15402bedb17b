"""Signing in at Google and Microsoft: out with PKCE, back through the platform's host, into one session and tenant."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from bookings.calendars.providers.oauth import Tokens, challenge
from bookings.models.calendars import Connection
from tests.bookings.calendars.elsewhere import TOKENS, work
from tests.doubles import google as doubles_google
from tests.doubles.google import Google
from tests.doubles.microsoft import Microsoft
from tests.isolation.scene import session_of
from tests.worlds import World

PLATFORM = "localhost"
LIST = "/desk/calendars/"


@pytest.fixture
def browser(alpha: World) -> Client:
    """The owner's, at Alpha's host."""
    return _browser(alpha, "owner")


def _browser(world: World, who: str) -> Client:
    browser = Client(headers={"Host": world.host})
    browser.cookies["sessionid"] = session_of(world, who)
    return browser


def _left(browser: Client, provider: str = "google", **sent: str) -> dict[str, str]:
    """The query with which the owner arrives at the provider's pages."""
    answer = browser.post(f"/desk/calendars/leave/{provider}/", sent)
    assert answer.status_code == 200
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.context["url"]).query).items()}


def _sent_on(provider: str, **brought: str) -> tuple[int, str]:
    """What the platform's host does with somebody who comes back: status, where to."""
    answer = Client(headers={"Host": PLATFORM}).get(f"/calendars/returned/{provider}/", brought)
    return answer.status_code, answer.get("Location", "")


def _path(location: str) -> str:
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}"


@pytest.mark.parametrize(("provider", "calendar"), [("google", "Courts"), ("microsoft", "Courts")])
def test_an_owner_signs_in_comes_back_and_chooses_a_calendar(
    alpha: World, browser: Client, google: Google, microsoft: Microsoft, provider: str, calendar: str
) -> None:
    out = _left(browser, provider)
    assert out["redirect_uri"] == f"http://{PLATFORM}/calendars/returned/{provider}/"
    assert (out["response_type"], out["code_challenge_method"]) == ("code", "S256")
    status, location = _sent_on(provider, state=out["state"], code="code-1")
    assert (status, urlsplit(location).netloc) == (302, alpha.host)
    answer = browser.get(_path(location))
    assert (answer.status_code, answer["Location"]) == (302, "/desk/calendars/new/choose/")
    double: Any = {"google": google, "microsoft": microsoft}[provider]
    redeemed = double.calls("POST", "/token")[0].form
    assert (redeemed["grant_type"], redeemed["code"], redeemed["redirect_uri"]) == (
        "authorization_code",
        "code-1",
        out["redirect_uri"],
    )
    assert challenge(redeemed["code_verifier"]) == out["code_challenge"]
    page = browser.get("/desk/calendars/new/choose/")
    ids = {name: value for value, name in page.context["form"].fields["calendar"].choices}
    sent = {"calendar": ids[calendar], "place": f"resource:{alpha.court_1}", "pushes": "on", "name": ""}
    answer = browser.post("/desk/calendars/new/choose/", sent)
    with tenant_context(alpha.tenant):
        made = Connection.objects.get()
        assert answer["Location"] == f"/desk/calendars/{made.pk}/"
        assert (made.provider, made.name, made.remote_id) == (provider, calendar, ids[calendar])
        assert made.account.startswith("olga@")
        assert (made.resource_id, made.pushes, made.pulls, made.state) == (alpha.court_1, True, False, "ok")
        assert Tokens.of(made.sealed).access.startswith("access-")
        assert "access-" not in made.sealed


def test_google_is_asked_for_lasting_access(browser: Client, google: Google) -> None:
    out = _left(browser)
    assert (out["access_type"], out["prompt"], out["client_id"]) == ("offline", "consent", "forecourt.apps")


@pytest.mark.parametrize("who", ["manager", "owner"])
def test_a_code_that_comes_to_another_session_is_good_for_nothing(
    alpha: World, browser: Client, google: Google, who: str
) -> None:
    """T27: somebody is led to a link that another one began."""
    out = _left(browser)
    _status, location = _sent_on("google", state=out["state"], code="code-1")
    other = _browser(alpha, who)
    answer = other.get(_path(location))
    assert answer["Location"] == LIST
    assert google.calls("POST", "/token") == []
    assert other.get("/desk/calendars/new/choose/").status_code == 404


def test_a_code_that_comes_to_another_tenant_is_good_for_nothing(
    alpha: World, beta: World, browser: Client, google: Google
) -> None:
    """T27: the owner of Beta, in a session of Beta that began a link of its own."""
    theirs = _browser(beta, "owner")
    _left(theirs)
    out = _left(browser)
    _status, location = _sent_on("google", state=out["state"], code="code-1")
    assert theirs.get(_path(location))["Location"] == LIST
    assert google.calls("POST", "/token") == []


def test_a_way_back_is_good_once(alpha: World, browser: Client, google: Google) -> None:
    out = _left(browser)
    _status, location = _sent_on("google", state=out["state"], code="code-1")
    browser.get(_path(location))
    assert browser.get(_path(location))["Location"] == LIST
    assert len(google.calls("POST", "/token")) == 1


@pytest.mark.parametrize("change", ["", "x", "t_999~x", "public~x", "~", "a" * 600])
def test_a_state_that_nobody_signed_leads_nowhere(alpha: World, change: str) -> None:
    assert _sent_on("google", state=change, code="code-1") == (404, "")


def test_a_state_of_one_tenant_under_anothers_name_leads_nowhere(
    alpha: World, beta: World, browser: Client, google: Google
) -> None:
    """T27, T09: the signature is the schema's own."""
    signed = _left(browser)["state"].partition("~")[2]
    assert _sent_on("google", state=f"{beta.tenant.schema_name}~{signed}", code="code-1") == (404, "")


def test_who_does_not_agree_has_connected_nothing(alpha: World, browser: Client, google: Google) -> None:
    out = _left(browser)
    _status, location = _sent_on("google", state=out["state"], error="access_denied")
    assert browser.get(_path(location))["Location"] == LIST
    assert "You did not agree" in browser.get(LIST).content.decode()
    assert google.asked == []


def test_a_dead_calendar_is_opened_again_by_the_same_account_alone(
    alpha: World, browser: Client, google: Google
) -> None:
    with tenant_context(alpha.tenant):
        dead = Connection.objects.create(
            provider="google",
            name="Courts",
            account=doubles_google.OWNER,
            remote_id=doubles_google.CALENDAR,
            resource_id=alpha.court_1,
            pushes=True,
            state="dead",
            last_error="invalid_grant",
            sealed=TOKENS.sealed(),
            created_at=alpha.tenant.created_at,
        )
        other = Connection.objects.create(
            provider="google",
            name="Hers",
            account="mallory@gmail.example",
            remote_id="hers",
            resource_id=alpha.court_1,
            pushes=True,
            state="dead",
            created_at=alpha.tenant.created_at,
        )
    for connection, state in ((other, "dead"), (dead, "ok")):
        out = _left(browser, again=str(connection.pk))
        _status, location = _sent_on("google", state=out["state"], code="code-1")
        browser.get(_path(location))
        with tenant_context(alpha.tenant):
            connection.refresh_from_db()
            assert connection.state == state
    with tenant_context(alpha.tenant):
        assert work() == 0


def test_without_a_client_id_neither_is_offered(alpha: World, browser: Client) -> None:
    page = browser.get(LIST)
    assert "/desk/calendars/leave/" not in page.content.decode()
    assert page.context["missing"] == ["Google Calendar", "Microsoft 365"]
    assert browser.post("/desk/calendars/leave/google/").status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("front_desk", 403), ("accountant", 403), ("guest", 403), ("manager", 200)]
)
def test_owners_and_managers_alone_connect_calendars(alpha: World, who: str, status: int) -> None:
    assert _browser(alpha, who).get(LIST).status_code == status
