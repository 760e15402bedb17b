"""Cookie-free by default, as a browser sees it: no cookie, nothing stored, nobody else asked, until somebody begins."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Open
from tests.servers import Server

STORED = """async () => ({
  local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookie: document.cookie,
  databases: (await indexedDB.databases()).map((each) => each.name), caches: await caches.keys(),
})"""
NOTHING = {"local": [], "session": [], "cookie": "", "databases": [], "caches": []}
OF_PLATFORM = ("/", "/prices/", "/terms/", "/processing/", "/privacy/", "/subprocessors/", "/status/")
COURT = "/venues/main/court-1/"
OF_TENANT = ("/", "/venues/main/")
BACK = {**NOTHING, "session": ["htmx-current-path-for-history"]}
"""What the page of free times notes for the button "back": its own address, of this tab (docs/privacy/cookies.md)."""


def heard(page: Page) -> set[str]:
    """Hosts that are asked from now on."""
    hosts: set[str] = set()

    def hear(request: Request) -> None:
        found = urlsplit(request.url)
        if found.scheme in {"http", "https", "ws", "wss"}:
            hosts.add(str(found.hostname))

    page.on("request", hear)
    return hosts


def test_who_reads_the_platforms_pages_leaves_with_nothing(browse: Open, site: Server) -> None:
    page = browse()
    hosts = heard(page)
    for path in OF_PLATFORM:
        page.goto(f"http://localhost:{site.port}{path}")
        page.wait_for_load_state("networkidle")
        assert (page.evaluate(STORED), page.context.cookies()) == (NOTHING, []), path
    assert hosts == {"localhost"}


def test_who_reads_a_tenants_pages_leaves_with_nothing(browse: Open) -> None:
    page = browse()
    hosts = heard(page)
    for path in OF_TENANT:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert (page.evaluate(STORED), page.context.cookies()) == (NOTHING, []), path
    page.goto(COURT)
    page.locator("a.day").nth(1).click()  # another day, by the script
    expect(page.locator("button.slot-free").first).to_be_visible()
    assert (page.evaluate(STORED), page.context.cookies()) == (BACK, [])
    assert page.evaluate("sessionStorage.getItem('htmx-current-path-for-history')").startswith(COURT)
    assert hosts == {"alpha-sports.localhost"}


def test_begun_with_a_booking_there_are_the_two_that_the_page_lists(browse: Open) -> None:
    """The control: this browser does tell what is set, and a slot is taken without a token (Origin suffices)."""
    page = browse()
    page.goto(COURT)
    page.locator("button.slot-free").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")
    assert {each["name"] for each in page.context.cookies()} == {"csrftoken", "sessionid"}
    page.wait_for_load_state()
    page.get_by_label("Name").first.fill("Gina")
    stored = page.evaluate(STORED)
    assert sorted(stored.pop("session")) == ["forecourt-draft", "htmx-current-path-for-history"]
    assert stored == {name: found for name, found in NOTHING.items() if name != "session"}
