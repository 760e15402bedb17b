"""The desk's customers in a browser: two are merged, one is blocked and refused where they book; axe finds nothing."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HEIGHT, WIDTHS, Open
from tests.browser.steps import choose_a_slot, sign_in
from tests.browser.test_accessibility import faults
from tests.worlds import ALPHA

PAGES = ("/desk/customers/", "/desk/customers/guests/", "/desk/customers/new/", "/desk/customers/duplicates/")


@pytest.fixture(params=WIDTHS)
def owner(browse: Open, request: pytest.FixtureRequest) -> Page:
    """The owner, on a laptop and on a phone."""
    page = browse(WIDTHS[0])
    sign_in(page, f"owner@{ALPHA['canary']}.example")
    page.set_viewport_size({"width": request.param, "height": HEIGHT})
    return page


def make(page: Page, name: str, email: str) -> str:
    """A customer for somebody who calls; the address of their page."""
    page.goto("/desk/customers/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Make the customer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert faults(page) == []
    return page.url


def block(page: Page) -> None:
    """Whoever's page is open."""
    page.get_by_role("link", name="Block").click()
    assert faults(page) == []
    page.get_by_label("Reason, for the team").fill("Broke a net")
    page.get_by_role("button", name="Block").click()
    expect(page.get_by_text("Blocked since")).to_be_visible()


def test_two_become_one_and_the_blocked_one_is_refused(owner: Page, browse: Open) -> None:
    page, who = owner, uuid4().hex[:8]
    name = f"Mina {who}"
    kept = make(page, name, f"mina-{who}@example.org")
    make(page, name, f"mina{who}@example.com")
    block(page)
    page.goto(kept)
    page.get_by_role("link", name="Look at both").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merge two customers")
    expect(page.get_by_text("The block moves, too")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Make them one").click()
    expect(page.get_by_text("They are one customer now.")).to_be_visible()
    expect(page.get_by_text("Blocked since")).to_be_visible()
    assert page.url == kept
    guest = browse(390)
    choose_a_slot(guest, "court-2")
    guest.get_by_label("Name").fill(name)
    guest.get_by_label("E-mail address").fill(f"mina{who}@example.com")
    guest.get_by_role("button", name="Book for").click()
    expect(guest.get_by_text("You cannot book here online.").first).to_be_visible()


def test_axe_finds_nothing_and_nothing_is_too_wide(owner: Page) -> None:
    for path in (*PAGES, "/desk/groups/", "/desk/groups/new/"):
        owner.goto(path)
        expect(owner.get_by_role("heading", level=1)).to_be_visible()
        assert faults(owner) == [], path
        assert owner.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
