"""What can come between choosing a slot and having it: time, other people, other tabs, a lost connection."""

import re

from playwright.sync_api import Page, expect

from tests.browser.business import Business
from tests.browser.conftest import Open
from tests.browser.steps import day_ahead, held_back
from tests.browser.test_paying import ASKS_THE_BANK, BOOKED, VISA, has_paid, held, money, pay, to_pay, type_card

RETURNS = "document.dispatchEvent(new Event('visibilitychange'))"


def leave(business: Business, booking: str, seconds: int) -> None:
    """Let a hold that was made a quarter of an hour ago have so many seconds left."""
    business.sql(
        "UPDATE bookings_booking SET created_at = clock_timestamp() - interval '14 minutes',"
        " hold_expires_at = clock_timestamp() + make_interval(secs => %s) WHERE id = %s",
        seconds,
        booking,
    )


def take(page: Page, start: str, resource: str = "room") -> None:
    """Somebody else holds the slot that begins then."""
    page.goto(f"/venues/annex/{resource}/?day={start[:10]}")
    page.locator(f"button[value='{start}']").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")


def slot(page: Page, day: str) -> str:
    """The value of the room's first free slot of a day."""
    page.goto(f"/venues/annex/room/?day={day}")
    return page.locator("button.slot-free").first.get_attribute("value") or ""


def test_countdown_follows_the_servers_clock_and_gives_more_time_once(come: Open, business: Business) -> None:
    page = come()
    page.clock.install()
    booking = held(page)
    line, more = page.locator("#countdown"), page.get_by_role("button", name="I need more time")
    expect(line).to_contain_text("14:")
    expect(line.get_by_role("status")).to_have_text("")
    expect(more).to_be_hidden()
    page.clock.fast_forward("05:10")
    expect(line.get_by_role("status")).to_have_text("")
    leave(business, booking, 305)
    page.evaluate(RETURNS)  # the laptop slept, and its clock did not say so
    expect(line).to_contain_text("5:0")
    page.clock.fast_forward("00:06")
    expect(line.get_by_role("status")).to_have_text("5 minutes left")
    leave(business, booking, 118)
    page.evaluate(RETURNS)
    expect(line.get_by_role("status")).to_have_text("2 minutes left")
    more.click()
    expect(line).to_contain_text("14:")
    expect(line).to_be_focused()
    expect(line.get_by_role("status")).to_have_text("You have more time now: 15 minutes.")
    expect(page.locator("#id_name")).to_have_value("Gina Guest")
    leave(business, booking, 100)
    business.sql("UPDATE bookings_booking SET created_at = created_at - interval '14 minutes' WHERE id = %s", booking)
    page.evaluate(RETURNS)
    expect(line).to_contain_text("1:")
    expect(more).to_be_hidden()


def test_slot_lost_while_typing_leads_to_the_nearest_with_what_was_typed(come: Open, business: Business) -> None:
    page, other, day = come(390), come(), day_ahead()
    start = slot(page, day)
    booking = held(page, day=day)
    leave(business, booking, 0)
    take(other, start)
    page.evaluate(RETURNS)  # nothing is pressed: the page turns into what is true
    expect(page.get_by_role("heading", level=1)).to_have_text("The time to finish this booking is over")
    expect(page.get_by_role("alert")).to_contain_text("Somebody else has taken this time meanwhile")
    page.locator("button.slot-free").first.click()
    expect(page.locator("#id_name")).to_have_value("Gina Guest")
    expect(page.locator("#id_email")).to_have_value("gina@example.org")
    page.locator("#book").click()
    expect(page).to_have_url(re.compile("/pay/$"))


def test_who_chooses_another_time_types_nothing_twice(come: Open) -> None:
    page = come(390)
    held(page, "pay-either")
    page.get_by_role("link", name="Choose another time").click()
    page.locator("button.slot-free").nth(1).click()
    expect(page.locator("#id_name")).to_have_value("Gina Guest")
    page.get_by_label("Remember this on my device for next time").check()
    page.get_by_label("At the venue").check()
    page.locator("#book").click()
    expect(page).to_have_url(re.compile(BOOKED))
    page.goto(f"/venues/annex/pay-either/?day={day_ahead()}")
    page.locator("button.slot-free").first.click()
    expect(page.locator("#id_email")).to_have_value("gina@example.org")
    page.get_by_label("Remember this on my device for next time").uncheck()
    page.goto(f"/venues/annex/pay-either/?day={day_ahead()}")
    page.locator("button.slot-free").first.click()
    expect(page.locator("#id_email")).to_have_value("")


def test_what_is_typed_before_the_script_is_there_is_not_typed_twice(come: Open) -> None:
    """On a slow line the form is there before its script; the script finds what was typed by then."""
    page = come(390)
    page.goto(f"/venues/annex/pay-either/?day={day_ahead()}")
    waiting = held_back(page, "**/details*.js")
    with page.expect_request("**/details*.js"):
        page.locator("button.slot-free").first.click()
    page.locator("#id_name").fill("Gina Guest")
    page.locator("#id_email").fill("gina@example.org")
    remember = page.get_by_label("Remember this on my device for next time")
    remember.check()
    [script] = waiting
    script.continue_()
    page.wait_for_load_state()
    expect(remember).to_be_checked()
    page.unroute("**/details*.js")
    page.get_by_role("link", name="Choose another time").click()
    page.locator("button.slot-free").nth(1).click()
    expect(page.locator("#id_name")).to_have_value("Gina Guest")
    page.evaluate("sessionStorage.clear()")
    page.reload()
    expect(page.locator("#id_email")).to_have_value("gina@example.org")  # remembered on this device
    expect(remember).to_be_checked()


def test_second_tab_and_the_back_button_never_pay_twice(come: Open, business: Business) -> None:
    page = come()
    booking = to_pay(page)
    other = page.context.new_page()
    other.goto(page.url)
    type_card(other, VISA)
    pay(page)
    has_paid(page, booking, business)
    other.locator("#pay button").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
    assert business.sql("SELECT count(*) FROM payments_payment WHERE booking_id = %s", booking) == [(1,)]
    assert money(business, booking) == ("confirmed", "paid", 2500)


def test_connection_that_breaks_while_paying_is_told_as_it_is(come: Open, business: Business) -> None:
    page = come()
    booking = to_pay(page)
    type_card(page, VISA)
    page.context.set_offline(True)
    page.locator("#pay button").click()
    expect(page.get_by_role("alert")).to_contain_text("Please do not pay again")
    expect(page.locator("#pay button")).to_be_disabled()
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_contain_text("nothing was charged")  # asked: nothing had come
    expect(page).to_have_url(re.compile("/pay/"))
    assert money(business, booking) == ("held", "unpaid", 0)


def test_money_that_comes_when_the_slot_is_somebody_elses_goes_back(come: Open, business: Business) -> None:
    """R14: the bank asks, and meanwhile the time is over."""
    page, other, day = come(), come(), day_ahead()
    start = slot(page, day)
    booking = to_pay(page, day=day)
    pay(page, ASKS_THE_BANK)
    allow = page.frame_locator("dialog iframe").get_by_role("button", name="Authorise")
    expect(allow).to_be_visible()
    leave(business, booking, 0)
    take(other, start)
    page.evaluate(RETURNS)  # the countdown leaves alone who is paying
    allow.click()
    expect(page.get_by_role("main")).to_contain_text(
        "Your payment arrived when the time was over and not free any more. All of it goes back to you."
    )
    assert money(business, booking)[0] == "expired"


def test_tab_that_was_closed_is_opened_again_by_the_link(come: Open, business: Business) -> None:
    page = come()
    booking = to_pay(page)
    address = page.url
    page.close()
    again = page.context.new_page()
    again.goto(address)
    pay(again)
    has_paid(again, booking, business)
    again.goto(address)
    expect(again.get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
