"""The lists of the desk in a browser: a day called off for the weather, a view kept, a request accepted; axe on all."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HEIGHT, WIDTHS, Open
from tests.browser.steps import choose_a_slot, fill_in_details, reference_code, sign_in
from tests.browser.test_accessibility import faults
from tests.worlds import ALPHA

ADMIN = "/api/v1/admin"
PAGES = (
    "/desk/bookings/",
    "/desk/bookings/?when=all&state=cancelled",
    "/desk/approvals/",
    "/desk/weather/",
    "/desk/series/",
    "/desk/waiting/",
    "/desk/bookings/many/",
)


@pytest.fixture(params=WIDTHS)
def owner(browse: Open, request: pytest.FixtureRequest) -> Page:
    """The owner, on a laptop and on a phone."""
    page = browse()
    sign_in(page, f"owner@{ALPHA['canary']}.example")
    page.set_viewport_size({"width": request.param, "height": HEIGHT})
    return page


ASK = """async ([path, method, body, token, key]) => {
  const headers = {"Content-Type": "application/json", "X-CSRFToken": token, "Idempotency-Key": key};
  const answer = await fetch(path, {method, headers, body: body ? JSON.stringify(body) : undefined});
  return [answer.status, await answer.json()];
}"""


def ask(page: Page, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """What the API answers to whoever is signed in on the page."""
    [token] = [each["value"] for each in page.context.cookies() if each["name"] == "csrftoken"]
    status, answer = page.evaluate(ASK, [f"{ADMIN}{path}", method, body, token, str(uuid4())])
    assert status in {200, 201}, answer
    return answer


def booked_outdoors(page: Page, name: str, ahead: int) -> tuple[str, list[str]]:
    """A day with two bookings of kayaks, which are outdoors from now on; of one 25.00 are paid. The day and codes."""
    places = ask(page, "GET", "/resources/")
    kayaks = next(each for each in places if each["slug"] == "kayaks")
    ask(page, "PATCH", f"/resources/{kayaks['id']}/", {"is_outdoor": True})
    day = (datetime.now(UTC) + timedelta(days=ahead)).date()
    made = []
    for hour in (10, 13):
        wish = {
            "resource": kayaks["id"],
            "start_datetime": f"{day}T{hour}:00:00+00:00",
            "end_datetime": f"{day}T{hour + 1}:00:00+00:00",
            "contact": {"name": name, "email": "storm@example.org", "phone": ""},
        }
        made.append(ask(page, "POST", "/bookings/", wish))
    ask(page, "POST", f"/bookings/{made[0]['id']}/payments/", {"amount": "25.00"})
    return day.isoformat(), [each["reference_code"] for each in made]


def test_day_is_called_off_and_found_again_in_a_view(owner: Page) -> None:
    page, width = owner, owner.viewport_size
    assert width
    name = f"Stella Storm {width['width']}"
    day, codes = booked_outdoors(page, name, 40 + width["width"] % 7)
    page.goto(f"/desk/weather/?day={day}")
    main = page.get_by_role("main")
    expect(main).to_contain_text("€25.00 go back to customers.")
    assert faults(page) == []
    page.get_by_role("button", name="Cancel 2 bookings").click()
    expect(main).to_contain_text("2 of 2 bookings")
    assert faults(page) == []
    for code in codes:
        expect(main).to_contain_text(code)
    page.goto("/desk/bookings/?when=all&state=cancelled")
    page.get_by_label("Code, name, e-mail or phone").fill(name.rpartition(" ")[0])
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("main").get_by_role("status").first).to_contain_text("of ")
    page.get_by_text("Keep this filter as a view").click()
    page.get_by_label("Name", exact=True).fill(f"Storms {width['width']}")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("link", name=f"Storms {width['width']}")).to_have_attribute("aria-current", "true")
    expect(main).to_contain_text(codes[0])


def test_chosen_bookings_are_looked_at_before_anything_is_done(owner: Page) -> None:
    page, width = owner, owner.viewport_size
    assert width
    _day, codes = booked_outdoors(page, f"Carla Chosen {width['width']}", 60 + width["width"] % 7)
    page.goto(f"/desk/bookings/?q={codes[0]}")
    cancel = page.get_by_role("button", name="Cancel them")
    expect(cancel).to_be_disabled()
    page.get_by_label(f"Choose {codes[0]}").check()
    expect(page.get_by_text("Chosen: 1")).to_be_visible()
    cancel.click()
    expect(page.get_by_role("button", name="Cancel 1 booking")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Nothing has been done yet.")
    assert faults(page) == []


def test_request_is_accepted_from_the_queue(browse: Open) -> None:
    guest = browse(WIDTHS[1])
    choose_a_slot(guest, "half-b")
    fill_in_details(guest)
    code = reference_code(guest)
    page = browse()
    sign_in(page, f"front_desk@{ALPHA['canary']}.example")
    page.set_viewport_size({"width": WIDTHS[1], "height": HEIGHT})
    page.goto("/desk/approvals/")
    assert faults(page) == []
    page.get_by_role("button", name=re.compile(f"^Accept {code}")).click()
    expect(page.get_by_role("status").filter(has_text=code)).to_contain_text("is confirmed.")
    expect(page.get_by_label(f"Choose {code}")).to_have_count(0)


def test_axe_finds_nothing_on_any_list(owner: Page) -> None:
    found = {}
    for path in PAGES:
        owner.goto(path)
        found[path] = faults(owner)
    assert {path: each for path, each in found.items() if each} == {}
