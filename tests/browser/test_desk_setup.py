"""The first steps by hand: from an empty business to a court that a stranger can book, counted in clicks."""

import re
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tenants import provisioning
from tests.browser.conftest import WIDTHS, Open
from tests.browser.test_accessibility import faults
from tests.conftest import pointed_at
from tests.servers import Server
from tests.worlds import PASSWORD

MOST_CLICKS = 12
FIVE_MINUTES = 300
OWNER = "olga@first.example"


class Clicking:
    """A page on which clicks are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def press(self, role: str, name: str) -> None:
        """Click the one of this role and name; each page on the way has no faults."""
        assert faults(self.page) == []
        self.page.get_by_role(role, name=re.compile(f"^{name}")).first.click()  # type: ignore[arg-type]
        self.clicks += 1


@pytest.fixture(scope="module")
def businesses(site: Server, django_db_blocker: Any) -> dict[int, str]:
    """Empty ones, made before there is a browser: one for each width."""
    slugs = {width: f"first-{uuid4().hex[:8]}" for width in WIDTHS}
    with django_db_blocker.unblock(), pointed_at(site.database):
        for slug in slugs.values():
            provisioning.create(
                provisioning.Application(
                    name="Padel First", slug=slug, time_zone="Europe/Berlin", currency="EUR", owner_email=OWNER,
                    owner_name="Olga", owner_password=PASSWORD,
                )
            )  # fmt: skip
    return slugs


@pytest.mark.parametrize("width", WIDTHS)
def test_empty_business_has_a_court_that_a_stranger_books(
    site: Server, businesses: dict[int, str], browse: Open, width: int
) -> None:
    slug = businesses[width]
    base = f"http://{slug}.localhost:{site.port}"
    page = browse(width, base_url=base)
    page.goto("/login/?next=/desk/")
    page.get_by_label("E-mail address").fill(OWNER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    began, hand = monotonic(), Clicking(page)
    hand.press("link", "Set it up in five minutes")
    hand.press("link", "Begin: Your venue")
    expect(page.get_by_label("Name")).to_have_value("Padel First")
    hand.press("button", "Save and go on")
    expect(page.get_by_role("heading", level=1)).to_have_text("Opening hours")
    hand.press("button", "Save and go on")
    expect(page.get_by_role("heading", level=1)).to_have_text("What can be booked")
    page.get_by_label("What is it called?").fill("Court 1-2")
    hand.press("button", "Save and go on")
    expect(page.get_by_role("heading", level=1)).to_have_text("A price")
    hand.press("button", "Save and go on")
    for heading in ("Your look", "Online payment", "Your team"):
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        hand.press("button", "Go on")
    expect(page.get_by_role("heading", level=1)).to_have_text("Open for bookings")
    hand.press("button", "Save")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are open for bookings")
    assert faults(page) == []
    assert hand.clicks <= MOST_CLICKS
    assert monotonic() - began < FIVE_MINUTES
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    address = page.locator("[aria-labelledby=pass-on] a").first.inner_text()
    guest = browse(width, base_url=base)
    guest.goto(address)
    guest.get_by_role("link", name=re.compile("Court 2")).first.click()
    guest.locator("button.slot-free").first.click()
    guest.get_by_label("Name").fill("Gina Guest")
    guest.get_by_label("E-mail address").fill("gina@example.org")
    guest.get_by_role("button", name="Book for").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
