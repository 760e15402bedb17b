"""The day at the desk in a browser: a walk-in by two taps, a ticket by its picture and by its code, and taking back."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from json import dumps
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, Page, Playwright, expect

from tests import servers
from tests.browser.conftest import WIDTHS, Open, path_of_chromium, windows
from tests.browser.steps import held_back, reference_code
from tests.browser.test_accessibility import faults
from tests.conftest import pointed_at
from tests.desk.today.scene import at_noon
from tests.isolation.scene import session_of
from tests.servers import Server
from tests.worlds import ALPHA, World, world_of

FRAMES = 30
COUNT_TAPS = "addEventListener('click', () => { sessionStorage.taps = Number(sessionStorage.taps) + 1; }, true);"
MAIN = "/desk/?venue=main"
BOOKINGS = "/api/v1/admin/bookings/"
ASK = """async ([path, options]) => {
  const answer = await fetch(path, options);
  return {ok: answer.ok, body: await answer.json()};
}"""
ANY_TIME = ["lead_time", "too_far", "duration", "granularity", "capacity", "closed"]


@dataclass(frozen=True)
class Today:
    """Alpha at noon on a server of its own, and its calls as the front desk; Playwright has the thread of the tests."""

    world: World
    server: Server
    session: str
    owner_session: str

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{ALPHA['slug']}.localhost:{self.server.port}"

    def call(self, page: Page, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the API answers to a page that is open here: Playwright's own requests know no *.localhost."""
        headers = {"Authorization": f"Token {self.world.tokens['front_desk']}", "Content-Type": "application/json"}
        sent = {"headers": headers} if body is None else {"headers": headers, "method": "POST", "body": dumps(body)}
        answer = page.evaluate(ASK, [path, sent])
        assert answer["ok"], answer["body"]
        return answer["body"]

    def comes(self, page: Page, starts_in: int, resource: int, name: str) -> str:
        """A booking of an hour that begins so many minutes from now; its id."""
        now = datetime.fromisoformat(page.evaluate("new Date().toISOString()"))
        start = now.replace(second=0, microsecond=0) + timedelta(minutes=starts_in)
        body = {
            "resource": resource,
            "start_datetime": start.isoformat(),
            "end_datetime": (start + timedelta(hours=1)).isoformat(),
            "participant_count": 1,
            "contact": {"name": name},
            "overrule": ANY_TIME,
        }
        return str(self.call(page, BOOKINGS, body)["id"])

    def booking(self, page: Page, booking_id: str) -> Any:
        """It, as the desk's API tells it."""
        return self.call(page, f"{BOOKINGS}{booking_id}/")

    def ticket(self, page: Page, booking_id: str) -> Any:
        """Its reference code, what the QR code says, and its picture."""
        return self.call(page, f"/api/v1/bookings/{booking_id}/ticket/")


@pytest.fixture(scope="module")
def today(django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[Today]:
    """It."""
    with django_db_blocker.unblock():
        template = request.getfixturevalue("template")
        with servers.copied(template, "today") as database, pointed_at(database):
            world = world_of(ALPHA)
            at_noon(world)
            with servers.web(database, workers=1) as server:
                yield Today(world, server, session_of(world, "front_desk"), session_of(world, "owner"))


@pytest.fixture
def come(today: Today, chromium: Browser) -> Iterator[Open]:
    """`come(width=390)` is a fresh window there, of the front desk."""
    session: SetCookieParam = {"name": "sessionid", "value": today.session, "url": today.url}

    def signed_in(opened: Open, width: int = WIDTHS[0], **options: object) -> Page:
        page = opened(width, **options)
        page.context.add_cookies([session])
        return page

    for opened in windows(chromium, today.url):
        yield partial(signed_in, opened)


def photo(page: Page, svg: str) -> bytes:
    """The picture as a camera would have it: on a grey ground, not quite upright."""
    paper = page.context.new_page()
    turned = f'<div style="padding:60px;rotate:4deg;width:300px">{svg}</div>'
    paper.set_content(f'<body style="background:#999">{turned}</body>')
    taken = paper.locator("body").screenshot()
    paper.close()
    return taken


@pytest.mark.parametrize(("width", "court"), [(WIDTHS[0], "Court 1"), (WIDTHS[1], "Court 2")])
def test_walk_in_takes_two_taps(today: Today, come: Open, width: int, court: str) -> None:
    page = come(width)
    page.goto(MAIN)
    page.evaluate("sessionStorage.taps = 0")
    page.add_init_script(COUNT_TAPS)
    page.reload()
    place = page.get_by_role("link", name=re.compile(f"{court}.*Now"))
    expect(place).to_be_visible()
    assert faults(page) == []
    place.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Walk-in: {court}")
    assert faults(page) == []
    page.get_by_role("button", name="Paid by card").click()
    told = page.get_by_role("status").filter(has_text="They are checked in.")
    expect(told).to_contain_text("€25.00 are noted as paid.")
    assert page.evaluate("sessionStorage.taps") == "2"
    code = reference_code(page)
    address = page.get_by_role("link", name=code).first.get_attribute("href") or ""
    made = today.booking(page, address.split("/")[-2])
    assert (made["reference_code"], made["status"]) == (code, "paid")
    assert made["checked_in_at"] is not None


def test_price_follows_what_is_chosen(today: Today, come: Open) -> None:
    page = come(390)
    page.goto(f"/desk/walk-in/?resource={today.world.court_2}")
    expect(page.locator("#price")).to_have_text("€25.00")
    page.get_by_label("How long").focus()
    page.get_by_label("How long").select_option("120")
    expect(page.locator("#price")).to_have_text("€50.00")
    expect(page.get_by_label("How long")).to_be_focused()


def test_ticket_is_read_from_a_photo(today: Today, come: Open) -> None:
    page = come(390)
    page.goto(MAIN)
    pk = today.comes(page, 20, today.world.hall, "Petra Photo")
    svg = today.ticket(page, pk)["qr_svg"]
    page.goto("/desk/check-in/")
    assert faults(page) == []
    page.get_by_label("Or take a photo of it").set_input_files(
        {"name": "ticket.png", "mimeType": "image/png", "buffer": photo(page, svg)}
    )
    expect(page.get_by_text("Petra Photo")).to_be_visible()
    expect(page.get_by_text("Welcome: they are in")).to_be_visible()
    expect(page.get_by_label("Code of the ticket or the booking")).to_be_focused()
    expect(page.get_by_label("Code of the ticket or the booking")).to_have_value("")
    assert faults(page) == []
    assert today.booking(page, pk)["checked_in_at"] is not None


def test_photo_without_a_code_says_so(today: Today, come: Open) -> None:
    page = come(390)
    page.goto("/desk/check-in/")
    blank = io.BytesIO()
    Image.new("RGB", (200, 200), "white").save(blank, "png")
    page.get_by_label("Or take a photo of it").set_input_files(
        {"name": "blank.png", "mimeType": "image/png", "buffer": blank.getvalue()}
    )
    expect(page.get_by_text("No code was found in this picture.")).to_be_visible()


def test_code_is_typed_and_the_field_is_ready_for_the_next(today: Today, come: Open) -> None:
    page = come(390)
    page.goto(MAIN)
    pk = today.comes(page, 20, today.world.annex_room, "Tina Typed")
    code = today.ticket(page, pk)["reference_code"]
    page.goto("/desk/check-in/")
    field = page.get_by_label("Code of the ticket or the booking")
    expect(field).to_be_focused()
    page.keyboard.type(code.lower())
    page.keyboard.press("Enter")
    expect(page.get_by_text("Tina Typed")).to_be_visible()
    expect(page.get_by_text("This booking is at Annex")).to_be_visible()
    page.get_by_role("button", name="Check in all the same").click()
    expect(page.get_by_text("Welcome: they are in")).to_be_visible()
    field.focus()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.get_by_text("They are in already")).to_be_visible()
    assert today.booking(page, pk)["checked_in_at"] is not None


def test_a_code_that_is_entered_twice_on_a_slow_line_is_one_and_the_next_waits_for_its_turn(
    today: Today, come: Open
) -> None:
    page = come(390)
    page.goto(MAIN)
    first = today.comes(page, 55, today.world.kayaks, "Fritz First")  # three are there, for the tests of this file
    second = today.comes(page, 100, today.world.court_2, "Susi Second")  # after the walk-in of another test
    codes = [today.ticket(page, pk)["reference_code"] for pk in (first, second)]
    page.goto("/desk/check-in/")
    waiting = held_back(page, "**/desk/check-in/")
    field = page.get_by_label("Code of the ticket or the booking")
    with page.expect_request("**/desk/check-in/"):
        page.keyboard.type(codes[0])
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type(codes[1])  # as a scanner does, over what is there
    expect(field).to_have_value(codes[1])
    page.keyboard.press("Enter")
    with page.expect_request("**/desk/check-in/"):
        waiting[0].continue_()
    expect(page.get_by_text("Fritz First")).to_be_visible()
    expect(field).to_have_value(codes[1])
    waiting[1].continue_()
    expect(page.get_by_text("Susi Second")).to_be_visible()
    expect(field).to_have_value("")
    assert len(waiting) == 2
    assert today.booking(page, first)["checked_in_at"] is not None


def test_camera_reads_the_ticket(today: Today, playwright: Playwright, tmp_path: Path) -> None:
    """Chromium's camera is a film of the ticket."""
    path = path_of_chromium(playwright)
    drawer = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
    page = drawer.new_context(base_url=today.url).new_page()
    page.context.add_cookies([{"name": "sessionid", "value": today.session, "url": today.url}])
    page.goto(MAIN)
    pk = today.comes(page, 20, today.world.kayaks, "Klara Camera")
    still = Image.open(io.BytesIO(photo(page, today.ticket(page, pk)["qr_svg"]))).convert("RGB")
    drawer.close()
    frame = io.BytesIO()
    still.save(frame, "jpeg", quality=95)
    film = tmp_path / "ticket.mjpeg"
    film.write_bytes(frame.getvalue() * FRAMES)
    flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    browser = playwright.chromium.launch(
        executable_path=path, args=["--no-sandbox", *flags, f"--use-file-for-fake-video-capture={film}"]
    )
    page = browser.new_page(base_url=today.url, locale="en-US")
    page.context.add_cookies([{"name": "sessionid", "value": today.session, "url": today.url}])
    page.goto("/desk/check-in/")
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_text("Klara Camera")).to_be_visible()
    expect(page.get_by_text("Welcome: they are in")).to_be_visible()
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.get_by_role("button", name="Use the camera")).to_be_focused()
    assert today.booking(page, pk)["checked_in_at"] is not None
    browser.close()


def test_denied_camera_is_explained(today: Today, come: Open) -> None:
    page = come(390, permissions=[])
    page.goto("/desk/check-in/")
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator("#camera-status")).to_have_text(re.compile("may not use the camera|There is no camera here"))


def test_no_show_and_undo_stay_where_one_is(today: Today, come: Open) -> None:
    page = come(390)
    page.goto(MAIN)
    pk = today.comes(page, -20, today.world.kayaks, "Nora Noshow")
    page.goto(MAIN)
    row = page.locator(f"#b-{pk}")
    expect(row).to_contain_text("20 min late")
    row.get_by_role("button", name="No-show").click()
    expect(row).to_contain_text("No-show")
    expect(row.get_by_role("button", name="They came: undo")).to_be_visible()
    assert today.booking(page, pk)["status"] == "no_show"
    row.get_by_role("button", name="They came: undo").click()
    expect(row.get_by_role("button", name="Check in")).to_be_visible()
    row.get_by_role("button", name="Check in").click()
    expect(row.get_by_role("button", name="Not here: undo")).to_be_visible()
    expect(row).to_be_focused()
    assert today.booking(page, pk)["checked_in_at"] is not None


@pytest.mark.parametrize("width", WIDTHS)
def test_day_by_resource_has_no_faults(today: Today, come: Open, width: int) -> None:
    page = come(width, color_scheme="dark")
    page.goto("/desk/?venue=main&by=resource")
    expect(page.get_by_role("heading", level=2, name="Court 1")).to_be_visible()
    assert faults(page) == []


def test_refused_act_is_sent_as_a_page_once(today: Today, come: Open) -> None:
    """Somebody else was quicker: the script asks once more, for the page that says so, and not for ever."""
    page = come(WIDTHS[0])
    page.goto(MAIN)
    pk = today.comes(page, -10, today.world.kayaks, "Gone Meanwhile")
    page.goto(MAIN)
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    real, gone = f"{today.url}/desk/bookings/{pk}/check-in/", f"{today.url}/desk/bookings/{UUID(int=0)}/check-in/"
    page.route(real, lambda route: route.continue_(url=gone))
    page.locator(f"#b-{pk}").get_by_role("button", name="Check in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing at this address")
    assert sent == [real, real]
    page.goto(MAIN)
    assert today.booking(page, pk)["checked_in_at"] is None


def test_example_that_is_refused_saves_nothing(today: Today, come: Open) -> None:
    """What is worked out while somebody types is not sent as the form itself when it cannot be."""
    page = come(WIDTHS[0])
    owner: SetCookieParam = {"name": "sessionid", "value": today.owner_session, "url": today.url}
    page.context.add_cookies([owner])
    page.goto("/desk/vouchers/new/")
    parts: set[str] = set()
    page.on("request", lambda asked: parts.add(asked.headers.get("hx-request", "")) if asked.method == "POST" else None)
    page.route(
        re.compile("/vouchers/new/"),
        lambda route: route.fulfill(status=429, body="Busy") if route.request.method == "POST" else route.continue_(),
    )
    with page.expect_response(lambda answer: answer.status == 429):
        page.get_by_label("Code", exact=True).press_sequentially("S")
    expect(page.get_by_label("Code", exact=True)).to_have_value("S")
    page.goto("/desk/vouchers/")
    assert parts == {"true"}
