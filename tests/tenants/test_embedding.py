"""Pages inside other sites: no cookies in or out, addresses stay inside, and nothing of it outlives the request."""

import re
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import get_script_prefix, reverse, set_script_prefix
from django.utils import translation
from django_tenants.utils import tenant_context
from redis import RedisError

from accounts.models import User
from accounts.sessions import SessionStore
from bookings.access import link_token
from bookings.ics import House
from bookings.letters.links import page_of
from bookings.models import Booking
from kernel.errors import Conflict, Invalid, NotFound
from tenants import embedders, embedding
from tenants.addresses import address
from tenants.embedding import EmbeddingMiddleware, VisitorSession
from tests.worlds import World

VISITOR = "0123456789abcdef" * 2
IN = f"/embed/{VISITOR}/en/"
COURT = f"{IN}venues/main/court-1/"
SITE = "https://www.club.example"


@pytest.fixture
def client(alpha: World) -> Client:
    """A browser at Alpha's host, with CSRF checks on."""
    return Client(enforce_csrf_checks=True, headers={"Host": alpha.host})


@pytest.fixture
def allowed(in_alpha: World) -> World:
    """Alpha, which lets one site show its pages."""
    embedders.allow(SITE)
    return in_alpha


def csp(response: Any) -> dict[str, str]:
    """The policy's directives."""
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: value for name, _space, value in parts}


@pytest.mark.usefixtures("allowed")
def test_who_may_be_around_a_page_is_the_list(client: Client) -> None:
    inside, outside = client.get(COURT), client.get("/venues/main/court-1/")
    assert inside.status_code == 200
    assert csp(inside)["frame-ancestors"] == f"'self' {SITE}"
    assert "X-Frame-Options" not in inside
    assert inside["Referrer-Policy"] == "no-referrer"
    assert inside["X-Robots-Tag"] == "noindex"
    assert (csp(outside)["frame-ancestors"], outside["X-Frame-Options"]) == ("'none'", "DENY")


def test_without_a_list_only_the_tenants_own_pages_may(client: Client) -> None:
    assert csp(client.get(COURT))["frame-ancestors"] == "'self'"


@pytest.mark.parametrize(("path", "more"), [("", 0), ("venues/main/", 0), ("venues/main/court-1/", 1)])
def test_frame_costs_no_query_but_for_the_visitors_own_holds(client: Client, path: str, more: int) -> None:
    """Outside, whoever has no session cannot hold anything, so nothing is asked for."""
    client.get(f"/{path}")
    with CaptureQueriesContext(connection) as plain:
        client.get(f"/{path}")
    with CaptureQueriesContext(connection) as framed:
        client.get(f"{IN}{path}")
    assert len(framed) == len(plain) + more


def test_other_tenants_list_is_its_own(allowed: World, beta: World) -> None:
    assert csp(Client(headers={"Host": beta.host}).get(COURT))["frame-ancestors"] == "'self'"
    assert csp(Client(headers={"Host": allowed.host}).get(COURT))["frame-ancestors"] == f"'self' {SITE}"


def test_cookies_are_neither_read_nor_set(client: Client, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        client.cookies["django_language"] = "de"
    client.cookies["sessionid"] = "made-up"
    page = client.get(IN)
    assert page["Content-Language"] == "en"
    assert not page.cookies
    assert "Set-Cookie" not in page
    assert "csrfmiddlewaretoken" not in client.get(f"{IN}brand.css").content.decode()


def test_whoever_is_signed_in_is_nobody_inside(client: Client, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        client.force_login(
            User.objects.get(email=f"owner@{alpha.canary}.example"), "django.contrib.auth.backends.ModelBackend"
        )
        assert "Sign out" in client.get("/").content.decode()
        page = client.get(IN)
    assert page.wsgi_request.user.is_anonymous


def test_form_is_taken_without_a_token_and_the_holder_is_the_visitor(client: Client, alpha: World) -> None:
    wanted = free(client)
    answer = client.post(f"{COURT}hold/", {**wanted, "holder": "f" * 32})
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get(state="held")
        token = link_token(booking)
        assert page_of(booking, "booking").endswith(f"//{alpha.host}/bookings/{booking.pk}/{token}/")
    assert booking.holder == VISITOR
    assert (answer.status_code, answer["Location"]) == (302, f"{IN}bookings/{booking.pk}/{token}/details/")
    details = client.get(answer["Location"])
    assert details.status_code == 200
    assert not details.cookies
    again = client.post(f"{COURT}hold/", {**wanted, "holder": "e" * 32})
    assert again["Location"] == answer["Location"]


def test_link_opens_its_booking_inside_and_no_other_tenants(client: Client, alpha: World, beta: World) -> None:
    client.post(f"{COURT}hold/", free(client))
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get(state="held")
        token = link_token(booking)
    paths = [f"{IN}bookings/{booking.pk}/{token}/{page}" for page in ("", "details/", "pay/", "cancel/")]
    strange = Client(headers={"Host": beta.host})
    assert [strange.get(path).status_code for path in paths] == [404] * 4
    assert [client.get(path).status_code in {200, 302} for path in paths] == [True] * 4
    assert client.get(f"{IN}bookings/{booking.pk}/").status_code == 404  # no session inside knows it
    assert client.get(f"{IN}bookings/{booking.pk}/{token[:-1]}x/").status_code == 404


def test_addresses_that_are_given_away_lead_to_the_page_itself(alpha: World) -> None:
    """A letter that is written while somebody books inside a site must not lead into its frame."""
    set_script_prefix(IN)
    try:
        with tenant_context(alpha.tenant):
            assert address(alpha.tenant, reverse("home")).endswith(f"//{alpha.host}/")
            assert House.here().link("home").endswith(f"//{alpha.host}/")
    finally:
        set_script_prefix("/")


def free(client: Client) -> dict[str, object]:
    """What the form of the last free slot of the day sends: the first may begin while one asks."""
    html = client.get(COURT).content.decode()
    starts = re.findall(r'name="start" value="([^"]+)"', html)
    minutes = re.search(r'name="minutes" value="(\d+)"', html)
    assert minutes
    return {"start": starts[-1], "minutes": minutes.group(1), "people": 1}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 302),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "iframe"}, 302),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "empty"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document"}, 403),
    ],
    ids=["an old browser", "the page itself", "a strange page", "a sibling tenant's page", "a window"],
)
def test_forms_of_other_pages_are_refused(client: Client, alpha: World, headers: dict[str, str], status: int) -> None:
    assert client.post(f"{COURT}hold/", free(client), headers=headers).status_code == status
    with tenant_context(alpha.tenant):
        assert Booking.objects.filter(state="held").count() == (status == 302)


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        (COURT, "/venues/main/court-1/"),
        (f"{COURT}?day=2030-01-01&minutes=60", "/venues/main/court-1/?day=2030-01-01&minutes=60"),
        (f"{IN}/evil.example/", "/evil.example/"),
        (f"{IN}%5Cevil.example/", "/evil.example/"),
        (f"{IN}a%0d%0aSet-Cookie:x=1", "/a%0D%0ASet-Cookie%3Ax%3D1"),
        ("/embed/venues/main/", "/venues/main/"),
        ("/embed//evil.example/", "/evil.example/"),
    ],
)
def test_window_of_its_own_is_led_to_the_page_itself(client: Client, path: str, leads_to: str) -> None:
    """Nobody can make somebody else book under a visitor that they have made up; nobody is led elsewhere (T16)."""
    answer = client.get(path, headers={"Sec-Fetch-Dest": "document"})
    assert (answer.status_code, answer["Location"]) == (302, leads_to)


@pytest.mark.parametrize(
    "path",
    [
        "/embed/",
        "/embed",
        "/embed/venues/main/",
        f"/embed/{VISITOR}/venues/",
        f"/embed/{VISITOR}/xx/",
        f"/embed/{VISITOR}/en-pink/",
        f"/embed/{VISITOR.upper()}/en/",
        f"/embed/{VISITOR}0/en/",
        "/embed/../en/",
    ],
)
def test_frame_that_names_no_visitor_gets_one(client: Client, path: str) -> None:
    answer = client.get(path, headers={"Sec-Fetch-Dest": "iframe"})
    head, visitor, language, rest = answer["Location"].removeprefix("/").split("/", 3)
    assert (answer.status_code, head, language) == (302, "embed", "auto")
    assert "no-store" in answer["Cache-Control"]
    assert len(visitor) == 32
    assert int(visitor, 16) >= 0
    assert visitor != VISITOR
    assert rest == path.removeprefix("/embed").lstrip("/")


@pytest.mark.parametrize(
    "path", ["desk/", "desk/money/", "api/v1/resources/", "api/docs/", "oauth/authorize/", "nothing/", "static/page.js"]
)
def test_what_is_not_for_visitors_is_not_inside(client: Client, path: str) -> None:
    assert client.get(f"{IN}{path}").status_code == 404


@pytest.mark.parametrize("path", ["login/", "bookings/"])
def test_what_needs_an_account_is_offered_in_a_window(client: Client, path: str) -> None:
    page = client.get(f"{IN}{path}?next=/")
    assert page.status_code == 200
    assert f'href="/{path}?next=/" target="_blank"' in page.content.decode()
    assert client.post(f"{IN}{path}").status_code == 404


@pytest.mark.parametrize(
    ("language", "browsers", "spoken"), [("de", "en", "de"), ("auto", "de-AT", "de"), ("auto", "fr", "en")]
)
def test_language_of_the_address_or_else_of_the_browser(
    client: Client, language: str, browsers: str, spoken: str
) -> None:
    answer = client.get(f"/embed/{VISITOR}/{language}/", headers={"Accept-Language": browsers})
    assert answer["Content-Language"] == spoken


@pytest.mark.parametrize(
    ("browsers", "read"), [("en-GB,en;q=0.9,de;q=0.8", "en-gb,en,en"), ("de-CH,fr", "en"), ("", "en")]
)
def test_browsers_own_kind_of_the_language_stays(client: Client, browsers: str, read: str) -> None:
    answer = client.get(IN, headers={"Accept-Language": browsers})
    assert answer.wsgi_request.META["HTTP_ACCEPT_LANGUAGE"] == read


def test_platforms_host_has_no_such_pages(db: None) -> None:
    assert Client(headers={"Host": "localhost"}).get(IN).status_code == 404


def test_what_pages_remember_is_the_visitors_and_the_tenants(in_alpha: World, beta: World) -> None:
    session = VisitorSession(VISITOR)
    session["typed"] = {"name": "Gina"}
    session.save()
    assert VisitorSession(VISITOR)["typed"] == {"name": "Gina"}
    assert "typed" not in VisitorSession("f" * 32)
    with tenant_context(beta.tenant):
        assert "typed" not in VisitorSession(VISITOR)
    assert not SessionStore().exists(VISITOR)  # it is no cookie's session
    VisitorSession(VISITOR).delete()
    assert "typed" not in VisitorSession(VISITOR)


def test_without_redis_pages_only_forget(in_alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_asked: object) -> None:
        raise RedisError

    monkeypatch.setattr(embedding, "cache", SimpleNamespace(get=gone, set=gone, delete=gone))
    session = VisitorSession(VISITOR)
    session["typed"] = "x"
    session.save()
    session.delete()
    assert "typed" not in VisitorSession(VISITOR)


@pytest.mark.parametrize(("address", "theme"), [("en-dark", "forecourt-dark"), ("de-light", "forecourt"), ("en", "")])
def test_theme_of_the_address(client: Client, address: str, theme: str) -> None:
    html = client.get(f"/embed/{VISITOR}/{address}/").content.decode()
    assert (f'data-theme="{theme}"' in html) is bool(theme)
    assert ("data-theme" in html) is bool(theme)


class Stumbled(Exception):
    """What goes wrong in a page."""


def test_prefix_ends_with_the_request_also_where_that_fails(in_alpha: World) -> None:
    seen: list[str] = []

    def stumble(_request: HttpRequest) -> HttpResponse:
        seen.append(reverse("home"))
        raise Stumbled

    request = RequestFactory().get(COURT)
    request.tenant = in_alpha.tenant  # type: ignore[attr-defined]
    with pytest.raises(Stumbled):
        EmbeddingMiddleware(stumble)(request)
    assert seen == [IN]
    assert (get_script_prefix(), reverse("home")) == ("/", "/")


def test_prefix_is_one_threads_own(in_alpha: World) -> None:
    arrived, elsewhere = threading.Barrier(2, timeout=60), []

    def look() -> None:
        arrived.wait()
        elsewhere.append(get_script_prefix())
        arrived.wait()

    def answer(_request: HttpRequest) -> HttpResponse:
        arrived.wait()
        arrived.wait()
        return HttpResponseRedirect(reverse("home"))

    other = threading.Thread(target=look)
    other.start()
    request = RequestFactory().get(COURT)
    request.tenant = in_alpha.tenant  # type: ignore[attr-defined]
    assert EmbeddingMiddleware(answer)(request)["Location"] == IN
    other.join()
    assert elsewhere == ["/"]
    set_script_prefix("/")
    translation.activate("en")


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.club.example", "https://www.club.example"),
        (" HTTPS://WWW.Club.Example./courts/?a=b#c ", "https://www.club.example"),
        ("club.example", "https://club.example"),
        ("https://club.example:443", "https://club.example"),
        ("https://club.example:8443/x", "https://club.example:8443"),
        ("https://tennis-grün.example", "https://xn--tennis-grn-ieb.example"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
    ],
)
def test_sites_are_kept_as_browsers_write_them(typed: str, origin: str) -> None:
    assert embedders.origin_of_site(typed) == origin


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "http://club.example",
        "ftp://club.example",
        "javascript:alert(1)",
        "https://*.club.example",
        "*",
        "null",
        "club",
        "https://club.example:0",
        "https://club.example:99999",
        "https://user@club.example",
        "https://192.0.2.1",
        "https://[2001:db8::1]",
        "https://1.2.3",
        "https://club.example; script-src *",
        "https://club.example 'unsafe-inline'",
        "https://club.example,https://evil.example",
        "https://-club.example",
        "https://club..example",
        "https://cl\nub.example/\x00",
    ],
)
def test_what_is_no_site_is_refused(in_alpha: World, typed: str) -> None:
    before = list(in_alpha.tenant.embedding_sites)
    with pytest.raises(Invalid) as refusal:
        embedders.allow(typed)
    assert refusal.value.code == "bad_site"
    in_alpha.tenant.refresh_from_db()
    assert in_alpha.tenant.embedding_sites == before


def test_twentyfirst_site_is_refused_and_the_same_one_is_not_kept_twice(in_alpha: World) -> None:
    for number in [*range(embedders.MOST), 3]:
        embedders.allow(f"https://{number}.club.example")
    with pytest.raises(Conflict) as refusal:
        embedders.allow("https://one-more.example")
    assert refusal.value.code == "too_many_sites"
    in_alpha.tenant.refresh_from_db()
    assert in_alpha.tenant.embedding_sites == [f"https://{number}.club.example" for number in range(20)]
    embedders.disallow("https://3.club.example")
    with pytest.raises(NotFound):
        embedders.disallow("https://3.club.example")
    in_alpha.tenant.refresh_from_db()
    assert len(in_alpha.tenant.embedding_sites) == 19
