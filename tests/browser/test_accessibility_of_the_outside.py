"""axe finds nothing on the desk's pages about messages, calendars and webhooks, empty and filled. WCAG 2.2 AA."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OPERATOR, Open
from tests.browser.steps import sign_in, sign_in_operator
from tests.browser.test_accessibility import VIEWS, faults, told
from tests.servers import Server
from tests.worlds import ALPHA

NOBODY = "http://127.0.0.1:18999"  # nothing listens there, and nobody is asked: there is no worker
READ = [
    "messages/",
    "messages/rules/",
    "messages/templates/",
    "messages/addresses/",
    "calendars/",
    "calendars/conflicts/",
    "calendars/feeds/",
    "calendars/new/caldav/",
    "webhooks/",
    "imports/",
    "exports/",
]

PANEL = [
    "tenants/tenant/",
    "clock/",
    "switches/",
    "migrations/",
    "figures/",
    "reconciliation/",
    "website/signup/",
    "tenants/announcement/",
    "tenants/announcement/add/",
    "tenants/abusereport/",
    "subscriptions/subscription/",
    "tenants/inboxevent/",
    "tenants/outboxmessage/",
    "tenants/duework/",
    "operators/operator/",
    "operators/operatoract/",
]


def press(page: Page, name: str) -> None:
    """A button of the page's own."""
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def filled(page: Page, width: int) -> Iterator[str]:
    """What is made there: words that are refused, a feed, a calendar, a webhook with its secret."""
    page.goto("/desk/messages/templates/reminder/mail/en/")
    yield "words"
    page.get_by_label("Text").fill("{% for day in days %}")
    press(page, "Save")
    yield "words that are refused"
    page.goto("/desk/calendars/feeds/")
    press(page, "Make an address")
    yield "feed"
    page.get_by_role("link", name="Revoke this address").click()
    yield "feed, revoking"
    page.goto("/desk/calendars/new/address/")
    page.get_by_label("Address of the calendar").fill(f"{NOBODY}/{width}.ics")
    press(page, "Connect")
    yield "calendar"
    page.get_by_role("link", name="Disconnect").click()
    yield "calendar, disconnecting"
    page.goto("/desk/webhooks/new/")
    press(page, "Make it")
    yield "webhook with errors"
    page.get_by_label("Address", exact=True).fill(f"{NOBODY}/hook")
    press(page, "Make it")
    expect(page.get_by_text("whsec_")).to_be_visible()
    yield "webhook with its secret"
    press(page, "Send a test")
    page.locator("li summary").first.click()
    yield "webhook with a delivery"


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_on_the_pages_of_the_outside(browse: Open, width: int, scheme: str) -> None:
    page = browse(width, color_scheme=scheme)
    sign_in(page, f"owner@{ALPHA['canary']}.example")
    found = {}
    for path in READ:
        page.goto(f"/desk/{path}")
        found[path] = faults(page)
        expect(page.locator("main nav [aria-current=page]")).to_have_count(1)
    found |= {name: faults(page) for name in filled(page, width)}
    assert len(found) == len(READ) + 9
    assert told(found) == []


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_on_the_operators_panel(browse: Open, site: Server, width: int, scheme: str) -> None:
    page = browse(width, color_scheme=scheme, base_url=f"http://localhost:{site.port}")
    sign_in_operator(page, site, OPERATOR)
    found = {}
    for path in ("", *PANEL):
        page.goto(f"/operators/{path}")
        page.wait_for_load_state("load")
        found[path] = faults(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert told(found) == []
