"""The table of a day by keyboard and on a phone."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_accessibility import faults


def at(page: Page) -> str:
    """What has the focus, as it is read out."""
    said: str = page.evaluate("document.activeElement.textContent.trim()")
    return said


def opened(page: Page) -> None:
    """The table of a day that nobody else books: other tests of this server take what is free first."""
    page.goto(f"/venues/main/day/?day={datetime.now(UTC) + timedelta(days=40):%F}")
    page.get_by_role("link", name="Next day").click()
    expect(page.locator("table[data-grid][role=grid]")).to_be_visible()


def test_arrow_keys_walk_through_the_day_and_enter_holds(browse: Open) -> None:
    page = browse(1280)
    opened(page)
    page.locator("td button").first.focus()
    first = at(page)
    assert "7:00 – 8:00" in first
    page.keyboard.press("ArrowRight")
    assert "7:30 – 8:30" in at(page)
    assert at(page).split(",")[0] == first.split(",")[0]
    page.keyboard.press("ArrowDown")
    assert "7:30 – 8:30" in at(page)
    assert at(page).split(",")[0] != first.split(",")[0]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    assert at(page) == first
    assert page.locator("td [tabindex='0'], td[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")


def test_axe_finds_nothing_and_only_the_table_scrolls(browse: Open) -> None:
    for width, scheme in ((1280, "light"), (390, "dark"), (320, "light")):
        page = browse(width, color_scheme=scheme)
        opened(page)
        assert faults(page) == []
        board = page.evaluate("[document.querySelector('.board').scrollWidth, innerWidth]")
        assert board[0] > board[1] or width == 1280
        page.goto("/search/?people=2&from=18:00")
        assert faults(page) == []
        page.goto("/search/?people=900")
        assert faults(page) == []


def test_search_answers_without_a_new_page_and_keeps_the_focus(browse: Open) -> None:
    page = browse(1280)
    page.goto("/search/")
    page.evaluate("window.same = true")
    page.get_by_label("How many people").fill("900")
    page.get_by_label("How many people").press("Tab")
    expect(page.get_by_text("The largest has room for 100.")).to_be_visible()
    assert page.evaluate("window.same") is True
    expect(page.locator("#found-status")).to_contain_text("Nothing is free for that.")
    expect(page.get_by_role("search").get_by_role("button", name="Search")).to_be_focused()
