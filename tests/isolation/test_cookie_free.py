"""Cookie-free by default: who only reads is given none, and every name that code can set is on the page of cookies."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from schemas.clock import database_now
from tests.databases import ROOT
from tests.flows.pages import COURT, Visitor
from tests.isolation.contents import contents
from tests.routes import public_routes, tenant_routes
from tests.worlds import World

PAGE = (ROOT / "docs" / "privacy" / "cookies.md").read_text()
OF_PLATFORM = (
    *("/", "/prices/", "/terms/", "/processing/", "/privacy/", "/subprocessors/", "/status/", "/status.json"),
    *("/robots.txt", "/sitemap.xml"),
)
INSIDE = f"/embed/{'0' * 32}/en/"
OF_TENANT = (
    *("/", "/venues/main/", "/venues/main/court-1/", "/venues/main/court-1/?month={month}"),
    *("/search/", "/widget.js", "/manifest.webmanifest", "/favicon.ico", "/robots.txt", "/sitemap.xml"),
    *(INSIDE, f"{INSIDE}venues/main/", f"{INSIDE}venues/main/court-1/"),
)
SOURCES = ("platform", "tenants", "venues", "billing", "bookings", "desk")
NAMED = {
    "settings.LANGUAGE_COOKIE_NAME": ["django_language"],
    "APPEARANCE": ["appearance"],
    "challenges.cookie()": ["__Host-session-challenge", "sessionid-challenge"],
    "cookie()": ["__Host-session-challenge", "sessionid-challenge", "__Host-session-look-in", "sessionid-look-in"],
}
"""What calls that set a cookie name it, and what that is in production and on a developer's machine."""
SETS = {"set_cookie", "set_signed_cookie"}


@pytest.mark.parametrize("path", OF_PLATFORM)
def test_reading_the_platforms_pages_sets_no_cookie(alpha: World, path: str) -> None:
    answer = Client(HTTP_HOST="localhost").get(path)
    assert (answer.status_code, dict(answer.cookies)) == (200, {})


@pytest.mark.parametrize("path", OF_TENANT)
def test_reading_a_tenants_pages_sets_no_cookie(alpha: World, path: str) -> None:
    answer = Client(HTTP_HOST=alpha.host).get(path.format(month=f"{database_now():%Y-%m}"), follow=True)
    assert (answer.status_code, dict(answer.cookies)) == (200, {}), path


def chosen(world: World) -> tuple[Visitor, Any, Any]:
    """A stranger, a page with free slots, and the form of them."""
    someone = Visitor(world.host)
    day = f"{database_now() + timedelta(days=3):%Y-%m-%d}"
    page = someone.open(f"{COURT}?day={day}")
    return someone, page, page.form_with("start")


def test_begun_with_a_booking_there_are_two_and_no_others(alpha: World) -> None:
    """The control: a slot that is taken is this browser's, and the form of what follows guards itself."""
    someone, page, form = chosen(alpha)
    assert set(someone.client.cookies) == set()
    done = someone.send(page, form, form.buttons[0][1])
    assert "Nearly done" in done.text
    assert set(someone.client.cookies) == {"csrftoken", "sessionid"}


@pytest.mark.parametrize("path", ["/appearance/", "/language/"])
def test_what_somebody_chooses_is_kept_in_a_cookie_of_its_own(alpha: World, path: str) -> None:
    someone = Visitor(alpha.host)
    page = someone.open("/")
    choice = {"/appearance/": {"appearance": "dark"}, "/language/": {"language": "de"}}[path]
    someone.send(page, page.form(path), **choice)
    assert set(someone.client.cookies) == {{"/appearance/": "appearance", "/language/": "django_language"}[path]}


@pytest.mark.parametrize(
    "said", ["https://{host}", "http://evil.example", "http://{other}", "http://{host}:81", "null", " "]
)
@pytest.mark.parametrize("header", ["HTTP_ORIGIN", "HTTP_REFERER"])
def test_slot_chosen_on_a_page_of_somebody_elses_is_refused(alpha: World, beta: World, said: str, header: str) -> None:
    """T14: without a cookie the origin alone decides; a stranger's form takes no slot, and neither does a sibling's."""
    _someone, _page, form = chosen(alpha)
    before = contents(alpha)
    values = {**form.fields, "start": form.buttons[0][1]}
    asking = Client(HTTP_HOST=alpha.host, enforce_csrf_checks=True)
    told: dict[str, Any] = {header: said.format(host=alpha.host, other=beta.host)}
    assert asking.post(form.action, values, **told).status_code == 403
    assert contents(alpha) == before


@pytest.mark.parametrize("header", ["HTTP_ORIGIN", "HTTP_REFERER"])
def test_slot_chosen_on_a_page_of_ours_is_taken_without_a_token(alpha: World, header: str) -> None:
    _someone, _page, form = chosen(alpha)
    values = {**form.fields, "start": form.buttons[0][1]}
    assert "csrfmiddlewaretoken" not in values
    asking = Client(HTTP_HOST=alpha.host, enforce_csrf_checks=True)
    told: dict[str, Any] = {header: f"http://{alpha.host}"}
    assert asking.post(form.action, values, **told).status_code == 302


@pytest.mark.parametrize(("cookie", "status"), [("", 302), ("sessionid=x", 403)])
def test_who_says_nothing_is_taken_where_there_is_no_session_to_make_use_of(
    alpha: World, cookie: str, status: int
) -> None:
    """T14: a program, and no browser of these years. With a session in it the token is asked for, as ever."""
    _someone, _page, form = chosen(alpha)
    before = contents(alpha)
    values = {**form.fields, "start": form.buttons[0][1]}
    asking = Client(HTTP_HOST=alpha.host, enforce_csrf_checks=True)
    told: dict[str, Any] = {"HTTP_COOKIE": cookie} if cookie else {}
    assert asking.post(form.action, values, **told).status_code == status
    assert (contents(alpha) == before) is (status == 403)


def test_another_site_that_the_browser_tells_of_is_refused(alpha: World) -> None:
    _someone, _page, form = chosen(alpha)
    before = contents(alpha)
    asking = Client(HTTP_HOST=alpha.host, HTTP_SEC_FETCH_SITE="cross-site", enforce_csrf_checks=True)
    assert asking.post(form.action, {**form.fields, "start": form.buttons[0][1]}).status_code == 403
    assert contents(alpha) == before


def test_own_origin_does_not_suffice_for_anything_else(alpha: World) -> None:
    """Signing in, and whatever somebody does who is signed in, asks for the token as ever."""
    asking = Client(HTTP_HOST=alpha.host, HTTP_ORIGIN=f"http://{alpha.host}", enforce_csrf_checks=True)
    assert asking.post("/login/", {"username": "x@example.org", "password": "y"}).status_code == 403
    paths = {"/venues/<slug:venue>/<slug:resource>/hold/", "/appearance/", "/language/"}
    every = [*tenant_routes(), *public_routes()]
    assert {route.path for route in every if getattr(route.view, "own_origin_suffices", False)} == paths


def names_set() -> Iterator[str]:
    """Names of cookies that code sets, as the page of cookies writes them, from every call that sets one."""
    yield from ("__Host-session", "__Host-csrf", "sessionid", "csrftoken")  # Django's own, by production's settings
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SETS:
                    yield from NAMED.get(ast.unparse(node.args[0]), [f"{path.name}: {ast.unparse(node.args[0])}"])


def test_every_cookie_that_code_sets_is_on_the_page() -> None:
    listed = set(re.findall(r"`([\w-]+)`", PAGE.partition("| name |")[2].partition("\n\n")[0]))
    missing = set(names_set()) - listed
    assert not missing, f"Say in docs/privacy/cookies.md what it is for, and here what it is called: {missing}"
    assert settings.LANGUAGE_COOKIE_NAME == "django_language"
    assert listed - set(names_set()) - {"httponly"} == set(), "nothing sets it any more"


def test_scripts_write_to_no_storage_but_what_the_page_lists(alpha: World) -> None:
    """Of ours: what vendors bring is seen by the browser's test."""
    words = re.compile(r"\b(localStorage|sessionStorage|indexedDB|document\.cookie|caches\.open)\b")
    found = {
        path.name
        for path in [*(ROOT / "static").glob("*.js"), ROOT / "tenants/widget.js"]
        if words.search(path.read_text())
    }
    assert found == {"widget.js", "details.js"}
    assert all(f"`{key}`" in PAGE for key in ("forecourt <origin>", "forecourt-draft", "forecourt-who"))
