"""Pages do not move while they come, days are walked by arrows, and neither Back nor a lost connection loses a form."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.steps import press_tab_until
from tests.browser.test_paying import fields, to_pay

# What moved by itself since the page was asked for: its share of the window, and what it was.
WATCH = """new PerformanceObserver((list) => {
  const named = ({node}) => node?.id || node?.className || String(node);
  for (const each of list.getEntries())
    if (!each.hadRecentInput) (window.moved ??= []).push([each.value, ...each.sources.map(named)]);
}).observe({type: "layout-shift", buffered: true});"""
ROOM = "/venues/annex/room/"


def focused(page: Page) -> str:
    """The id of what has the focus."""
    identity: str = page.evaluate("document.activeElement.id")
    return identity


def test_nothing_moves_while_details_and_the_card_form_come(come: Open) -> None:
    page = come(390)
    page.add_init_script(WATCH)
    to_pay(page)
    expect(fields(page).locator("#number")).to_be_visible()
    expect(page.locator("#pay button")).to_be_enabled()
    assert page.evaluate("window.moved ?? []") == []
    page.go_back()
    expect(page.locator("#remember")).to_be_visible()
    assert page.evaluate("window.moved ?? []") == []
    page.goto("/login/")
    expect(page.get_by_role("button", name="Show the password")).to_be_visible()
    assert page.evaluate("window.moved ?? []") == []


def test_arrow_keys_walk_through_the_month_and_into_the_next_one(come: Open) -> None:
    page = come(390)
    page.goto(ROOM)
    page.locator("#next-month").click()  # this one may be nearly over
    days = page.locator("a.day")
    expect(page.locator("#previous-month")).to_be_visible()
    first = days.first.get_attribute("id") or ""
    press_tab_until(page, first)
    page.keyboard.press("ArrowRight")
    assert focused(page) == days.nth(1).get_attribute("id")
    page.keyboard.press("ArrowDown")
    assert focused(page) == f"day-{int(str(days.nth(1).get_attribute('id'))[4:]) + 7}"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == first
    page.keyboard.press("End")
    assert focused(page) == days.last.get_attribute("id")
    month = page.locator("#calendar-heading").inner_text()
    page.keyboard.press("PageUp")
    expect(page.locator("#calendar-heading")).not_to_have_text(month)
    # There is no month before this one, and no arrow to it: the focus is not lost with it.
    expect(page.locator("#previous-month")).to_have_count(0)
    expect(page.locator("#calendar-heading")).to_be_focused()


def test_back_to_a_refused_form_shows_it_with_what_was_typed(come: Open) -> None:
    page = come(390)
    page.goto(ROOM)
    page.locator("button.slot-free").last.click()
    page.get_by_label("Name").fill("Gina Guest")
    page.get_by_label("E-mail address").fill("nonsense")
    page.locator("#book").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name="Choose another time").click()
    expect(page).to_have_url(re.compile("annex/room"))
    answer = page.go_back()
    assert answer is None or answer.ok
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")
    expect(page.get_by_label("Name")).to_have_value("Gina Guest")
    expect(page.get_by_label("E-mail address")).to_have_value("nonsense")


def test_without_a_connection_the_page_stays_and_says_so(come: Open) -> None:
    page = come(390)
    page.goto(ROOM)
    told = page.locator("#offline")
    here = page.url
    page.context.set_offline(True)
    expect(told).to_contain_text("No connection.")
    page.locator("button.slot-free").last.click()
    assert page.url == here
    page.context.set_offline(False)
    expect(told).to_be_empty()
    page.locator("button.slot-free").last.click()
    page.get_by_label("Name").fill("Gina Guest")
    page.get_by_label("E-mail address").fill("gina@example.org")
    page.context.set_offline(True)
    page.locator("#book").click()
    expect(told).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Gina Guest")
    page.context.set_offline(False)
    expect(told).to_be_empty()
    page.locator("#book").click()
    expect(page).to_have_url(re.compile("/pay/$"))


def test_at_twice_the_size_a_day_chosen_by_keys_stays_in_view(come: Open) -> None:
    page = come(640)
    page.set_viewport_size({"width": 640, "height": 360})
    page.goto(ROOM)
    press_tab_until(page, "next-month")
    page.keyboard.press("Enter")
    expect(page.locator("#previous-month")).to_be_visible()
    day = page.locator("a.day").nth(1)
    press_tab_until(page, day.get_attribute("id") or "")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("day="))
    expect(page.locator("a.day-chosen")).to_be_focused()
    expect(page.locator("a.day-chosen")).to_be_in_viewport()
