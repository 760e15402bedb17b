"""axe finds nothing on the pages of money, of whoever pays and of whoever takes it. WCAG 2.2 AA.

A file of its own: its servers have to be up before the browser is.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.business import Business
from tests.browser.conftest import Open
from tests.browser.steps import sign_in
from tests.browser.test_accessibility import MONEY, VIEWS, faults, told
from tests.browser.test_paying import DECLINED, held, pay, pay_by_debit, receipts, reload_until, to_pay
from tests.worlds import ALPHA


def payers_pages(page: Page, business: Business) -> Iterator[str]:
    """Every page of a payment: where all goes well, where Stripe does not answer, where the bank takes its time."""
    held(page, "pay-either")
    yield "two ways to pay"
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#pay button")).to_be_enabled()
    yield "pay"
    pay(page, DECLINED)
    expect(page.locator("#pay-error")).to_be_visible()
    yield "pay, refused"
    elsewhere = page.get_by_role("button", name="Pay on Stripe's page")
    page.route("**/c/pay/*", lambda route: route.fulfill(status=204))  # stay on the page in between
    # By key: a click in the very moment of scrolling goes into Stripe's frame, which lay there before.
    elsewhere.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You pay at Stripe")
    yield "leaving"
    page.get_by_role("link", name="Back").click()
    expect(page.locator("#pay button")).to_be_enabled()
    business.stripe.control("faults", rules=[{"path": "/v1/.*", "times": 20, "do": "status", "status": 500}])
    try:
        elsewhere.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("That did not work")
    finally:
        business.stripe.control("faults", rules=[])
    yield "unpayable"
    page.get_by_role("link", name="Try again").click()
    expect(page.locator("#pay button")).to_be_enabled()
    pay_by_debit(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your payment is under way")
    yield "waiting"


def takers_pages(page: Page, business: Business) -> Iterator[str]:
    """What the owner sees of money that came and was paid out."""
    to_pay(page)
    pay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
    receipts(page)
    yield "paid"
    sign_in(page, f"owner@{ALPHA['canary']}.example")
    page.goto("/desk/money/statement/")
    reload_until(page, lambda: page.get_by_role("row").count() > 1)
    [[account]] = business.sql("SELECT account_id FROM payments_payment LIMIT 1")
    business.stripe.outside("payout", account=account, include_pending=True)
    page.goto("/desk/money/payouts/")
    payouts = page.locator("a[href*='/payouts/po_']")
    reload_until(page, lambda: payouts.count() > 0)
    for path in MONEY:
        page.goto(f"/desk/money/{path}")
        yield f"money: {path}"
    page.goto("/desk/money/disconnect/")
    yield "disconnecting"
    page.goto("/desk/money/payouts/")
    payouts.first.click()
    reload_until(page, lambda: page.get_by_role("row").count() > 1)
    yield "payout"


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_on_the_pages_of_money(come: Open, business: Business, width: int, scheme: str) -> None:
    customer, owner = come(width, color_scheme=scheme), come(width, color_scheme=scheme)
    found = {name: faults(customer) for name in payers_pages(customer, business)}
    found |= {name: faults(owner) for name in takers_pages(owner, business)}
    assert len(found) == 9 + len(MONEY)
    assert told(found) == []
