"""axe finds nothing on any page, and nothing is wider than a phone. WCAG 2.2 AA."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OPERATOR, WIDTHS, Open
from tests.browser.steps import choose_a_slot, fill_in_details, sign_in, sign_in_operator
from tests.databases import ROOT
from tests.servers import Server
from tests.worlds import ALPHA

NARROWEST = 320  # CSS pixels; WCAG 2.2, 1.4.10
RUN = """async () => {
  const found = await axe.run(
    {rules: {"target-size": {enabled: true}}, resultTypes: ["violations"], selectors: false});
  return found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html).join(" | ")}`);
}"""
VIEWS = list(zip(WIDTHS, ("light", "dark"), strict=True))
CUSTOMERS = ["/", "/venues/main/", "/venues/main/court-1/", "/venues/annex/room/", "/login/", "/nothing-here/"]
MONEY = ["", "payouts/", "statement/", "plan/", "documents/", "fees/", "business/"]
BOOKING = ["details", "details with errors", "booking", "cancelling", "cancelled"]


def faults(page: Page) -> list[str]:
    """What axe finds on the page, and what is wider than the window. A page is judged with its styles, not before."""
    page.wait_for_load_state("load")
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
    found: list[str] = page.evaluate(RUN)
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return found + ([f"wider than the window: {width}"] if width[0] > width[1] else [])


def told(found: dict[str, list[str]]) -> list[str]:
    """One line per fault, with its page."""
    return [f"{page}: {fault}" for page, faults in found.items() for fault in faults]


def customers_pages(page: Page) -> Iterator[str]:
    """Every page of a booking, one after the other."""
    for path in CUSTOMERS:
        page.goto(path)
        yield path
    choose_a_slot(page)
    yield "details"
    page.get_by_label("E-mail address").fill("nonsense")
    page.get_by_role("button", name="Book for").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "details with errors"
    fill_in_details(page)
    yield "booking"
    page.get_by_role("link", name="Cancel this booking").click()
    yield "cancelling"
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This booking is cancelled")
    yield "cancelled"


def staffs_pages(page: Page) -> Iterator[str]:
    """The desk, with bookings, closures and a refused block-out on it."""
    choose_a_slot(page, "half-a")
    fill_in_details(page)
    sign_in(page, f"owner@{ALPHA['canary']}.example")
    page.goto("/desk/?venue=main")
    yield "desk"
    page.get_by_text("Block out time").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Block it out").click()
    yield "desk after blocking out"
    page.goto("/bookings/")
    yield "own bookings, none"
    page.goto("/bookings/?when=past")
    yield "own bookings, past"
    for path in MONEY:
        page.goto(f"/desk/money/{path}")
        yield f"money, empty: {path}"


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_on_the_customers_pages(browse: Open, width: int, scheme: str) -> None:
    page = browse(width, color_scheme=scheme)
    found = {name: faults(page) for name in customers_pages(page)}
    assert list(found) == CUSTOMERS + BOOKING
    assert told(found) == []


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_on_the_staffs_pages(browse: Open, width: int, scheme: str) -> None:
    page = browse(width, color_scheme=scheme)
    found = {name: faults(page) for name in staffs_pages(page)}
    assert len(found) == 4 + len(MONEY)
    assert told(found) == []


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_on_the_platforms_pages(browse: Open, site: Server, width: int, scheme: str) -> None:
    page = browse(width, color_scheme=scheme, base_url=f"http://localhost:{site.port}")
    found = {}
    for path in ("/", "/prices/", "/sign-up/", "/terms/", "/privacy/", "/login/", "/nothing-here/"):
        page.goto(path)
        found[path] = faults(page)
    sign_in_operator(page, site, OPERATOR)
    found["tenants"] = faults(page)
    page.goto(f"http://nobody.localhost:{site.port}/")
    found["unknown host"] = faults(page)
    assert told(found) == []


@pytest.mark.parametrize("path", ["/", "/venues/main/court-1/", "/login/"])
def test_nothing_scrolls_sideways_on_the_narrowest_screen(browse: Open, path: str) -> None:
    page = browse(NARROWEST)
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") == NARROWEST


def test_buttons_and_links_of_the_calendar_are_large_enough_for_a_thumb(browse: Open) -> None:
    page = browse(390)
    page.goto("/venues/main/court-1/")
    small = page.evaluate(
        """() => [...document.querySelectorAll("a.day, button.slot, .btn, select, input:not([type=hidden])")]
        .filter((element) => element.offsetParent !== null && !element.closest(".decoy"))
        .map((element) => [element.textContent.trim(), element.getBoundingClientRect()])
        .filter(([, box]) => box.height < 44 || box.width < 40)
        .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
    )
    assert small == []
