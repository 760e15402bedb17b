"""An app is registered, asks, and is allowed by the keyboard; axe finds nothing on the way. WCAG 2.2 AA."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.steps import press_tab_until, sign_in
from tests.browser.test_accessibility import VIEWS, faults, told
from tests.servers import Server
from tests.worlds import ALPHA

ASKED = {"response_type": "code", "code_challenge": "A" * 43, "code_challenge_method": "S256", "state": "s"}


def owners_pages(page: Page, back: str) -> Iterator[str]:
    """Everything about the API, at the end of which an app is registered."""
    sign_in(page, f"owner@{ALPHA['canary']}.example")
    page.goto("/desk/settings/")
    page.get_by_role("main").locator("a[href='/desk/api/']").last.click()
    yield "API"
    page.get_by_role("link", name="Register an app").click()
    page.get_by_label("Name").fill("Lobby kiosk")
    page.get_by_label("For people").check()
    page.get_by_label("See bookings").check()
    page.get_by_label("Where people return to").fill("http://app.example/")
    page.get_by_role("button", name="Register it").click()
    yield "registering, with a mistake"
    page.get_by_label("Where people return to").fill(back)
    page.get_by_role("button", name="Register it").click()
    expect(page.get_by_role("heading", name="The secret: copy it now")).to_be_visible()
    yield "registered"


def guests_pages(page: Page, client_id: str, back: str) -> Iterator[str]:
    """The question, the answer by keyboard that leads to another host, and where one sees it again."""
    sign_in(page, f"guest@{ALPHA['canary']}.example")
    page.goto("/oauth/authorize/?client_id=nobody")
    yield "an unknown app"
    page.goto("/oauth/authorize/?" + urlencode({**ASKED, "client_id": client_id, "redirect_uri": back}))
    yield "the question"
    press_tab_until(page, "Allow")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{back}?code=*")
    for path, name in (("/me/apps/", "own apps"), ("/me/tokens/", "own tokens")):
        page.goto(path)
        yield name
    page.get_by_label("What it is for").fill("Script")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="The token: copy it now")).to_be_visible()
    yield "a new token"


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_on_the_pages_of_apps(browse: Open, site: Server, width: int, scheme: str) -> None:
    back = f"http://127.0.0.1:{site.port}/healthz"
    owner, guest = browse(width, color_scheme=scheme), browse(width, color_scheme=scheme)
    found = {name: faults(owner) for name in owners_pages(owner, back)}
    client_id = owner.locator("h3:text('client_id') + p").inner_text()
    found |= {name: faults(guest) for name in guests_pages(guest, client_id, back)}
    assert len(found) == 8
    assert told(found) == []
