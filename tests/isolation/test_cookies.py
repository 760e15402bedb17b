"""Cookies stay with their host, and a sibling tenant's page cannot send forms here (T14)."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from tests.databases import ROOT
from tests.isolation.contents import contents
from tests.isolation.scene import GUESTS, session_of
from tests.worlds import PASSWORD, World

FLAGS = ("NAME", "DOMAIN", "PATH", "SECURE", "HTTPONLY", "SAMESITE")
ASKED = [f"{cookie}_COOKIE_{flag}" for cookie in ("SESSION", "CSRF", "LANGUAGE") for flag in FLAGS]
ASKED += ["CSRF_TRUSTED_ORIGINS", "USE_X_FORWARDED_HOST"]


@pytest.fixture(scope="module")
def production() -> dict[str, Any]:
    """Production's settings, read by a process of their own."""
    code = (
        "import json, django; django.setup(); from django.conf import settings;"
        f"print(json.dumps({{name: getattr(settings, name) for name in {ASKED}}}))"
    )
    made_up = {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "made up " * 10,
        "VAULT_KEYS": "made up too " * 10,
        "BASE_DOMAIN": "forecourt.example",
        "EMAIL_HOST": "mail.forecourt.example",
        "PYTHONPATH": "platform",
    }
    command, env = [sys.executable, "-c", code], {**os.environ, **made_up}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("cookie", ["SESSION", "CSRF"])
def test_cookies_of_production_belong_to_one_host(production: dict[str, Any], cookie: str) -> None:
    """T14: `__Host-` asks for Secure, Path=/ and no Domain, and browsers hold sites to it."""
    assert production[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
    assert production[f"{cookie}_COOKIE_DOMAIN"] is None
    assert production[f"{cookie}_COOKIE_PATH"] == "/"
    assert production[f"{cookie}_COOKIE_SECURE"] is True
    assert production[f"{cookie}_COOKIE_HTTPONLY"] is True
    assert production[f"{cookie}_COOKIE_SAMESITE"] == "Lax"


def test_cookie_of_the_language_travels_as_the_others_do(production: dict[str, Any]) -> None:
    flags = {flag: production[f"LANGUAGE_COOKIE_{flag}"] for flag in FLAGS if flag != "NAME"}
    assert flags == {"DOMAIN": None, "PATH": "/", "SECURE": True, "HTTPONLY": True, "SAMESITE": "Lax"}


def test_production_trusts_no_other_origin_and_no_forwarded_host(production: dict[str, Any]) -> None:
    """T14, T16."""
    assert production["CSRF_TRUSTED_ORIGINS"] == []
    assert production["USE_X_FORWARDED_HOST"] is False
    assert production["LANGUAGE_COOKIE_DOMAIN"] is None


@pytest.fixture
def as_production(settings: Settings) -> None:
    """Cookies as production sets them, with requests over TLS."""
    for name in ("SESSION", "CSRF"):
        setattr(settings, f"{name}_COOKIE_SECURE", True)
        setattr(settings, f"{name}_COOKIE_NAME", f"__Host-{name.lower()}")


def browser(world: World) -> Client:
    """A browser at the world's host, over TLS, with CSRF checks on."""
    return Client(enforce_csrf_checks=True, headers={"Host": world.host})


def sign_in(client: Client, world: World, **headers: Any) -> Any:
    """Fill in the sign-in form of the world's host as the guest."""
    page = client.get("/login/", secure=True)
    token = page.content.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    fields = {"username": f"guest@{world.canary}.example", "password": PASSWORD, "csrfmiddlewaretoken": token}
    return client.post("/login/", fields, secure=True, **headers)


@pytest.mark.usefixtures("as_production")
def test_cookies_that_are_set_carry_those_flags(alpha: World) -> None:
    """T14."""
    client = browser(alpha)
    sign_in(client, alpha, HTTP_ORIGIN=f"https://{alpha.host}")
    assert set(client.cookies) == {"__Host-session", "__Host-csrf"}
    for cookie in client.cookies.values():
        assert cookie["secure"] is True
        assert cookie["httponly"] is True
        assert (cookie["domain"], cookie["path"], cookie["samesite"]) == ("", "/", "Lax")


@pytest.mark.usefixtures("as_production")
@pytest.mark.parametrize(
    "origin",
    ["https://{beta}", "https://evil.example", "http://{alpha}", "https://{alpha}:8443", "https://x.{alpha}", "null"],
)
def test_form_sent_by_a_siblings_page_is_refused(alpha: World, beta: World, origin: str) -> None:
    """T14: Lax cookies come along between siblings, so the Origin decides; even the right token does not help."""
    client = browser(alpha)
    answer = sign_in(client, alpha, HTTP_ORIGIN=origin.format(alpha=alpha.host, beta=beta.host))
    assert answer.status_code == 403
    assert "__Host-session" not in client.cookies


@pytest.mark.usefixtures("as_production")
def test_form_sent_by_ones_own_page_is_taken(alpha: World) -> None:
    client = browser(alpha)
    answer = sign_in(client, alpha, HTTP_ORIGIN=f"https://{alpha.host}")
    assert (answer.status_code, answer["Location"]) == (302, "/bookings/")


@pytest.mark.usefixtures("as_production")
def test_cookie_tossed_by_a_sibling_does_not_make_its_form_good(alpha: World, beta: World) -> None:
    """T14: the sibling sets a token that it knows, and sends the same in its form."""
    client = browser(alpha)
    known = "a" * 32
    client.cookies["__Host-csrf"] = known
    fields = {"username": f"guest@{alpha.canary}.example", "password": PASSWORD, "csrfmiddlewaretoken": known}
    answer = client.post("/login/", fields, secure=True, HTTP_ORIGIN=f"https://{beta.host}")
    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["post", "patch"])
@pytest.mark.parametrize("origin", ["https://{beta}", None])
def test_api_call_with_a_session_and_a_siblings_origin_is_refused(
    worlds: tuple[World, World], method: str, origin: str | None
) -> None:
    """T14: sessions open the API too, so the same holds there; nothing is cancelled."""
    alpha, beta = worlds
    client = browser(alpha)
    client.cookies["sessionid"] = session_of(alpha, "guest")
    before = contents(alpha)
    headers: dict[str, Any] = {"HTTP_ORIGIN": origin.format(beta=beta.host)} if origin else {}
    answer = getattr(client, method)(
        f"/api/v1/bookings/{GUESTS}/cancel/", {}, content_type="application/json", secure=True, **headers
    )
    assert answer.status_code == 403
    assert contents(alpha) == before


def test_signing_in_makes_a_new_session(alpha: World) -> None:
    """T14: a session that was planted before signing in is worth nothing after it."""
    planted = browser(alpha)
    with tenant_context(alpha.tenant):
        session = planted.session
        session["holder"] = "0" * 32
        session.save()
    planted.cookies["sessionid"] = session.session_key or ""
    before = planted.cookies["sessionid"].value
    sign_in(planted, alpha, HTTP_ORIGIN=f"https://{alpha.host}")
    assert planted.cookies["sessionid"].value != before
    again = browser(alpha)
    again.cookies["sessionid"] = before
    assert again.get("/bookings/", secure=True).status_code == 302
