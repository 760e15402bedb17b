"""The owner finds what a payout contains, on a desk and on a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import servers
from tests.browser.conftest import Open
from tests.browser.test_accessibility import faults
from tests.conftest import pointed_at
from tests.isolation.scene import furnish_bookings, kept_session
from tests.isolation.statement import PAYOUT
from tests.servers import Server
from tests.worlds import ALPHA, World, world_of

WIDTHS = (1280, 390)
Site = tuple[Server, World]


@pytest.fixture(scope="module")
def books(django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[Site]:
    """Alpha with something of everything behind a web server, for this file."""
    with django_db_blocker.unblock():
        template = request.getfixturevalue("template")
        with servers.copied(template, "money") as database, pointed_at(database):
            alpha = world_of(ALPHA)
            furnish_bookings(alpha)
            with servers.web(database, workers=1) as server:
                yield server, alpha


def owner(books: Site, browse: Open, width: int) -> Page:
    """The owner's window, signed in."""
    server, alpha = books
    base = f"http://{ALPHA['slug']}.localhost:{server.port}"
    page = browse(width, base_url=base)
    page.context.add_cookies([{"name": "sessionid", "value": kept_session(alpha, "owner"), "url": base}])
    return page


def go_to(page: Page, section: str, name: str) -> None:
    """By the way around: at the side of a wide window, behind "Menu" and by tabs on a phone."""
    if page.locator(".desk-top").is_visible():
        page.get_by_text("Menu", exact=True).click()
        page.locator(".desk-menu").get_by_role("link", name=section, exact=True).click()
        page.locator(".desk-tabs").get_by_role("link", name=name, exact=True).click()
    else:
        page.locator(".desk-side").get_by_role("link", name=section, exact=True).click()
        page.locator(".desk-side").get_by_role("link", name=name, exact=True).click()


@pytest.mark.parametrize("width", WIDTHS)
def test_owner_looks_up_what_a_payout_contains(books: Site, browse: Open, width: int) -> None:
    page = owner(books, browse, width)
    page.goto("/desk/")
    go_to(page, "Money", "Payouts")
    expect(page.get_by_role("heading", name="Payouts to your bank")).to_be_visible()
    assert faults(page) == []
    page.locator(f"main a[href$='/{PAYOUT}/']").click()
    expect(page.locator("main")).to_contain_text("€25.00")
    assert faults(page) == []
    go_to(page, "Money", "Takings")
    expect(page.get_by_role("heading", name="Held against Stripe")).to_be_visible()
    assert faults(page) == []
