"""Paying a booking in a browser: by card, refused and tried again, with the bank asking, by debit, at Stripe's page."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.business import Business
from tests.browser.conftest import PATIENCE, Open
from tests.browser.steps import day_ahead, held_back, press_tab_until, sign_in
from tests.worlds import ALPHA

VISA, DECLINED, ASKS_THE_BANK = "4242424242424242", "4000000000000002", "4000002760003184"
IBAN = "DE89370400440532013000"
BOOKING = re.compile(r"/bookings/([0-9a-f-]{36})/")
BOOKED = "/bookings/[0-9a-f-]{36}/$"

FILE = """async (address) => {
  const answer = await fetch(address);
  return [answer.status, answer.headers.get("Content-Type"), (await answer.text()).slice(0, 5)];
}"""


def held(page: Page, resource: str = "room", day: str = "") -> str:
    """Choose a time and say who comes, up to the way to pay; the booking's id."""
    page.goto(f"/venues/annex/{resource}/?day={day or day_ahead()}")
    page.locator("button.slot-free").first.click()
    expect(page.locator("#id_name")).to_be_visible()
    page.wait_for_load_state()  # somebody who leaves before the script is there types again
    page.locator("#id_name").fill("Gina Guest")
    page.locator("#id_email").fill("gina@example.org")
    found = BOOKING.search(page.url)
    assert found
    return found.group(1)


def to_pay(page: Page, resource: str = "room", day: str = "") -> str:
    """Up to the card form, or without scripts to the button; the booking's id."""
    booking = held(page, resource, day)
    page.locator("#book").click()
    expect(page).to_have_url(re.compile("/pay/$"))
    return booking


def fields(page: Page) -> FrameLocator:
    """Stripe's fields, in Stripe's frame."""
    return page.frame_locator("#pay-fields iframe")


def type_card(page: Page, number: str) -> None:
    """Fill in the card form."""
    form = fields(page)
    form.locator("#number").fill(number)
    form.locator("#expiry").fill("12 / 40")
    form.locator("#cvc").fill("123")


def pay(page: Page, number: str = VISA) -> None:
    """Fill in the card form and send it."""
    type_card(page, number)
    page.locator("#pay button").click()


def pay_by_debit(page: Page) -> None:
    """The same from a bank account."""
    form = fields(page)
    form.get_by_label("SEPA Direct Debit").check()
    form.locator("#iban").fill(IBAN)
    form.locator("#name").fill("Gina Guest")
    form.locator("#email").fill("gina@example.org")
    page.locator("#pay button").click()


def has_paid(page: Page, booking: str, business: Business, paid: str = "€25.00") -> None:
    """The booking's page says so, the row too, and the receipt can be had as soon as it is written."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
    expect(page.get_by_role("main")).to_contain_text(f"{paid} paid")
    assert money(business, booking) == ("confirmed", "paid", 2500)
    receipts(page)


def receipts(page: Page, count: int = 1) -> None:
    """Wait for the receipts on the booking's page; each is a PDF."""
    links = page.get_by_role("link", name="Receipt")
    reload_until(page, lambda: links.count() >= count)
    assert links.count() == count
    for link in links.all():
        told = page.evaluate(FILE, link.get_attribute("href"))
        assert told == [200, "application/pdf", "%PDF-"]


def reload_until(page: Page, seen: Callable[[], bool]) -> None:
    """Look again until something is there that servers do by themselves."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not seen():
        assert time.monotonic() < deadline
        page.reload()


def money(business: Business, booking: str) -> tuple[object, ...]:
    """State, payment state and what was paid, as they are in the database."""
    [row] = business.sql("SELECT state, payment_state, paid_minor FROM bookings_booking WHERE id = %s", booking)
    return row


def test_card_is_paid_on_the_booking_page(come: Open, business: Business) -> None:
    page = come()
    booking = to_pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pay €25.00")
    pay(page)
    expect(page).to_have_url(re.compile(BOOKED))
    has_paid(page, booking, business)


def test_card_is_paid_on_a_phone_in_the_dark_in_german(come: Open, business: Business) -> None:
    page = come(390, color_scheme="dark", locale="de-DE")
    booking = to_pay(page)
    card = page.locator("#pay-fields").bounding_box()
    assert card
    assert card["y"] < 600  # on the first screen: what is paid for is one line before it
    expect(fields(page).get_by_label("Kartennummer")).to_be_visible()
    expect(fields(page).locator("html")).to_have_attribute("data-theme", "night")
    page.emulate_media(color_scheme="light")  # the sun comes up
    expect(fields(page).locator("html")).to_have_attribute("data-theme", "stripe")
    page.context.add_cookies([{"name": "appearance", "value": "dark", "url": page.url}])
    page.reload()
    expect(fields(page).locator("html")).to_have_attribute("data-theme", "night")  # as the page that it is on
    pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Buchung ist bestätigt")
    assert money(business, booking) == ("confirmed", "paid", 2500)


def test_declined_card_is_said_and_a_good_one_pays_the_same_hold(come: Open, business: Business) -> None:
    page = come()
    booking = to_pay(page)
    before = business.sql("SELECT hold_expires_at FROM bookings_booking WHERE id = %s", booking)
    pay(page, DECLINED)
    said = page.get_by_role("alert")
    expect(said).to_have_text(
        "Your card was declined. Nothing was charged. Please try again, with another card, or pay in another way."
    )
    expect(said).to_be_focused()
    assert money(business, booking)[0] == "held"
    assert business.sql("SELECT hold_expires_at FROM bookings_booking WHERE id = %s", booking) == before
    pay(page)
    has_paid(page, booking, business)
    assert business.sql("SELECT count(*) FROM payments_payment WHERE booking_id = %s", booking) == [(1,)]


def test_bank_that_asks_is_answered(come: Open, business: Business) -> None:
    """3-D Secure in a dialog: failed first, then authorised."""
    page = come()
    booking = to_pay(page)
    pay(page, ASKS_THE_BANK)
    bank = page.frame_locator("dialog iframe")
    bank.get_by_role("button", name="Fail").click()
    expect(page.get_by_role("alert")).to_contain_text("We are unable to authenticate your payment method.")
    expect(page.get_by_role("alert")).to_be_focused()
    assert money(business, booking)[0] == "held"
    expect(page.locator("dialog")).to_have_count(0)
    page.locator("#pay button").click()
    bank.get_by_role("button", name="Authorise").click()
    has_paid(page, booking, business)


def test_debit_waits_for_the_bank(come: Open, business: Business) -> None:
    page = come()
    booking = to_pay(page)
    pay_by_debit(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your payment is under way")
    assert money(business, booking) == ("pending", "processing", 0)
    [[intent]] = business.sql("SELECT intent_id FROM payments_payment WHERE booking_id = %s", booking)
    business.stripe.outside("debit", payment_intent=intent, outcome="succeeds")
    expect(page).to_have_url(re.compile(BOOKED))  # the page looks by itself
    has_paid(page, booking, business)


def test_page_says_that_stripe_could_not_be_asked_and_turns_to_the_truth_by_itself(
    come: Open, business: Business
) -> None:
    page = come()
    booking = to_pay(page)
    rules = [{"method": "GET", "path": "payment_intents/", "do": "status", "status": 500, "times": 1000}]
    type_card(page, VISA)
    business.stripe.control("faults", rules=rules)
    page.locator("#pay button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We could not ask about your payment yet")
    business.stripe.control("faults", rules=[])
    expect(page).to_have_url(re.compile(BOOKED))
    has_paid(page, booking, business)


def pays_at_stripes(page: Page, booking: str, business: Business) -> None:
    """Fill in Stripe's own page and come back."""
    page.get_by_label("Email").fill("gina@example.org")
    page.get_by_label("Card number").fill(VISA)
    page.get_by_label("Expiry (MM / YY)").fill("12 / 40")
    page.get_by_label("Security code").fill("123")
    page.get_by_role("button", name="Pay 25.00 EUR").click()
    expect(page).to_have_url(re.compile(BOOKED))
    has_paid(page, booking, business)


def test_without_scripts_it_is_paid_on_stripes_page(come: Open, business: Business) -> None:
    page = come(java_script_enabled=False)
    booking = to_pay(page)
    page.get_by_role("button", name="Pay on Stripe's page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("25.00 EUR")
    page.get_by_role("link", name="Back").click()
    expect(page).to_have_url(re.compile("/pay/$"))
    page.get_by_role("button", name="Pay on Stripe's page").click()
    pays_at_stripes(page, booking, business)


def test_stripes_page_is_asked_for_after_the_card_form_has_its_answer(come: Open, business: Business) -> None:
    """On a slow line the form's question would come last, and end what Stripe's page had just begun."""
    page = come(390)
    waiting = held_back(page, "**/pay/intent/")
    with page.expect_request("**/pay/intent/"):
        booking = to_pay(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    press = page.get_by_role("button", name="Pay on Stripe's page")
    press.click()
    expect(press).to_be_disabled()
    assert asked == []
    waiting[0].continue_()
    pays_at_stripes(page, booking, business)


def test_hold_that_ends_on_the_page_leads_to_a_new_one(come: Open, business: Business) -> None:
    page = come()
    booking = to_pay(page)
    type_card(page, VISA)
    business.sql("UPDATE bookings_booking SET hold_expires_at = clock_timestamp() WHERE id = %s", booking)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("The time to finish this booking is over")
    page.get_by_role("button", name="Try this time again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")
    assert money(business, booking) == ("expired", "unpaid", 0)


def test_deposit_first_and_the_rest_from_the_booking(come: Open, business: Business) -> None:
    page = come()
    booking = to_pay(page, "pay-deposit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pay a deposit of €5.00")
    pay(page)
    expect(page.get_by_role("main")).to_contain_text("€20.00 still to be paid")
    assert money(business, booking) == ("confirmed", "deposit_paid", 500)
    page.get_by_role("link", name="Pay €20.00").click()
    pay(page)
    expect(page.get_by_role("main")).to_contain_text("€25.00 paid")
    assert money(business, booking) == ("confirmed", "paid", 2500)
    receipts(page, 2)


def test_whoever_chooses_the_venue_pays_nothing(come: Open, business: Business) -> None:
    page = come(390)
    booking = held(page, "pay-either")
    expect(page.get_by_label("Now, online")).to_be_checked()
    page.get_by_label("At the venue").check()
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile(BOOKED))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
    assert money(business, booking) == ("confirmed", "unpaid", 0)
    assert business.sql("SELECT count(*) FROM payments_payment WHERE booking_id = %s", booking) == [(0,)]


def test_it_is_paid_by_keyboard_alone(come: Open, business: Business) -> None:
    page = come()
    keys = page.keyboard
    booking = held(page, "pay-either")
    press_tab_until(page, "Continue")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/pay/$"))
    expect(page.locator("#pay button")).to_be_enabled()
    fields(page).get_by_label("Card", exact=True).focus()
    for typed in ("", VISA, "1240", "123"):
        keys.type(typed)
        keys.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Pay €25.00"
    keys.press("Enter")
    has_paid(page, booking, business)


@pytest.mark.parametrize("keeps", [True, False], ids=["kept", "not kept"])
def test_members_card_is_kept_if_they_say_so(come: Open, business: Business, keeps: bool) -> None:
    page = come()
    sign_in(page, f"{'guest' if keeps else 'stranger'}@{ALPHA['canary']}.example")
    booking = to_pay(page)
    if keeps:
        page.get_by_label("Keep this card for next time").check()
    pay(page)
    has_paid(page, booking, business)
    query = "SELECT account_id, intent_id FROM payments_payment WHERE booking_id = %s"
    [[account, intent]] = business.sql(query, booking)
    at_stripe = business.stripe.look(f"state?account={account}&kinds=payment_intent,payment_method")[account]
    [used] = [each["payment_method"] for each in at_stripe["payment_intent"] if each["id"] == intent]
    [card] = [each for each in at_stripe["payment_method"] if each["id"] == used]
    assert bool(card["customer"]) is keeps
    if keeps:
        again = to_pay(page)
        expect(page.get_by_label("Visa •••• 4242")).to_be_checked()
        expect(page.locator("#pay-fields")).to_be_hidden()
        page.get_by_role("button", name="Pay €25.00").click()
        has_paid(page, again, business)
