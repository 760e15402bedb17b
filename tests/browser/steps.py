"""What visitors do in a browser."""

import re
from datetime import UTC, datetime, timedelta
from itertools import cycle

import psycopg
import pyotp
from playwright.sync_api import Page, Route, expect

from tests.operating import SECRET
from tests.servers import Server
from tests.worlds import PASSWORD

CODE = re.compile(r"BK-\d{6}-[0-9A-Z]{4}")
MOST_TABS = 150
_DAYS_AHEAD = cycle(range(2, 30))

# Where the focus is, and whether one can see that it is there.
FOCUS = """() => {
  const element = document.activeElement;
  const seen = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const visible = seen(getComputedStyle(element)) || seen(getComputedStyle(element, "::after"));
  return {name: element.getAttribute("aria-label") || element.textContent.trim(), id: element.id, visible};
}"""


def press_tab_until(page: Page, wanted: str) -> None:
    """Tab forward until the focus is on what has this id, or a name that begins so; each stop must show its focus."""
    for _step in range(MOST_TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["id"] == wanted or focus["name"].startswith(wanted):
            assert focus["visible"], f"nobody sees that {wanted!r} has the focus"
            return
    raise AssertionError(f"the Tab key never reaches {wanted!r}")


def day_ahead() -> str:
    """Another day of the next weeks each time.

    How many times are free today is a question of the hour at which tests run: late in the evening there is one, and it
    cannot be longer. What a page shows without being asked for a day is for tests that need no more than that.
    """
    return f"{datetime.now(UTC) + timedelta(days=next(_DAYS_AHEAD)):%F}"


def held_back(page: Page, pattern: str) -> list[Route]:
    """Of what fits the pattern, nothing comes before the test lets it: a slow line."""
    waiting: list[Route] = []

    def wait(route: Route) -> None:
        waiting.append(route)

    page.route(pattern, wait)
    return waiting


def sign_in_operator(page: Page, site: Server, email: str) -> None:
    """By password and by what the phone shows; the second within half a minute is not told that it was used."""
    _send_password(page, email)
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        connection.execute("UPDATE public.accounts_authenticator SET last_step = 0")
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(SECRET).now())
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/operators/")


def sign_in(page: Page, email: str) -> None:
    """By the sign-in page."""
    _send_password(page, email)
    expect(page.locator("form[action='/logout/']")).not_to_have_count(0)  # behind "Menu" on a phone at the desk


def _send_password(page: Page, email: str) -> None:
    page.goto("/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def choose_a_slot(page: Page, resource: str = "court-1") -> None:
    """Up to the page that asks for details."""
    page.goto(f"/venues/main/{resource}/?day={day_ahead()}")
    page.locator("button.slot-free").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nearly done")


def fill_in_details(page: Page) -> None:
    """Up to the booking."""
    page.get_by_label("Name").fill("Gina Guest")
    page.get_by_label("E-mail address").fill("gina@example.org")
    page.get_by_role("button", name="Book for").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your request is in")


def reference_code(page: Page) -> str:
    """The code on the page."""
    found = CODE.search(page.get_by_role("main").inner_text())
    assert found
    return found.group()
