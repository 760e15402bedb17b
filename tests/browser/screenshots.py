"""``python -m tests.browser.screenshots``, which is ``make screenshots``: a picture of every page of a demo business.

It starts a platform of its own below ``var/screens`` and walks it as a visitor, a customer and an owner, at the widths
of a phone and of a desk, by day and by night. The pictures lie in ``var/screenshots``, named by page, width and scheme.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import psycopg
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from psycopg import sql

from embedded.ports import any_free_port

django.setup()  # what follows imports models

from tests.browser.crawl import crawl  # noqa: E402
from tests.browser.states import booked_and_managed, lost_on_the_way, of_regulars  # noqa: E402
from tests.databases import ROOT  # noqa: E402

SLUG = "munich"
VIEWS = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]
HEIGHT = {390: 844, 1280: 900}
PATIENCE = 240.0
LOAD_ALL = """() => {
  const images = [...document.images];
  images.forEach((image) => image.loading = "eager");
  return Promise.allSettled(images.map((image) => image.decode()));
}"""
WHOLE = "document.documentElement.scrollHeight"
LET_GO = "UPDATE {} SET created_at = created_at - interval '1 hour', hold_expires_at = clock_timestamp() WHERE id = %s"
STARTS = {"visitor": ["/"], "customer": ["/bookings/"], "owner": ["/desk/"]}


def main() -> int:
    """Take all pictures; the number that was taken is said at the end."""
    var = Path(os.environ.get("FORECOURT_VAR", ROOT / "var")).resolve()
    folder = var / "screenshots"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with platform(var / "screens") as on, sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for who in STARTS:
            photograph(browser, Studio(folder, on, who))
        browser.close()
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures are in {folder}\n")
    return 0


@dataclass(frozen=True)
class Platform:
    """Where a business's pages are, who signs in how, and where its rows are."""

    base: str
    logins: dict[str, dict[str, str]]
    database: str


class Studio:
    """Where the pictures of one person go."""

    def __init__(self, folder: Path, on: Platform, who: str) -> None:
        self.folder, self.on, self.who = folder, on, who

    def window(self, browser: Browser) -> BrowserContext:
        """A fresh browser."""
        return browser.new_context(
            base_url=self.on.base,
            locale="en-GB",
            timezone_id="Europe/Berlin",  # as the business: no times beside its own
        )

    def let_go(self, booking: str) -> None:
        """The time of a hold is over."""
        with psycopg.connect(self.on.database, autocommit=True) as connection:
            found = connection.execute("SELECT schema_name FROM tenants_tenant WHERE slug = %s", [SLUG]).fetchone()
            assert found
            statement = sql.SQL(LET_GO).format(sql.Identifier(found[0], "bookings_booking"))
            connection.execute(statement, [booking])

    def take(self, page: Page, name: str) -> None:
        """Pictures of the whole page: narrow and wide, by day and by night."""
        page.wait_for_load_state("load")
        page.evaluate(LOAD_ALL)
        words = "".join(sign if sign.isalnum() else "-" for sign in name).strip("-") or "home"
        for width, scheme in VIEWS:
            page.set_viewport_size({"width": width, "height": HEIGHT[width]})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            # What keeps to the window's edge would lie across the picture: the window is as high as the page.
            page.set_viewport_size({"width": width, "height": max(HEIGHT[width], page.evaluate(WHOLE))})
            page.evaluate("scrollTo(0, 0)")
            path = self.folder / f"{self.who}-{words}-{width}-{scheme}.png"
            page.screenshot(path=path, full_page=True, animations="disabled")


def photograph(browser: Browser, studio: Studio) -> None:
    """All that one person sees."""
    context, logins = studio.window(browser), studio.on.logins
    page = context.new_page()
    if studio.who in logins:
        page.goto("/login/")
        page.locator("#id_username").fill(logins[studio.who]["email"])
        page.locator("#id_password").fill(logins[studio.who]["password"])
        page.locator("#id_password").press("Enter")
        page.wait_for_load_state("load")
    for route in crawl(page, STARTS[studio.who]):
        studio.take(page, route)
    for name in states_of(browser, studio, page):
        studio.take(page, name)
    context.close()


def states_of(browser: Browser, studio: Studio, page: Page) -> Iterator[str]:
    """What is seen only by doing something."""
    if studio.who == "visitor":
        yield from booked_and_managed(page)
        with closing(studio.window(browser)) as theirs:
            yield from lost_on_the_way(page, theirs.new_page(), studio.let_go)
    elif studio.who == "customer":
        yield from of_regulars(page)


@contextmanager
def platform(var: Path) -> Iterator[Platform]:
    """A platform with demo data."""
    port = any_free_port()
    own = {"PORT": str(port), "FORECOURT_VAR": str(var)}
    theirs = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    environment = {**{name: value for name, value in os.environ.items() if name not in theirs}, **own}
    running = subprocess.Popen([sys.executable, "-m", "embedded.run"], cwd=ROOT, env=environment)
    try:
        _wait(running, f"http://127.0.0.1:{port}/readyz")
        told: dict[str, Any] = json.loads((var / "demo.json").read_text())
        business = next(tenant for tenant in told["tenants"] if tenant["slug"] == SLUG)
        inside = json.loads((var / "run" / "environment.json").read_text())
        logins = {"customer": business["customers"][0], "owner": business["owner"]}
        yield Platform(business["url"], logins, inside["DATABASE_URL"])
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(60)


def _wait(running: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if running.poll() is not None:
            sys.exit("The platform did not start; it has said why.")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(1)
    sys.exit("The platform was not ready in time.")


if __name__ == "__main__":
    sys.exit(main())
