"""One booking at the desk in a browser: booked for somebody, partly given back, and spoken about with its customer."""

import re
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.steps import sign_in
from tests.browser.test_accessibility import faults
from tests.worlds import ALPHA

ONE = re.compile(r"/desk/bookings/[0-9a-f-]{36}/$")


def go_to_day(page: Page, ahead: int) -> None:
    """A day of its own for each test, so many after the one that the form shows."""
    field = page.get_by_label("Day", exact=True)
    field.fill(f"{date.fromisoformat(field.input_value()) + timedelta(days=ahead):%F}")


def entered(browse: Open, who: str, width: int) -> Page:
    """A window of somebody who is signed in."""
    page = browse()
    sign_in(page, f"{who}@{ALPHA['canary']}.example")
    page.set_viewport_size({"width": width, "height": 900})
    return page


def book(page: Page, ahead: int, name: str = "") -> None:
    """Up to the price: ten o'clock."""
    page.goto("/desk/bookings/new/")
    go_to_day(page, ahead)
    if name:
        page.get_by_label("Name (none for a walk-in)").fill(name)
    page.get_by_role("button", name="Show times and price").last.click()
    page.locator("button[name=start][value='10:00']").click()
    expect(page.get_by_role("button", name="Book for €25.00")).to_be_visible()


def test_booked_for_somebody_paid_in_cash_and_partly_given_back(browse: Open) -> None:
    page = entered(browse, "owner", 390)
    book(page, 20, "Nora New")
    assert faults(page) == []
    page.get_by_label("Now, in cash").check()
    page.get_by_role("button", name="Book for €25.00").click()
    expect(page).to_have_url(ONE)
    main = page.get_by_role("main")
    expect(main).to_contain_text("Nora New")
    expect(main).to_contain_text("Paid")
    assert faults(page) == []
    page.get_by_role("link", name="Give money back").click()
    page.get_by_label("Amount in EUR").fill("10.00")
    page.get_by_label("Reason").fill("One light was broken")
    page.get_by_role("button", name="Give it back").click()
    expect(main).to_contain_text("It goes back.")
    main.get_by_role("link", name=re.compile("^BK-")).click()
    page.get_by_role("button", name="It is handed back").click()
    expect(main).to_contain_text("€10.00 are noted as handed back.")
    expect(main).to_contain_text("€15.00")


def test_a_question_of_the_customer_is_answered(browse: Open) -> None:
    page = entered(browse, "owner", 1280)
    page.goto("/desk/bookings/new/")
    page.get_by_label("Find a customer").fill("guest@")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("radio", name=re.compile("guest@")).check()
    go_to_day(page, 21)
    page.get_by_role("button", name="Show times and price").last.click()
    page.locator("button[name=start][value='11:00']").click()
    page.get_by_role("button", name="Book for €25.00").click()
    expect(page).to_have_url(ONE)
    path = page.url.partition("/desk")[2]
    customer = entered(browse, "guest", 390)
    customer.goto(path)
    customer.get_by_label("Your message").fill("Is there parking?")
    customer.get_by_role("button", name="Send the message").click()
    expect(customer.get_by_role("main")).to_contain_text("Is there parking?")
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("The customer waits for an answer.")
    page.get_by_label("Write to the customer").fill("Yes, behind the house.")
    page.get_by_role("button", name="Send to the customer").click()
    expect(page.get_by_role("main")).not_to_contain_text("The customer waits for an answer.")
    customer.reload()
    expect(customer.get_by_role("main")).to_contain_text("Yes, behind the house.")
    assert faults(customer) == []
