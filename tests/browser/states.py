"""One booking from its slot to its end, a name for every state that a page can be in. Where it is: any business."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.browser.test_paying import DECLINED, VISA, fields, pay

COURT = "/venues/sports-center-munich/court-1/"


def booked_and_managed(page: Page, court: str = COURT) -> Iterator[str]:
    """A card that is declined, one that pays, then what can be done about the booking; the window is at each state."""
    page.goto(court)
    page.locator("button.slot-free").first.click()
    expect(page.locator("#id_name")).to_be_visible()
    yield "details"
    page.locator("#id_name").fill("Gina Guest")
    page.locator("#id_email").fill("nonsense")
    page.locator("main form button.btn-primary").last.click()
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "details with errors"
    page.locator("#id_email").fill("gina@example.org")
    page.locator("main form button.btn-primary").last.click()
    expect(fields(page).locator("#number")).to_be_visible()
    yield "pay"
    pay(page, DECLINED)
    expect(page.locator("#pay-error")).to_be_visible()
    yield "pay declined"
    pay(page, VISA)
    expect(page.locator("#pay")).to_have_count(0, timeout=30_000)
    yield "booking"
    for name in ("booking-move", "booking-people", "booking-extras", "booking-cancel"):
        here = page.url
        link = page.locator(f"main a[href*='/{name.removeprefix('booking-')}/']").first
        if link.count():
            link.click()
            page.wait_for_load_state("load")
            yield name
            page.goto(here)
