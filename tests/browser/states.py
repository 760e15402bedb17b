"""What pages look like in every state that they can be in, a name for each. Where it is: any business."""

from collections.abc import Callable, Iterator

from playwright.sync_api import Page, expect

from tests.browser.test_paying import BOOKING, DECLINED, VISA, fields, pay, type_card

COURT = "/venues/sports-center-munich/court-1/"
WAITING = "/venues/sports-center-munich/squash-1/"


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


def lost_on_the_way(page: Page, other: Page, leave: Callable[[str], None]) -> Iterator[str]:
    """What comes between: somebody else, the time of the hold, the connection, an address that is none.

    `leave` lets the hold of a booking, by its id, be over.
    """
    page.goto("/search/?people=9999")
    yield "search with nothing"
    page.goto("/no-such-page/")
    yield "not found"
    page.goto(COURT)
    start = page.locator("button.slot-free").last.get_attribute("value")
    other.goto(COURT)
    other.locator(f"button[value='{start}']").click()
    theirs = _held(other)
    page.locator(f"button[value='{start}']").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "slot gone"
    leave(theirs)
    page.goto(COURT)
    page.locator("button.slot-free").last.click()
    leave(_held(page))
    page.reload()
    expect(page.locator("#countdown")).to_have_count(0)
    yield "expired"
    page.goto(COURT)
    page.locator("button.slot-free").last.click()
    mine = _held(page)
    page.locator("#id_name").fill("Gina Guest")
    page.locator("#id_email").fill("gina@example.org")
    page.locator("#book").click()
    type_card(page, VISA)
    page.context.set_offline(True)
    page.locator("#pay button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "pay offline"
    page.context.set_offline(False)
    leave(mine)


def of_regulars(page: Page) -> Iterator[str]:
    """What somebody with an account does: the same time every week, a waiting list, a move, hours paid beforehand."""
    page.goto(f"{COURT}series/")
    page.locator("#id_time").fill("08:00")
    page.locator("#id_times").fill("6")
    page.locator("main form button.btn-lg").first.click()
    expect(page.locator("#dates")).to_be_visible()
    yield "series preview"
    page.goto(WAITING)
    page.locator("a.slot-wait").last.click()
    yield "wait for one time"
    page.goto("/bookings/")
    page.locator("main h2 a").filter(has_text="Court").first.click()
    page.locator("main a[href*='/move/']").first.click()
    page.locator("a.slot-free").last.click()
    expect(page.get_by_role("heading", name="This is what would change")).to_be_visible()
    yield "move preview"
    page.goto("/packs/")
    page.locator("main form button.btn-primary").first.click()
    pay(page)
    expect(page.get_by_role("heading", name="is yours")).to_be_visible(timeout=30_000)
    yield "pack bought"


def _held(page: Page) -> str:
    expect(page.locator("#id_name")).to_be_visible()
    found = BOOKING.search(page.url)
    assert found
    return found.group(1)
