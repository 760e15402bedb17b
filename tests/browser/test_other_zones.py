"""Whoever looks from another time zone reads both times; at the venue nobody is told what they know."""

from playwright.sync_api import expect

from tests.browser.conftest import Open

COURT = "/venues/main/court-1/"


def test_visitors_elsewhere_read_their_own_time_beside_the_venues(browse: Open) -> None:
    page = browse(1280, timezone_id="America/New_York", locale="en-US")
    page.goto(COURT)
    note = page.locator("[data-zone-note]").first
    expect(note).to_contain_text("America/New York")
    first = page.locator("button time[data-zone]").first
    start = first.get_attribute("datetime")
    own = page.evaluate(
        "(at) => new Intl.DateTimeFormat('en-US', {hour: 'numeric', minute: '2-digit'}).format(new Date(at))", start
    )
    expect(first.locator(".zone-own")).to_contain_text(f"{own} your time")
    # The next month comes without a new page, and says so too.
    page.locator("#next-month").click()
    expect(page.locator("button time[data-zone] .zone-own").first).to_be_visible()
    expect(page.locator("[data-zone-note]").first).to_contain_text("America/New York")


def test_visitors_in_the_venues_zone_are_told_nothing_twice(browse: Open) -> None:
    page = browse(1280, timezone_id="Europe/Berlin")
    page.goto(COURT)
    expect(page.locator("button time[data-zone]").first).to_be_visible()
    assert page.locator(".zone-own").count() == 0
    expect(page.locator("[data-zone-note]").first).to_be_hidden()
