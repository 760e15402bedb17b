"""axe finds nothing on the pages of accounts, with mistakes on them and without, and nothing is wider than a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.test_accessibility import VIEWS, faults, told
from tests.worlds import ALPHA, PASSWORD

OPEN = ["/login/link/", "/login/password/", "/signup/", "/data/", "/account/link/nobodys/"]
OWN = ["", "address/", "password/", "passkeys/", "earlier/", "data/", "data/erase/"]
WITH_FORMS = ["address/", "password/", "data/erase/"]


def pages(page: Page) -> Iterator[str]:
    """Every page, one after the other."""
    for path in OPEN:
        page.goto(path)
        yield path
    page.goto("/signup/")
    page.get_by_role("button", name="Go on").click()
    yield "sign-up with mistakes"
    page.goto("/login/")
    page.get_by_label("E-mail address").fill(f"guest@{ALPHA['canary']}.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/bookings/")
    for path in OWN:
        page.goto(f"/account/{path}")
        yield f"account: {path}"
    for path in WITH_FORMS:
        page.goto(f"/account/{path}")
        if page.locator("main form:not([action]) button").count():
            page.locator("main form:not([action]) button").first.click()
            yield f"account with mistakes: {path}"


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_on_the_pages_of_accounts(browse: Open, width: int, scheme: str) -> None:
    page = browse(width, color_scheme=scheme)
    assert told({name: faults(page) for name in pages(page)}) == []
