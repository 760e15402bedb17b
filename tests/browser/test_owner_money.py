"""The owner's money in a browser: from no account to the first payout, a plan from its trial through unpaid days."""

import re

from playwright.sync_api import Page, expect

from tests.browser.business import Business
from tests.browser.conftest import Open
from tests.browser.steps import fill_in_details, sign_in
from tests.browser.test_paying import BOOKED, VISA, pay, reload_until, to_pay
from tests.worlds import BETA

MONEY = "/desk/money/"
FAILS_LATER = "4000000000000341"
"""Stripe's test card that can be kept, and pays nothing."""


def sees(page: Page, text: str, path: str = "") -> None:
    """Look until the page says so; what servers do by themselves takes a moment."""
    if path:
        page.goto(path)
    main = page.get_by_role("main")
    reload_until(page, lambda: text in main.inner_text())


def owner_of_beta(come: Open, business: Business) -> Page:
    """Beta's owner, signed in."""
    page = come(base_url=business.url(BETA["slug"]))
    sign_in(page, f"owner@{BETA['canary']}.example")
    return page


def give_card(page: Page, number: str, button: str) -> None:
    """Fill in the card form of one of Stripe's pages."""
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry (MM / YY)").fill("12 / 40")
    page.get_by_label("Security code").fill("123")
    page.get_by_role("button", name=button, exact=True).click()


def test_owner_comes_from_nothing_to_the_first_payout(come: Open, business: Business) -> None:
    owner = owner_of_beta(come, business)
    owner.goto("/desk/money/")
    expect(owner.get_by_role("heading", level=2).first).to_have_text("Not connected")
    owner.get_by_role("combobox").select_option("US")
    owner.get_by_role("button", name="Connect with Stripe").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Set up payments")
    owner.get_by_role("button", name="Leave without finishing").click()
    expect(owner.get_by_role("heading", level=2).first).to_have_text("Almost there")
    expect(owner.get_by_role("main")).to_contain_text("A bank account for payouts")
    owner.get_by_role("link", name="Continue at Stripe").click()
    owner.get_by_role("button", name="Complete").click()
    expect(owner.get_by_role("heading", level=2).first).to_have_text("Ready")
    query = "SELECT account_id FROM subscriptions_stripeaccount ORDER BY id DESC LIMIT 1"
    [[account]] = business.sql(query)
    expect(owner.get_by_role("main")).to_contain_text(account)

    customer = come(base_url=business.url(BETA["slug"]))
    booking = to_pay(customer)
    pay(customer)
    expect(customer).to_have_url(re.compile(BOOKED))
    expect(customer.get_by_role("main")).to_contain_text("$25.00 paid")
    [[code]] = business.sql("SELECT reference_code FROM bookings_booking WHERE id = %s", booking, tenant=BETA["slug"])

    sees(owner, code, f"{MONEY}statement/")
    expect(owner.get_by_role("row", name=code)).to_contain_text("$25.00")
    sees(owner, "$25.00", f"{MONEY}documents/")
    owner.goto(f"{MONEY}payouts/")
    expect(owner.get_by_role("main")).to_contain_text("Nothing was paid out yet.")
    business.stripe.outside("payout", account=account, include_pending=True)
    listed = owner.locator("a[href*='/payouts/po_']")
    reload_until(owner, lambda: listed.count() == 1)
    listed.click()
    sees(owner, code)
    expect(owner.get_by_role("row", name=code)).to_contain_text("Payment")


def test_plan_goes_from_trial_through_unpaid_days_to_recovered_and_ended(come: Open, business: Business) -> None:
    owner = owner_of_beta(come, business)
    owner.goto(f"{MONEY}plan/")
    expect(owner.get_by_role("main")).to_contain_text("Trial: 14 days left")
    owner.get_by_role("link", name="Choose, by the month Pro").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Subscribe")
    owner.get_by_label("Email").fill("owner@example.org")
    give_card(owner, VISA, "Start trial")
    expect(owner.get_by_role("main")).to_contain_text("Your card is charged when the trial ends, on")
    business.advance(15)
    sees(owner, "Paid. It renews on")

    card_at_stripe(owner, FAILS_LATER, "Cards and invoices")
    business.advance(47)
    sees(owner, "Your plan is not paid", "/desk/")
    expect(owner.get_by_role("main")).to_contain_text("Everything works for 10 more days.")
    owner.get_by_role("link", name="Your plan").click()
    card_at_stripe(owner, VISA, "Pay, or give another card")
    business.advance(51)
    sees(owner, "Paid. It renews on")
    owner.goto("/desk/")
    expect(owner.get_by_role("main")).not_to_contain_text("Your plan is not paid")

    owner.goto(f"{MONEY}plan/")
    card_at_stripe(owner, FAILS_LATER, "Cards and invoices")
    for day in (78, 82, 88, 96):
        business.advance(day)
    sees(owner, "Customers cannot book at the moment", "/desk/")
    stranger = come(base_url=business.url(BETA["slug"]))
    sees(stranger, "New bookings cannot be made here at the moment.", "/")
    stranger.goto("/venues/main/court-1/")
    stranger.locator("button.slot-free").first.click()
    expect(stranger.get_by_role("main")).to_contain_text("This venue takes no bookings at the moment.")
    assert business.sql("SELECT count(*) FROM bookings_booking WHERE resource_id = 1", tenant=BETA["slug"]) == [(0,)]
    owner.goto("/venues/main/court-1/")
    owner.locator("button.slot-free").first.click()
    fill_in_details(owner)


def card_at_stripe(owner: Page, number: str, link: str) -> None:
    """By the plan's page to Stripe's, give a card there, and back."""
    owner.get_by_role("link", name=link).click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Your subscription")
    give_card(owner, number, "Save card")
    expect(owner.get_by_role("status")).to_have_text("Your card is saved.")
    owner.get_by_role("link", name="Back").click()
    expect(owner).to_have_url(re.compile(f"{MONEY}plan/"))
