"""What is only read at the platform's host: it sets no cookie, says who it is, and knows its languages."""

from typing import Any

import pytest
from django.test import Client

from billing.subscriptions.models import Plan
from tenants.models import Tenant
from tests.flows.pages import Visitor
from tests.website.applying import PLATFORM
from tests.worlds import World

READ = ["/", "/prices/", "/terms/", "/privacy/", "/processing/", "/subprocessors/", "/robots.txt", "/sitemap.xml"]
pytestmark = pytest.mark.usefixtures("platform")


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("language", ["", "?lang=de", "?lang=en"])
def test_what_is_only_read_sets_no_cookie_at_all(path: str, language: str) -> None:
    answer = Client(HTTP_HOST=PLATFORM).get(path + language)
    assert (answer.status_code, dict(answer.cookies)) == (200, {})


def test_control_the_form_does_set_one_for_it_is_needed() -> None:
    answer = Client(HTTP_HOST=PLATFORM).get("/sign-up/")
    assert (answer.status_code, set(answer.cookies)) == (200, {"csrftoken"})


@pytest.mark.parametrize("path", READ[:6])
def test_page_speaks_as_the_address_says_else_as_the_browser_does(path: str) -> None:
    def language(where: str, **headers: Any) -> str:
        html = Client(HTTP_HOST=PLATFORM, **headers).get(where).content.decode()
        return html.partition('<html lang="')[2][:2]

    assert language(path) == "en"
    assert language(path, HTTP_ACCEPT_LANGUAGE="de-AT") == "de"
    assert language(f"{path}?lang=en", HTTP_ACCEPT_LANGUAGE="de-AT") == "en"
    assert language(f"{path}?lang=de") == "de"
    assert language(f"{path}?lang=xx") == "en"


def test_language_of_the_address_stays_while_one_goes_on(stranger: Visitor) -> None:
    page = stranger.open("/?lang=de")
    inside = {href for href, _given in page.links if href.startswith("/")}
    names = ("", "prices/", "sign-up/", "terms/", "privacy/", "processing/", "subprocessors/", "status/")
    assert inside == {f"/{name}?lang=de" for name in names}


@pytest.mark.parametrize("path", ["/", "/prices/", "/sign-up/"])
def test_search_engines_are_told_the_languages(stranger: Visitor, path: str) -> None:
    page = stranger.open(f"{path}?lang=de")
    given = [each for name, each in page.elements if name == "link"]
    by_language = {each["hreflang"]: each["href"] for each in given if "hreflang" in each}
    here = f"http://localhost{path}"
    assert by_language == {"en": f"{here}?lang=en", "de": f"{here}?lang=de", "x-default": here}
    assert [each["href"] for each in given if each.get("rel") == "canonical"] == [f"{here}?lang=de"]


def test_addresses_of_pages_come_from_settings_whatever_the_host_header_says(settings: Any) -> None:
    """T16: the row of the platform's host is found by name, and nothing on the page is made of the header."""
    settings.PUBLIC_PORT = "8443"
    html = Client(HTTP_HOST="LOCALHOST.:1234").get("/").content.decode()
    assert '<link rel="canonical" href="http://localhost:8443/">' in html
    assert "1234" not in html


def test_crawlers_are_told_the_public_pages_and_no_others() -> None:
    client = Client(HTTP_HOST=PLATFORM)
    robots = client.get("/robots.txt").content.decode()
    assert "Disallow: /operators/" in robots
    assert "Disallow: /sign-up/link/" in robots
    assert robots.endswith("Sitemap: http://localhost/sitemap.xml\n")
    sitemap = client.get("/sitemap.xml").content.decode()
    pages = [line.partition("<loc>")[2].partition("</loc>")[0] for line in sitemap.splitlines() if "<loc>" in line]
    named = ("", "prices/", "sign-up/", "terms/", "processing/", "privacy/", "subprocessors/")
    assert pages == [f"http://localhost/{path}" for path in named]


def test_prices_are_those_of_the_rows(stranger: Visitor, plans: None) -> None:
    Plan.objects.filter(code="starter").update(monthly_minor=31_00, most_bookings=1_234)
    Plan.objects.filter(code="enterprise").update(is_public=False)
    page = stranger.open("/prices/")
    assert "Starter €31 a month" in page.text
    assert "Bookings a month: 1,234" in page.text
    assert "1% of online payments" in page.text.replace("\xa0", "").replace(" %", "%")
    assert "Enterprise" not in page.text
    assert page.link("plan=starter") == "/sign-up/?plan=starter"
    assert "14 days" in page.text


def test_a_house_without_plans_says_so(stranger: Visitor) -> None:
    page = stranger.open("/prices/")
    assert "this house sells no plans" in page.text
    assert "trial" not in page.text


def test_demo_is_linked_where_there_is_one_that_is_open(alpha: World, stranger: Visitor, settings: Any) -> None:
    def links() -> list[str]:
        return [href for href, _given in stranger.open("/").links if alpha.host in href or "demo" in href]

    assert links() == []
    settings.DEMO_TENANT = alpha.tenant.slug
    assert links() == [f"http://{alpha.host}/", "/demo/desk/"]
    Tenant.objects.filter(pk=alpha.tenant.pk).update(state="suspended")
    assert links() == []


def test_who_runs_it_stands_in_the_imprint_or_that_it_is_missing(stranger: Visitor, settings: Any) -> None:
    assert stranger.open("/imprint/").status == 404
    for path in ("/terms/", "/privacy/"):
        page = stranger.open(path)
        assert "has not said yet who they are" in page.text
        assert "/imprint/" not in page.html
    settings.PLATFORM_NAME, settings.PLATFORM_ADDRESS = "Courts Ltd", "1 High Street|12345 Berlin"
    settings.PLATFORM_EMAIL, settings.PLATFORM_HOSTING = "hello@courts.example", "Hetzner, Falkenstein"
    settings.PLATFORM_PROCESSORS = "Post AG: letters on paper"
    for path in ("/terms/", "/privacy/", "/imprint/"):
        page = stranger.open(path)
        assert "Courts Ltd 1 High Street 12345 Berlin" in page.text
        assert "has not said" not in page.text
    text = stranger.open("/privacy/").text
    assert "Hetzner, Falkenstein" in text
    assert "Post AG: letters on paper" in text
    assert "/imprint/" in stranger.open("/").html


def test_public_pages_are_not_at_a_tenants_host(alpha: World) -> None:
    for path in ("/prices/", "/sign-up/", "/terms/", "/imprint/"):
        assert Client(HTTP_HOST=alpha.host).get(path).status_code == 404
