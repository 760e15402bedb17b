"""The desk's calendar by mouse and by keys: what is dragged is shown before it is done, and others' changes appear."""

import json
import re
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.business import Business
from tests.browser.conftest import Open
from tests.browser.steps import held_back, press_tab_until, sign_in
from tests.browser.test_accessibility import faults
from tests.browser.test_paying import has_paid, pay, to_pay
from tests.worlds import ALPHA, _token

CREATED = 201
FOCUSED = "document.activeElement.closest('[data-id]').dataset.id"
WIDE = 1900
HALF_HOUR = 42
EDGES = (".cal-failed", ".cal-key.cal-closed")
OWNER = f"owner@{ALPHA['canary']}.example"
TOKEN = {"Authorization": f"Token {_token('owner', ALPHA['canary'])}"}


def ahead(days: int) -> str:
    """A day that no other test asks for."""
    return f"{datetime.now(UTC) + timedelta(days=days):%F}"


def zone_of(day: str, hour: int) -> str:
    """An hour of a day in Munich, in time that all have."""
    local = datetime.fromisoformat(f"{day}T{hour:02}:00").replace(tzinfo=ZoneInfo("Europe/Berlin"))
    return local.isoformat()


def booked(business: Business, day: str, hour: int, slug: str = "court-1", hours: int = 1) -> str:
    """A booking for Gina that the desk has made; its id."""
    [(resource,)] = business.sql("SELECT id FROM venues_resource WHERE slug = %s", slug)
    body: dict[str, Any] = {
        "resource": resource,
        "start_datetime": zone_of(day, hour),
        "end_datetime": zone_of(day, hour + hours),
        "contact": {"name": "Gina Guest", "email": "gina@example.org"},
    }
    headers = {**TOKEN, "Host": f"{ALPHA['slug']}.localhost", "Content-Type": "application/json"}
    asked = HTTPConnection("127.0.0.1", business.server.port, timeout=60)
    asked.request("POST", "/api/v1/admin/bookings/", json.dumps(body), headers)
    answer = asked.getresponse()
    told = json.loads(answer.read())
    asked.close()
    assert answer.status == CREATED, told
    made: str = told["id"]
    return made


def place_of(business: Business, booking: str) -> tuple[Any, ...]:
    """Where it is in the database: resource, hour and length in hours in Munich, and its price."""
    [row] = business.sql(
        "SELECT r.slug, extract(hour from b.start AT TIME ZONE 'Europe/Berlin')::int,"
        ' extract(epoch from b."end" - b.start)::int / 60, b.total_minor FROM bookings_booking b'
        " JOIN venues_resource r ON r.id = b.resource_id WHERE b.id = %s",
        booking,
    )
    return tuple(row)


def calendar(page: Page, day: str, venue: str = "main", **query: str) -> None:
    """The calendar of a day, drawn."""
    more = "".join(f"&{name}={value}" for name, value in query.items())
    page.goto(f"/desk/calendar/?venue={venue}&day={day}{more}")
    expect(page.locator("#cal .ec-main")).to_be_visible()


def event(page: Page, booking: str, resource: str = "") -> Locator:
    """Where a booking stands."""
    return page.locator(f"#cal [data-id^='booking-{booking}-']{resource}").first


def drag(page: Page, what: Locator, right: float, down: float = 0, edge: bool = False) -> None:
    """Press, move by so many pixels, and hold."""
    box = what.bounding_box()
    assert box
    x = box["x"] + (box["width"] - 3 if edge else box["width"] / 3)
    y = box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2, steps=5)
    page.mouse.move(x + right, y + down, steps=5)


def test_a_paid_booking_is_dragged_to_a_cheaper_time_and_the_rest_goes_back(come: Open, business: Business) -> None:
    guest = come()
    booking = to_pay(guest)
    pay(guest)
    has_paid(guest, booking, business)
    [(hour, day)] = business.sql(
        "SELECT extract(hour from start AT TIME ZONE 'Europe/Berlin')::int,"
        " to_char(start AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD') FROM bookings_booking WHERE id = %s",
        booking,
    )
    [(room,)] = business.sql("SELECT id FROM venues_resource WHERE slug = 'room'")
    business.sql(
        "INSERT INTO venues_rate (resource_id, name, unit, amount_minor, weekdays, from_time, until_time, priority)"
        " VALUES (%s, 'Late', 'hour', 1000, '{}', '21:00', '23:00', 0)",
        room,
    )
    page = come(WIDE)
    sign_in(page, OWNER)
    calendar(page, day, "annex")
    drag(page, event(page, booking), (21 - hour) * 2 * HALF_HOUR)
    hint = page.locator("[data-hint]")
    expect(hint).to_contain_text("€15.00 less")
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("€25.00 €10.00 (€15.00 less)")
    expect(dialog).to_contain_text("€15.00 by itself, the way it was paid")
    expect(dialog).to_contain_text("Gina Guest is told by e-mail.")
    assert place_of(business, booking) == ("room", hour, 60, 2500)
    dialog.get_by_role("button", name="Yes, do that").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-toast]")).to_contain_text("is now at")
    assert place_of(business, booking) == ("room", 21, 60, 1000)
    expect(event(page, booking)).to_contain_text("9:00 – 10:00")
    for _look in range(100):  # the worker gives it back
        [(gone,)] = business.sql(
            "SELECT coalesce(sum(amount_minor), 0)::int FROM payments_refund WHERE booking_id = %s", booking
        )
        if gone == 1500:
            break
        page.reload()
    assert gone == 1500
    business.sql("DELETE FROM venues_rate WHERE name = 'Late'")


def test_an_edge_is_dragged_and_it_is_longer_and_undone(come: Open, business: Business) -> None:
    page, day = come(WIDE), ahead(50)
    booking = booked(business, day, 10)
    sign_in(page, OWNER)
    calendar(page, day)
    drag(page, event(page, booking), HALF_HOUR, edge=True)
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("€25.00 €37.50 (€12.50 more)")
    expect(dialog.get_by_label("How long, in minutes")).to_have_value("90")
    dialog.get_by_role("button", name="Yes, do that").click()
    expect(event(page, booking)).to_contain_text("10:00 – 11:30")
    assert place_of(business, booking) == ("court-1", 10, 90, 3750)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-toast]")).to_contain_text("is back at")
    expect(event(page, booking)).to_contain_text("10:00 – 11:00")
    assert place_of(business, booking) == ("court-1", 10, 60, 2500)


def test_what_is_in_the_way_is_said_before_it_is_dropped_and_nothing_changes(come: Open, business: Business) -> None:
    page, day = come(WIDE), ahead(51)
    booking = booked(business, day, 10)
    booked(business, day, 14)
    sign_in(page, OWNER)
    calendar(page, day)
    before = event(page, booking).bounding_box()
    drag(page, event(page, booking), 8 * HALF_HOUR)
    expect(page.locator("[data-hint]")).to_have_text("In the way: Somebody else has booked this time.")
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("Somebody else has booked this time.")
    expect(dialog.get_by_role("button", name="Yes, do that")).to_have_count(0)
    dialog.get_by_role("button", name="Leave it as it is").click()
    expect(event(page, booking)).to_contain_text("10:00 – 11:00")
    assert event(page, booking).bounding_box() == before
    assert place_of(business, booking) == ("court-1", 10, 60, 2500)


def test_without_a_network_what_is_dropped_goes_back(come: Open, business: Business) -> None:
    page, day = come(WIDE), ahead(59)
    booking = booked(business, day, 12)
    sign_in(page, OWNER)
    calendar(page, day)
    before = place_of(business, booking)
    page.context.set_offline(True)
    drag(page, event(page, booking), HALF_HOUR * 4)
    page.mouse.up()
    failed = page.locator("[data-toast]").get_by_role("alert")
    expect(failed).to_have_text("That did not work. Please try again.")
    edges = [page.evaluate(f"getComputedStyle(document.querySelector('{of}')).borderInlineStartColor") for of in EDGES]
    assert edges[0] == edges[1]
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(event(page, booking)).to_contain_text("12:00 – 1:00 PM")
    page.context.set_offline(False)
    assert place_of(business, booking) == before


def test_into_the_night_of_a_shift_that_ends_at_two(come: Open, business: Business) -> None:
    page, day = come(WIDE), ahead(66)
    after = f"{datetime.fromisoformat(day) + timedelta(days=1):%F}"
    [(court,)] = business.sql("SELECT id FROM venues_resource WHERE slug = 'court-2'")
    business.sql(
        "INSERT INTO venues_openinghours (resource_id, date, opens, closes, note)"
        " VALUES (%s, %s, '18:00', '02:00', '')",
        court,
        day,
    )
    booking = booked(business, day, 22, "court-2")
    sign_in(page, OWNER)
    calendar(page, day, resource=str(court))
    drag(page, event(page, booking), 5 * HALF_HOUR)
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Day", exact=True)).to_have_value(after)
    expect(dialog.get_by_label("From")).to_have_value("00:30")
    dialog.get_by_role("button", name="Yes, do that").click()
    expect(event(page, booking)).to_contain_text("12:30 – 1:30 AM")
    assert place_of(business, booking) == ("court-2", 0, 60, 2500)
    # And empty time there.
    row = page.locator("#cal .ec-row-head").first.bounding_box()
    box = event(page, booking).bounding_box()
    assert row
    assert box
    y = row["y"] + row["height"] / 2
    page.mouse.move(box["x"] - 2 * HALF_HOUR - 10, y)
    page.mouse.down()
    page.mouse.move(box["x"] - 2 * HALF_HOUR + 10, y, steps=5)
    page.mouse.move(box["x"] - 10, y, steps=5)
    page.mouse.up()
    dialog.get_by_role("button", name="Book").click()
    expect(dialog.get_by_label("From")).to_have_value("23:15")
    business.sql("DELETE FROM venues_openinghours WHERE resource_id = %s AND date = %s", court, day)


def test_what_is_pressed_twice_on_a_slow_line_is_told_once(come: Open, business: Business) -> None:
    page, day = come(), ahead(67)
    sign_in(page, OWNER)
    calendar(page, day)
    page.get_by_role("link", name="Book", exact=True).click()
    dialog = page.get_by_role("dialog", name="Book for somebody")
    dialog.get_by_label("From").fill("18:00")
    dialog.get_by_label("Name (none for a walk-in)").fill("Slow Sue")
    dialog.get_by_role("button", name="Show the price").click()
    press = dialog.get_by_role("button", name="Book for €25.00")
    expect(press).to_be_visible()
    expect(dialog).not_to_have_attribute("aria-busy", "true")
    waiting = held_back(page, "**/book/")
    with page.expect_request("**/book/"):
        press.click()
    press.click()
    waiting[0].continue_()
    expect(page.locator("[data-toast]")).to_contain_text("is booked:")
    expect(page.locator("#cal .cal-event", has_text="Slow Sue")).to_be_visible()
    assert len(waiting) == 1


def test_that_there_is_no_connection_is_said_for_as_long_as_there_is_none(come: Open, business: Business) -> None:
    page, day = come(WIDE), ahead(68)
    sign_in(page, OWNER)
    calendar(page, day)
    hint = page.locator("[data-hint]")
    look_now = "document.dispatchEvent(new Event('visibilitychange'))"
    page.context.set_offline(True)
    for _look in range(3):
        page.evaluate(look_now)
    expect(hint).to_have_text("What others do is not shown at the moment: there is no connection.")
    expect(hint).to_have_class(re.compile("cal-hint-refused"))
    page.context.set_offline(False)
    page.evaluate(look_now)
    expect(hint).to_be_empty()
    expect(hint).not_to_have_class(re.compile("cal-hint-refused"))


def test_all_of_it_by_keys(come: Open, business: Business) -> None:
    page, day = come(), ahead(52)
    booking = booked(business, day, 10)
    later = booked(business, day, 13)
    sign_in(page, OWNER)
    calendar(page, day)
    expect(event(page, booking)).to_be_attached()
    press_tab_until(page, f"Court 1 {ALPHA['canary']}")
    assert page.evaluate(FOCUSED).startswith(f"booking-{booking}")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED).startswith(f"booking-{later}")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Gina Guest")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("From")).to_have_value("13:00")
    dialog.get_by_label("How long, in minutes").fill("120")
    dialog.get_by_label("How long, in minutes").press("Tab")
    expect(dialog).to_contain_text("€25.00 €50.00 (€25.00 more)")
    dialog.get_by_role("button", name="Yes, do that").press("Enter")
    expect(event(page, later)).to_contain_text("1:00 – 3:00")
    assert place_of(business, later) == ("court-1", 13, 120, 5000)
    # And what is new, without a mouse: book, and block out.
    page.get_by_role("link", name="Book", exact=True).press("Enter")
    dialog = page.get_by_role("dialog", name="Book for somebody")
    dialog.get_by_label("From").fill("18:00")
    dialog.get_by_label("Name (none for a walk-in)").fill("Wanda Walk")
    dialog.get_by_role("button", name="Show the price").press("Enter")
    dialog.get_by_role("button", name="Book for €25.00").press("Enter")
    expect(page.locator("#cal .cal-event", has_text="Wanda Walk")).to_be_visible()
    page.get_by_role("link", name="Block out").press("Enter")
    dialog = page.get_by_role("dialog", name="Block out time")
    dialog.get_by_label("from what time (optional)").fill("20:00")
    dialog.get_by_label("Until", exact=True).fill(day)
    dialog.get_by_label("until what time (optional)").fill("21:00")
    dialog.get_by_label("Reason (for the team)").fill("Floor")
    expect(dialog).not_to_have_attribute("aria-busy", "true")
    dialog.get_by_role("button", name="Block it out").press("Enter")
    expect(page.locator("#cal .cal-closed", has_text="Floor").first).to_be_visible()
    page.locator("#cal .cal-closed .cal-open", has_text="Floor").first.press("Enter")
    page.get_by_role("button", name="Open again").press("Enter")
    expect(page.locator("#cal .cal-closed")).to_have_count(0)


def test_empty_time_is_dragged_over_and_booked(come: Open, business: Business) -> None:
    page, day = come(WIDE), ahead(53)
    sign_in(page, OWNER)
    calendar(page, day)
    row = page.locator("#cal .ec-row-head").first.bounding_box()
    slot = page.locator("#cal .ec-slot", has_text=re.compile("^4:00 PM$")).bounding_box()
    assert row
    assert slot
    y = row["y"] + row["height"] / 2
    page.mouse.move(slot["x"] + 5, y)
    page.mouse.down()
    page.mouse.move(slot["x"] + 40, y, steps=5)
    page.mouse.move(slot["x"] + 2 * HALF_HOUR - 5, y, steps=5)
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Book").click()
    expect(dialog.get_by_label("From")).to_have_value("16:00")
    expect(dialog.get_by_label("How long, in minutes")).to_have_value("60")
    dialog.get_by_label("Find a customer").fill("guest@")
    dialog.get_by_role("button", name="Find").click()
    dialog.get_by_role("radio", name=re.compile("guest@")).check()
    dialog.get_by_role("button", name="Book for €25.00").click()
    expect(page.locator("#cal .cal-event", has_text="guest canary")).to_contain_text("4:00 – 5:00")


def test_what_others_do_appears_and_scroll_and_focus_stay(come: Open, business: Business) -> None:
    page, day = come(), ahead(54)
    first = booked(business, day, 9)
    sign_in(page, OWNER)
    calendar(page, day)
    page.evaluate("window.same = true")
    event(page, first).locator(".cal-open").focus()
    scrolls = "document.querySelector('#cal .ec-main').scrollLeft"
    page.evaluate(f"{scrolls} = 60")
    other = booked(business, day, 12, "court-2")
    expect(event(page, other)).to_be_visible()
    assert page.evaluate("window.same")
    assert page.evaluate(scrolls) == 60
    assert page.evaluate(FOCUSED).startswith(f"booking-{first}")


def test_an_accountant_looks_and_drags_nothing(come: Open, business: Business) -> None:
    page, day = come(WIDE), ahead(55)
    booking = booked(business, day, 10)
    sign_in(page, OWNER.replace("owner", "accountant"))
    calendar(page, day)
    drag(page, event(page, booking), 4 * HALF_HOUR)
    page.mouse.up()
    expect(page.get_by_role("link", name="Book", exact=True)).to_have_count(0)
    assert place_of(business, booking) == ("court-1", 10, 60, 2500)


def test_the_browsers_own_zone_has_no_say(come: Open, business: Business) -> None:
    page, day = come(WIDE, timezone_id="Pacific/Auckland"), ahead(56)
    booking = booked(business, day, 10)
    sign_in(page, OWNER)
    calendar(page, day)
    expect(event(page, booking)).to_contain_text("10:00 – 11:00")
    drag(page, event(page, booking), 2 * HALF_HOUR)
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("From")).to_have_value("11:00")
    dialog.get_by_role("button", name="Yes, do that").click()
    expect(event(page, booking)).to_contain_text("11:00 AM – 12:00 PM")
    assert place_of(business, booking) == ("court-1", 11, 60, 2500)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (390, "light")])
def test_axe_finds_nothing(come: Open, business: Business, width: int, scheme: str) -> None:
    page = come(color_scheme=scheme)
    day = ahead(57)
    sign_in(page, OWNER)
    page.set_viewport_size({"width": width, "height": 900})
    [(count,)] = business.sql("SELECT count(*) FROM bookings_booking WHERE start::date = %s::date", day)
    booking = booked(business, day, 10 + 2 * int(count))
    found = {}
    for view in ("day", "week"):
        calendar(page, day, view=view)
        expect(event(page, booking)).to_be_attached()
        found[view] = faults(page)
    calendar(page, day)
    event(page, booking).locator(".cal-open").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Gina Guest")
    found["dialog"] = faults(page)
    page.goto(f"/desk/calendar/sheet/?venue=main&day={day}")
    found["sheet"] = faults(page)
    assert {name: each for name, each in found.items() if each} == {}


def test_without_scripts_there_is_a_list_with_links(come: Open, business: Business) -> None:
    page, day = come(java_script_enabled=False), ahead(58)
    booked(business, day, 10)
    sign_in(page, OWNER)
    page.goto(f"/desk/calendar/?venue=main&day={day}")
    page.get_by_role("link", name="Gina Guest").click()
    page.get_by_label("From").fill("15:00")
    page.get_by_role("button", name="Show what changes").click()
    page.get_by_role("button", name="Yes, do that").click()
    expect(page.get_by_role("main")).to_contain_text("is now at")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("main")).to_contain_text("is back at")
