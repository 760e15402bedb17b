"""Prices at the desk with a mouse, by keys and by fingers: drawn over the week, looked at, and seen by customers."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_accessibility import faults
from tests.browser.test_every_page import Place, place

__all__ = ["place"]


def cell(page: Page, day: int, start: str) -> str:
    """The selector of a cell of the grid: 0 is Monday."""
    return f'#rates td[data-day="{day}"][data-from="{start}"]'


def draw(page: Page, first: tuple[int, str], last: tuple[int, str]) -> None:
    """Press on one cell, and let go over another."""
    page.locator(cell(page, *first)).scroll_into_view_if_needed()
    page.locator(cell(page, *first)).hover()
    page.mouse.down()
    page.locator(cell(page, *last)).hover()
    page.mouse.up()


def test_an_evening_is_drawn_looked_at_and_seen_by_customers(place: Place, browse: Open) -> None:
    owner = place.enter(browse, "owner", 1280, "light")
    owner.goto("/desk/prices/")
    owner.get_by_role("link", name=re.compile("^Court 2")).click()
    owner.set_viewport_size({"width": 1280, "height": 1400})
    draw(owner, (0, "18:00"), (4, "21:00"))
    expect(owner.locator("#picked")).to_contain_text("Mon, Tue, Wed, Thu, Fri 18:00 – 22:00")
    expect(owner.get_by_label("Price in EUR")).to_be_focused()
    owner.keyboard.type("44.50")
    owner.get_by_label("Name (optional)").fill("Prime time")
    owner.get_by_role("button", name="See what it means").click()
    expect(owner.get_by_role("table")).to_contain_text("Mon – Fri")
    assert faults(owner) == []
    owner.get_by_role("button", name="Set this price").click()
    expect(owner.get_by_role("alert").or_(owner.get_by_role("status")).first).to_contain_text("The price is set.")
    expect(owner.locator(cell(owner, 4, "18:00"))).to_contain_text("€44.50")
    assert faults(owner) == []
    customer = place.enter(browse, "", 1280, "light")
    customer.goto("/venues/main/court-2/")
    expect(customer.locator("main")).to_contain_text("Prime time")
    expect(customer.locator("main")).to_contain_text("€44.50 per hour")


def test_fingers_tap_the_first_and_the_last_time(place: Place, browse: Open) -> None:
    owner = place.enter(browse, "owner", 390, "light")
    context = owner.context.browser.new_context(  # type: ignore[union-attr]
        viewport={"width": 390, "height": 900}, has_touch=True, storage_state=owner.context.storage_state()
    )
    phone = context.new_page()
    owner.goto("/desk/prices/")
    phone.goto(owner.url)
    phone.get_by_role("link", name=re.compile("^Hall")).click()
    phone.locator(cell(phone, 0, "08:00")).tap()
    phone.locator(cell(phone, 1, "11:00")).tap()
    expect(phone.locator("#picked")).to_contain_text("Mon, Tue 08:00 – 12:00")
    expect(phone.get_by_label("Price in EUR")).to_be_focused()
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_tester_says_what_it_costs(place: Place, browse: Open, width: int) -> None:
    owner = place.enter(browse, "owner", width, "light")
    owner.goto("/desk/prices/test/")
    owner.get_by_label("What").select_option(label=owner.locator("option", has_text="Court 1").first.inner_text())
    owner.get_by_label("From").fill("10:00")
    owner.get_by_label("Minutes").fill("90")
    owner.get_by_role("button", name="Work it out").click()
    expect(owner.get_by_role("table")).to_contain_text("1.5 × €25.00 per hour")
    expect(owner.get_by_role("table")).to_contain_text("€37.50")
    assert faults(owner) == []


def test_the_cases_of_a_policy_follow_what_is_typed(place: Place, browse: Open) -> None:
    owner = place.enter(browse, "owner", 1280, "light")
    owner.goto("/desk/policies/new/")
    expect(owner.locator("#cases")).to_contain_text("1 day before")
    owner.get_by_label("Name", exact=True).fill("Strict")
    owner.locator("#id_step-0-percent").fill("25")
    expect(owner.locator("#cases")).to_contain_text("€30.00")
    assert faults(owner) == []
