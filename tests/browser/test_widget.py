"""`<forecourt-booking>` on a site of another origin whose policy allows next to nothing, in a browser that gives frames
of other sites no cookies."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Frame, FrameLocator, Page, Playwright, expect

from tests.browser import neighbours
from tests.browser.business import Business
from tests.browser.conftest import HEIGHT, PATIENCE, WIDTHS, path_of_chromium
from tests.browser.neighbours import STRICT, Site
from tests.browser.test_accessibility import RUN
from tests.browser.test_paying import BOOKING, VISA, money
from tests.databases import ROOT
from tests.worlds import ALPHA

HEARD = """addEventListener("DOMContentLoaded", () => {
  window.heard = [];
  for (const name of ["ready", "booked", "unavailable"])
    addEventListener(`forecourt:${name}`, (event) => heard.push([name, event.detail.code || ""]));
});"""
PAGE = """<!doctype html><html lang="{lang}"><head><title>The club</title><script>{heard}</script>
<script src="{venue}/widget.js" async></script></head><body><h1>The club</h1><a href="#x">Before</a>{elements}
<a href="#y">After</a></body></html>"""
ROOM = """<forecourt-booking venue="annex" resource="room"{more}><a href="{venue}/venues/annex/room/">Book it</a>
</forecourt-booking>"""
HIGH = "(height) => Math.abs(document.querySelector('forecourt-booking').clientHeight - height) < 2"
AT_TOP = "() => Math.abs(document.querySelector('forecourt-booking').getBoundingClientRect().top) < 2"
BODY = "document.body.getBoundingClientRect().height"
# Somebody comes back to the page, whichever page of ours is in the frame by then.
BACK = """() => {
  window.dispatchEvent(new Event("focus"));
  return document.querySelector("h1")?.textContent === "Your booking is confirmed";
}"""
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def club(business: Business) -> Iterator[Site]:
    """The site, which Alpha has on its list. Its web servers know within seconds."""
    with neighbours.site() as found:
        business.sql(
            "UPDATE tenants_tenant SET embedding_sites = ARRAY[%s]::varchar[] WHERE slug = %s",
            found.origin,
            ALPHA["slug"],
        )
        while found.origin not in business.get(f"/embed/{'0' * 32}/en/").headers["content-security-policy"]:
            pass
        yield found


@pytest.fixture(scope="module")
def cookieless(playwright: Playwright) -> Iterator[Browser]:
    """Chromium as it will be: no cookies in frames of other sites."""
    arguments = ["--no-sandbox", "--test-third-party-cookie-phaseout"]
    browser = playwright.chromium.launch(executable_path=path_of_chromium(playwright), args=arguments)
    yield browser
    browser.close()


@pytest.fixture
def visit(club: Site, business: Business, cookieless: Browser) -> Iterator[Open]:
    """`visit(elements, lang="de")` is the club's page with these elements. A breach of its policy fails the test."""
    contexts, breaches = [], []

    def hear(said: ConsoleMessage) -> None:
        if "frame-ancestors" not in said.text and ("Content Security" in said.text or "TrustedTypes" in said.text):
            breaches.append(said.text)

    def window(elements: str = "", lang: str = "en", at: str = "", width: int = WIDTHS[0], **options: object) -> Page:
        venue = business.url()
        html = PAGE.format(lang=lang, heard=HEARD, venue=venue, elements=elements or ROOM.format(more="", venue=venue))
        digest = base64.b64encode(hashlib.sha256(HEARD.encode()).digest()).decode()
        policy = STRICT.format(venue=venue, listener=digest)
        club.has("/", html, Content_Security_Policy=policy, Referrer_Policy="no-referrer")
        context = cookieless.new_context(
            viewport={"width": width, "height": HEIGHT},
            **{"locale": "en-GB", **options},  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: breaches.append(f"{page.url}: {error}"))
        page.goto(f"{at or club.origin}/")
        return page

    yield window
    for context in contexts:
        context.close()
    assert breaches == []


def inside(page: Page, number: int = 0) -> FrameLocator:
    """The venue's pages in the component."""
    return page.locator("forecourt-booking").nth(number).locator("iframe").content_frame


def frame_of(page: Page, number: int = 0) -> Frame:
    """The same, to run scripts in."""
    frame = page.locator("forecourt-booking").nth(number).locator("iframe").element_handle().content_frame()
    assert frame
    return frame


def fits(page: Page) -> None:
    """The frame becomes as high as the page in it, with what scripts have written there."""
    frame_of(page).wait_for_load_state()
    page.wait_for_function(HIGH, arg=frame_of(page).evaluate(BODY))


def heard(page: Page) -> list[list[str]]:
    """What the component told the site: names of events, and codes."""
    found: list[list[str]] = page.evaluate("heard")
    return found


def to_pay(page: Page) -> str:
    """A slot and details, up to the card form; the booking's id."""
    inside(page).locator("button.slot-free").first.click()
    inside(page).locator("#id_name").fill("Gina Guest")
    inside(page).locator("#id_email").fill("gina@example.org")
    found = BOOKING.search(frame_of(page).url)
    assert found
    inside(page).locator("main form button.btn-primary").first.click()
    expect(inside(page).locator("#pay")).to_be_visible()
    return found.group(1)


def test_this_browser_gives_frames_of_other_sites_no_cookies(visit: Open, club: Site, business: Business) -> None:
    """The control of the tests below: what would need a cookie does not work here."""
    club.has("/third", "<!doctype html>", Set_Cookie="known=1; SameSite=None; Secure; Path=/")
    club.has("/around", f'<!doctype html><iframe src="http://localhost:{club.port}/third"></iframe>')
    page = visit()
    for path in (f"{club.stranger}/third", f"{club.stranger}/third", f"{club.origin}/around"):
        page.goto(path, wait_until="networkidle")
    assert [cookie for path, cookie in club.asked if path == "/third"] == ["", "known=1", ""]


def test_booking_is_made_and_paid_inside(visit: Open, business: Business) -> None:
    page = visit()
    booking = to_pay(page)
    form = inside(page).frame_locator("#pay-fields iframe")
    form.locator("#number").fill(VISA)
    form.locator("#expiry").fill("12 / 40")
    form.locator("#cvc").fill("123")
    inside(page).locator("#pay button").click()
    expect(inside(page).get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
    assert money(business, booking) == ("confirmed", "paid", 2500)
    [[code]] = business.sql("SELECT reference_code FROM bookings_booking WHERE id = %s", booking)
    page.wait_for_function("() => heard.length > 1")
    assert heard(page) == [["ready", ""], ["booked", code]]
    assert page.url.startswith("http://127.0.0.1:")
    assert page.context.cookies() == []


def test_frame_is_as_high_as_the_page_in_it_and_shows_where_the_next_one_begins(visit: Open) -> None:
    page = visit(width=390)
    inside(page).locator("button.slot-free").first.wait_for()
    fits(page)
    frame_of(page).wait_for_function("document.documentElement.scrollHeight <= innerHeight")
    page.evaluate("scrollTo(0, 600)")
    inside(page).locator("button.slot-free").last.click()
    expect(inside(page).get_by_role("heading", level=1)).to_have_text("Nearly done")
    page.wait_for_function(AT_TOP)
    fits(page)


def test_who_presses_something_inside_is_known_before_the_next_page_comes(visit: Open) -> None:
    """Loaded again on a slow line, while the page of the hold is on its way, one would find one's own slot taken."""
    page = visit()
    slot = inside(page).locator("button.slot-free").first
    slot.wait_for()
    assert page.evaluate("sessionStorage.length") == 0
    page.route("**/hold/", lambda _route: None)
    slot.click(no_wait_after=True)
    page.wait_for_function("sessionStorage.length === 1")


def test_page_that_is_loaded_again_finds_its_own_slot(visit: Open) -> None:
    page = visit()
    slot = inside(page).locator("button.slot-free").first
    start = slot.get_attribute("value")
    slot.click()
    expect(inside(page).get_by_role("heading", level=1)).to_have_text("Nearly done")
    page.reload()
    own = inside(page).locator(f'button.slot-free[value="{start}"]')
    expect(own).to_contain_text("held for you")
    own.click()
    expect(inside(page).get_by_role("heading", level=1)).to_have_text("Nearly done")
    page.evaluate("history.back()")
    expect(inside(page).locator(f'button.slot-free[value="{start}"]')).to_be_enabled()
    stranger = visit()
    expect(inside(stranger).locator("button.slot-free").first).to_be_visible()
    assert inside(stranger).locator(f'button.slot-free[value="{start}"]').count() == 0


@pytest.mark.parametrize(
    ("more", "around", "spoken"),
    [(' lang="de"', "en", "de"), ("", "de-AT", "de"), ("", "fr", "en"), (' lang="en"', "de", "en")],
)
def test_language_is_said_by_the_element_or_the_page_around(
    visit: Open, business: Business, more: str, around: str, spoken: str
) -> None:
    page = visit(ROOM.format(more=more, venue=business.url()), around)
    expect(inside(page).locator("html")).to_have_attribute("lang", spoken)
    expect(page.locator("forecourt-booking iframe")).to_have_attribute(
        "title", {"de": "Buchung"}.get(spoken, "Booking")
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_is_the_elements(visit: Open, business: Business, theme: str) -> None:
    other = {"light": "dark", "dark": "light"}[theme]
    page = visit(ROOM.format(more=f' theme="{theme}"', venue=business.url()), color_scheme=other)
    inside(page).locator("button.slot-free").first.wait_for()
    shown = {"light": "forecourt", "dark": "forecourt-dark"}[theme]
    expect(inside(page).locator("html")).to_have_attribute("data-theme", shown)
    expect(inside(page).locator("meta[name=color-scheme]")).to_have_attribute("content", theme)


def test_site_that_is_not_on_the_list_shows_its_link(visit: Open, club: Site) -> None:
    page = visit(at=club.stranger)
    expect(page.get_by_role("link", name="Book it")).to_be_visible()
    assert page.locator("forecourt-booking iframe").count() == 0
    assert heard(page) == [["unavailable", ""]]


def test_without_scripts_there_is_the_link(visit: Open, business: Business) -> None:
    page = visit(java_script_enabled=False)
    link = page.get_by_role("link", name="Book it")
    expect(link).to_be_visible()
    link.click()
    expect(page).to_have_url(f"{business.url()}/venues/annex/room/")


def test_two_on_a_page_are_one_visitor_and_are_told_apart(visit: Open, business: Business) -> None:
    venue = business.url()
    page = visit(ROOM.format(more="", venue=venue) + '<forecourt-booking venue="main"></forecourt-booking>')
    page.locator("forecourt-booking").nth(1).scroll_into_view_if_needed()
    page.wait_for_function("() => heard.length === 2")
    visitors = {frame_of(page, number).url.split("/")[4] for number in (0, 1)}
    assert len(visitors) == 1
    heights = page.evaluate("[...document.querySelectorAll('forecourt-booking')].map((each) => each.clientHeight)")
    inside(page, 1).get_by_role("link").first.wait_for()
    page.evaluate("document.querySelector('forecourt-booking').remove()")
    assert page.locator("forecourt-booking iframe").count() == 1
    assert heights[0] != heights[1]


def test_keyboard_goes_in_books_and_comes_out(visit: Open) -> None:
    page = visit()
    inside(page).locator("button.slot-free").first.wait_for()
    page.get_by_role("link", name="Before").focus()
    for _step in range(150):
        page.keyboard.press("Tab")
        if frame_of(page).evaluate("document.activeElement.matches('button.slot-free')"):
            break
    page.keyboard.press("Enter")
    expect(inside(page).get_by_role("heading", level=1)).to_have_text("Nearly done")
    for _step in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "After":
            break
    assert page.evaluate("document.activeElement.textContent") == "After"


@pytest.mark.parametrize(("width", "scheme"), list(zip(WIDTHS, ("light", "dark"), strict=True)))
def test_axe_finds_nothing_inside(visit: Open, width: int, scheme: str) -> None:
    page = visit(width=width, color_scheme=scheme)
    inside(page).locator("button.slot-free").first.wait_for()
    found = []
    for _page in ("resource", "details", "paying"):
        frame = frame_of(page)
        frame.wait_for_load_state("load")
        frame.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
        found += frame.evaluate(RUN)
        if _page == "resource":
            inside(page).locator("button.slot-free").first.click()
            inside(page).locator("#id_name").fill("Gina Guest")
            inside(page).locator("#id_email").fill("gina@example.org")
        elif _page == "details":
            inside(page).locator("main form button.btn-primary").first.click()
            expect(inside(page).locator("#pay")).to_be_visible()
    assert found == []


def test_stripes_own_page_opens_beside_and_leads_back(visit: Open, business: Business) -> None:
    page = visit()
    booking = to_pay(page)
    inside(page).get_by_role("button", name="Pay on Stripe's page").click()
    with page.expect_popup() as opened:
        inside(page).get_by_role("link", name="Continue at Stripe").click()
    stripe = opened.value
    stripe.get_by_label("Email").fill("gina@example.org")
    stripe.get_by_label("Card number").fill(VISA)
    stripe.get_by_label("Expiry (MM / YY)").fill("12 / 40")
    stripe.get_by_label("Security code").fill("123")
    stripe.get_by_role("button", name="Pay 25.00 EUR").click()
    expect(stripe.get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
    assert stripe.url == f"{business.url()}/bookings/{booking}/"
    frame_of(page).wait_for_function(BACK)
    expect(inside(page).get_by_role("heading", level=1)).to_have_text("Your booking is confirmed")
    assert money(business, booking) == ("confirmed", "paid", 2500)


def test_what_needs_an_account_opens_beside(visit: Open, business: Business) -> None:
    page = visit("<forecourt-booking></forecourt-booking>")
    inside(page).get_by_role("heading", level=1).wait_for()
    frame_of(page).goto(re.sub("(/embed/[0-9a-f]+/[a-z]+/).*", r"\1login/", frame_of(page).url))
    with page.expect_popup() as opened:
        inside(page).get_by_role("link", name="Open the page").click()
    expect(opened.value).to_have_url(f"{business.url()}/login/")
