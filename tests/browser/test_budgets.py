"""What a page costs on the way: bytes and requests as Chromium counts them, and nothing that moves (docs/speed.md)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests import servers
from tests.browser.steps import choose_a_slot
from tests.databases import ROOT
from tests.servers import Server

MOST_BYTES = 100_000
MOST_REQUESTS = 12
PAGES = ["/", "/venues/main/", "/venues/main/court-1/", "/venues/main/day/", "/search/"]
FOR_GOOD = "max-age=315360000, public, immutable"
WATCH = """
window.shifted = 0;
window.largest = "";
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.largest = entry.element?.tagName ?? "";
}).observe({ type: "largest-contentful-paint", buffered: true });
"""


@dataclass
class Wire:
    """What came over it: bytes by address, headers of each answer by address."""

    page: Page
    got: dict[str, int] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Bytes, headers included."""
        return sum(self.got.values())


@pytest.fixture(scope="module")
def collected(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose style sheets and scripts are as in `make run` and in production."""
    folder = tmp_path_factory.mktemp("statics")
    (folder / "assets").symlink_to(Path(os.environ.get("FORECOURT_VAR", ROOT / "var")) / "assets")
    extra = {"FORECOURT_VAR": str(folder), "STATIC_COLLECTED": "1"}
    with servers.copied(template, "budgets") as database:
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--no-input", "-v0"],
            cwd=ROOT,
            env=servers.environment(database, extra),
            check=True,
        )
        with servers.web(database, extra, workers=1) as server:
            yield server


@pytest.fixture
def wire(collected: Server, chromium: Browser) -> Iterator[Wire]:
    """A phone that has never been here, and counts."""
    # In the venue's zone: elsewhere zone.js adds the visitor's own times once the page is there.
    context = chromium.new_context(
        viewport={"width": 390, "height": 844},
        base_url=f"http://alpha-sports.localhost:{collected.port}",
        timezone_id="Europe/Berlin",
    )
    page = context.new_page()
    found = Wire(page)
    names: dict[str, str] = {}
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")

    def answered(event: dict[str, object]) -> None:
        response: dict[str, object] = event["response"]  # type: ignore[assignment]
        url = str(response["url"])
        if url.startswith("http"):
            names[str(event["requestId"])] = url
            headers: dict[str, str] = response["headers"]  # type: ignore[assignment]
            found.headers[url] = {name.lower(): value for name, value in headers.items()}

    def finished(event: dict[str, object]) -> None:
        if url := names.get(str(event["requestId"])):
            found.got[url] = int(event["encodedDataLength"])  # type: ignore[call-overload]

    devtools.on("Network.responseReceived", answered)
    devtools.on("Network.loadingFinished", finished)
    page.add_init_script(WATCH)
    yield found
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_first_page_costs_little_and_nothing_moves(wire: Wire, path: str) -> None:
    wire.page.goto(path)
    wire.page.wait_for_load_state("networkidle")
    wire.page.evaluate("document.fonts.ready.then(() => null)")
    assert wire.total < MOST_BYTES, wire.got
    assert len(wire.got) <= MOST_REQUESTS, list(wire.got)
    assert wire.page.evaluate("window.shifted") == 0
    assert wire.page.evaluate("window.largest") in {"H1", "P", "H2", "TABLE"}
    plain = {url: said for url, said in wire.headers.items() if said.get("content-encoding") != "gzip"}
    assert [url for url in plain if not url.endswith(".woff2") and wire.got.get(url, 0) > 1000] == []
    assert {said.get("cache-control") for url, said in wire.headers.items() if "/static/" in url} == {FOR_GOOD}


def test_page_with_the_form_costs_little_once_one_is_here(wire: Wire) -> None:
    choose_a_slot(wire.page)
    wire.page.wait_for_load_state("networkidle")
    before = set(wire.got)
    assert sum(wire.got.values()) < MOST_BYTES + 15_000, wire.got
    wire.page.reload()
    wire.page.wait_for_load_state("networkidle")
    assert [url for url in set(wire.got) - before if "/static/" in url] == []
