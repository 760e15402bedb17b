"""Moving a booking and booking a series on a phone, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.steps import choose_a_slot, fill_in_details, press_tab_until, reference_code, sign_in
from tests.worlds import ALPHA

PHONE = 390


@pytest.fixture
def phone(browse: Open) -> Page:
    """A phone with a keyboard, whose owner is signed in."""
    page = browse(PHONE)
    sign_in(page, f"guest@{ALPHA['canary']}.example")
    return page


def wide(page: Page) -> bool:
    """Whether something sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_booking_is_extended_and_moved_by_keyboard(phone: Page) -> None:
    page, keys = phone, phone.keyboard
    choose_a_slot(page)
    fill_in_details(page)
    code, base = reference_code(page), page.url
    page.goto(f"{base}move/")
    assert not wide(page)
    month = page.locator("#calendar-heading").inner_text()
    page.locator("a[rel^=next]").click()  # from a month in the middle arrows lead both ways
    expect(page.locator("a[rel^=prev]")).to_have_accessible_name(re.compile(r"^\w+ \d{4}$"))
    assert not wide(page)
    page.locator("td > a.day").first.press("PageUp")
    expect(page.locator("#calendar-heading")).to_have_text(month)
    press_tab_until(page, "own-minutes")
    page.locator("#own-minutes:focus").select_option("120")
    press_tab_until(page, "See what that costs")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="This is what would change")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("dearer")
    assert not wide(page)
    page.goto(f"{base}move/")
    press_tab_until(page, page.locator("a.slot-free").last.locator("span").first.inner_text().partition("\n")[0])
    keys.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("The price stays the same.")
    press_tab_until(page, "Yes, change it")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(f"^{re.escape(base)}(#.*)?$"))
    assert reference_code(page) == code


def test_series_is_booked_and_partly_cancelled_by_keyboard(phone: Page) -> None:
    page, keys = phone, phone.keyboard
    page.goto("/venues/main/court-2/series/")
    press_tab_until(page, "id_time")
    keys.type("0700PM" if page.evaluate("navigator.language") == "en-US" else "1900")
    press_tab_until(page, "id_times")
    keys.press("Control+a")
    keys.type("3")
    press_tab_until(page, "See all dates and prices")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="3 dates")).to_be_visible()
    assert not wide(page)
    press_tab_until(page, "Book 3 dates")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(r"/bookings/series/\d+/(#.*)?$"))
    expect(page.get_by_role("status")).to_contain_text("3 dates are yours.")
    assert not wide(page)
    press_tab_until(page, "Cancel all")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel dates of a series")
    press_tab_until(page, "Yes, cancel 3 dates")
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("3 dates are cancelled.")
