"""The pages that describe the API: each dialect's calls are there, on a phone, in the dark, from this host alone."""

from playwright.sync_api import expect

from tests.browser.conftest import WIDTHS, Open

SHOWN = {
    "v1": ("Bookings", "/api/v1/bookings/"),
    "core": ("Catalogue", "/api/services/"),
    "partner": ("Availability and prices", "/api/partner/v1/slots"),
}


def test_pages_of_the_dialects_lead_to_each_other_and_show_their_calls(browse: Open) -> None:
    page = browse(width=WIDTHS[1], color_scheme="dark")
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2].partition(":")[0]))
    page.goto("/api/docs/")
    for dialect, (heading, call) in SHOWN.items():
        page.get_by_label("Dialects").get_by_role("link", name=dialect).click()
        page.get_by_role("link", name=heading, exact=True).click()
        expect(page.get_by_text(call, exact=True).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == WIDTHS[1]
        assert page.evaluate("document.documentElement.classList.contains('dark-mode')") is True
    assert hosts == {"alpha-sports.localhost"}
