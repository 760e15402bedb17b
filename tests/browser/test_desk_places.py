"""Venues by hand: hours drawn and typed, courts by template, and a closure over what is booked."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDTHS, Open
from tests.browser.steps import choose_a_slot, sign_in
from tests.browser.test_accessibility import faults
from tests.worlds import ALPHA

OWNER = f"owner@{ALPHA['canary']}.example"


def come_in(browse: Open, width: int) -> Page:
    """The owner, in a window of this width."""
    page = browse(1280)
    sign_in(page, OWNER)
    page.set_viewport_size({"width": width, "height": 900})
    return page


def place_of(page: Page, name: str) -> str:
    """Make a court of this name by template; the address of its settings."""
    page.goto("/desk/venues/")
    page.get_by_role("link", name="New resource").first.click()
    page.get_by_role("link", name=re.compile("^Tennis court")).click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return page.url


@pytest.mark.parametrize("width", WIDTHS)
def test_new_court_by_template_is_bookable(browse: Open, width: int) -> None:
    page, name = come_in(browse, width), f"Court {uuid4().hex[:8]}"
    place_of(page, name)
    assert faults(page) == []
    page.get_by_role("link", name="See the page").click()
    slug = page.url.rstrip("/").rpartition("/")[2]
    guest = browse(width)
    choose_a_slot(guest, slug)
    guest.get_by_label("Name").fill("Gina Guest")
    guest.get_by_label("E-mail address").fill("gina@example.org")
    guest.get_by_role("button", name="Book for").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")


def test_hours_are_drawn_by_drag_and_changed_by_keyboard(browse: Open) -> None:
    page = come_in(browse, 1280)
    address = place_of(page, f"Court {uuid4().hex[:8]}").replace("settings/", "hours/")
    page.goto(address)
    monday = page.locator("[data-column='0']")
    monday.scroll_into_view_if_needed()
    box = monday.bounding_box()
    assert box
    hour = box["height"] / 30
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 8 * hour + 2)
    page.mouse.down()
    page.mouse.move(x, box["y"] + 10 * hour, steps=4)
    page.mouse.move(x, box["y"] + 12 * hour, steps=4)
    page.mouse.up()
    drawn = monday.locator(".week-span")
    expect(drawn).to_have_count(1)
    expect(page.locator("[name='opens-0']").first).to_have_value("08:00")
    expect(page.locator("[name='closes-0']").first).to_have_value("12:00")
    drawn.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("[name='opens-0']").first).to_have_value("08:30")
    expect(page.locator("[name='closes-0']").first).to_have_value("13:00")
    page.locator("[data-column='5']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name='opens-5']").first).to_have_value("09:00")
    assert faults(page) == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The hours are saved.")).to_be_visible()
    expect(page.locator(".week-span")).to_have_count(2)
    page.locator("[data-column='5'] .week-span").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".week-span")).to_have_count(1)


@pytest.mark.parametrize("width", WIDTHS)
def test_closure_over_a_booking_is_settled(browse: Open, width: int) -> None:
    page, name = come_in(browse, width), f"Court {uuid4().hex[:8]}"
    place_of(page, name)
    page.get_by_role("link", name="See the page").click()
    slug = page.url.rstrip("/").rpartition("/")[2]
    guest = browse(width)
    choose_a_slot(guest, slug)
    guest.get_by_label("Name").fill("Gina Guest")
    guest.get_by_label("E-mail address").fill("gina@example.org")
    guest.get_by_role("button", name="Book for").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
    page.go_back()
    page.get_by_role("link", name="Close it").click()
    last = page.get_by_label("Until", exact=True)
    year = int((last.input_value() or "2027")[:4]) + 1
    last.fill(f"{year}-01-31")
    page.get_by_label("Reason (for the team)").fill("Burst pipe")
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 booking stands in the way")
    assert faults(page) == []
    page.get_by_role("button", name="Cancel all and pay back").click()
    expect(page.get_by_text("1 booking is cancelled.")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Close and do this").click()
    expect(page.get_by_text("every booking is settled")).to_be_visible()
    assert faults(page) == []
    page.goto("/desk/closures/")
    expect(page.get_by_text("Burst pipe").first).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_have_no_faults_and_are_not_too_wide(browse: Open, width: int) -> None:
    page = come_in(browse, width)
    paths = [
        "/desk/venues/", "/desk/venues/new/", "/desk/venues/1/settings/", "/desk/venues/1/hours/",
        "/desk/venues/1/days/", "/desk/venues/1/holidays/", "/desk/venues/1/limits/", "/desk/venues/1/codes/",
        "/desk/venues/1/new/", "/desk/resources/1/settings/", "/desk/resources/1/extras/",
        "/desk/resources/1/questions/", "/desk/closures/", "/desk/closures/new/", "/desk/extras/new/",
        "/desk/services/new/", "/desk/services/1/",
    ]  # fmt: skip
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = [*faults(page), *(["too wide"] if page.evaluate(wide) > 0 else [])]
    assert {path: each for path, each in found.items() if each} == {}
