"""The booking by mouse, by keyboard alone and without JavaScript, on a desk and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDTHS, Open
from tests.browser.steps import fill_in_details, held_back, press_tab_until, reference_code
from tests.worlds import ALPHA

pytestmark = pytest.mark.parametrize("width", WIDTHS)


def test_booking_by_mouse(browse: Open, width: int) -> None:
    page = browse(width)
    page.goto("/")
    page.get_by_role("link", name=f"Main {ALPHA['canary']}", exact=True).click()
    page.get_by_role("link", name=f"Court 1 {ALPHA['canary']}", exact=True).first.click()
    page.get_by_label("How long").select_option("90")
    expect(page).to_have_url(re.compile("minutes=90"))
    day = page.locator("a.day").nth(1)
    label = day.locator(".sr-only").inner_text().partition(":")[0]
    day.click()
    expect(page.locator("#slots-heading")).to_have_text(label)
    slot = page.locator("button.slot-free").last
    when = slot.locator("span").first.inner_text().partition(" (")[0]  # the device is in another zone
    slot.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")
    expect(page.locator("#countdown")).to_contain_text("14:")
    fill_in_details(page)
    main = page.get_by_role("main")
    expect(main).to_contain_text(label)
    expect(main).to_contain_text(when)
    expect(main).to_contain_text("€37.50")
    code = reference_code(page)
    page.get_by_role("link", name="Cancel this booking").click()
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This booking is cancelled")
    assert reference_code(page) == code


def test_what_is_chosen_before_the_scripts_are_there_is_asked_for(browse: Open, width: int) -> None:
    page = browse(width)
    waiting = held_back(page, "**/htmx*.js")
    with page.expect_request("**/htmx*.js"):
        page.goto("/venues/main/court-1/", wait_until="commit")
    page.get_by_label("How long").select_option("90")
    expect(page.get_by_label("How long")).to_have_value("90")
    page.wait_for_function("document.readyState === 'interactive'")
    assert "minutes" not in page.url
    (script,) = waiting
    script.continue_()
    expect(page).to_have_url(re.compile("minutes=90"))
    expect(page.locator(".choosing input[name=minutes]")).to_have_value("90")
    page.go_back()
    expect(page).not_to_have_url(re.compile("minutes=90"))
    expect(page.get_by_label("How long")).to_have_value("60")
    expect(page.locator(".choosing input[name=minutes]")).to_have_value("60")


def test_booking_by_keyboard_alone(browse: Open, width: int) -> None:
    page = browse(width)
    keys = page.keyboard
    page.goto("/")
    press_tab_until(page, "Skip to the content")
    keys.press("Enter")
    press_tab_until(page, f"Main {ALPHA['canary']}")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/venues/main/"))
    press_tab_until(page, f"Court 2 {ALPHA['canary']}")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Court 2")
    page.wait_for_load_state()  # by the script the focus stays at the day
    second = page.locator("a.day").nth(1)
    identity, label = second.get_attribute("id") or "", second.locator(".sr-only").inner_text()
    press_tab_until(page, identity)
    keys.press("Enter")
    expect(page.locator("#slots-heading")).to_have_text(label.partition(":")[0])
    assert page.evaluate("document.activeElement.id") == identity
    press_tab_until(page, page.locator("button.slot-free span").first.inner_text().partition("\n")[0])
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")
    press_tab_until(page, "id_name")
    keys.type("Karl Keys")
    keys.press("Tab")
    keys.type("nonsense")
    keys.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Karl Keys")
    press_tab_until(page, "id_email")
    keys.press("Control+A")
    keys.type("karl@example.org")
    press_tab_until(page, "Book for")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your request is in")
    assert reference_code(page)


def test_booking_without_javascript(browse: Open, width: int) -> None:
    page = browse(width, java_script_enabled=False)
    page.goto("/venues/main/kayaks/")
    page.get_by_label("How long").select_option("120")
    page.get_by_role("button", name="Show times").click()
    page.locator("a.day").nth(1).click()
    page.locator("button.slot-free").first.click()
    fill_in_details(page)
    expect(page.get_by_role("main")).to_contain_text("€50.00")
    assert reference_code(page)


def test_double_click_makes_one_hold(browse: Open, width: int) -> None:
    """R12"""
    page = browse(width)
    page.goto("/venues/main/hall/")
    page.locator("button.slot-free").first.dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")
    fill_in_details(page)


def test_back_button_leads_to_slots_that_can_be_chosen_again(browse: Open, width: int) -> None:
    page = browse(width)
    page.goto("/venues/main/court-2/")
    tomorrow = page.locator("a.day").nth(1)  # in the evening today has one slot left, or none
    label = tomorrow.locator(".sr-only").inner_text().partition(":")[0]
    tomorrow.click()
    expect(page.locator("#slots-heading")).to_have_text(label)
    page.locator("button.slot-free").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")
    page.go_back()
    page.locator("button.slot-free").nth(1).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")
    fill_in_details(page)
