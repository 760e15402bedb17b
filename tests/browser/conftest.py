"""A real Chromium in front of the real web server."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests import servers
from tests.browser.business import Business, running
from tests.conftest import pointed_at
from tests.operating import make_operator
from tests.servers import Server

WIDTHS = [1280, 390]
HEIGHT = 900
OPERATOR = "olaf@forecourt.example"
PATIENCE = 60_000  # milliseconds until a step that does not happen is a failure, or a sight that does not come
expect.set_options(timeout=PATIENCE)
Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def site(django_db_blocker: object, request: pytest.FixtureRequest) -> Iterator[Server]:
    """The web server on a furnished database, with an operator."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        template = request.getfixturevalue("template")
        with servers.copied(template, "browser") as database:
            with pointed_at(database):
                make_operator(OPERATOR)
            with servers.web(database, workers=1) as server:
                yield server


@pytest.fixture(scope="package")
def business(django_db_blocker: object, request: pytest.FixtureRequest) -> Iterator[Business]:
    """A business that takes money, on a database of its own. Not for longer than this folder: workers share a queue."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        template = request.getfixturevalue("template")
        with servers.copied(template, "business") as database, pointed_at(database), running(database) as found:
            yield found


# Not for the session: while it runs there is an event loop in this thread, and Django refuses to work beside one.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright itself."""
    with sync_playwright() as running:
        yield running


def path_of_chromium(playwright: Playwright) -> str:
    """The browser that CONTRIBUTING.md speaks of: CHROMIUM in the environment, else the machine's."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or playwright.chromium.executable_path
    if not Path(path).exists():
        pytest.fail("There is no Chromium: run `make test`, which installs one, or set CHROMIUM to its path.")
    return path


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A browser as it comes."""
    browser = playwright.chromium.launch(executable_path=path_of_chromium(playwright), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def browse(site: Server, chromium: Browser) -> Iterator[Open]:
    """`browse(width=390, java_script_enabled=False)` is a fresh window at Alpha. A breach of the CSP fails the test."""
    yield from windows(chromium, f"http://alpha-sports.localhost:{site.port}")


@pytest.fixture
def come(business: Business, chromium: Browser) -> Iterator[Open]:
    """The same, at Alpha's business that takes money."""
    yield from windows(chromium, business.url())


def windows(chromium: Browser, url: str) -> Iterator[Open]:
    contexts: list[BrowserContext] = []
    breaches: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if "Content Security" in said.text:
            breaches.append(said.text)

    def window(width: int = WIDTHS[0], **options: object) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHT},
            **{"locale": "en-US", "base_url": url, **options},  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: breaches.append(f"{page.url}: {error}"))
        page.on("console", hear)
        return page

    yield window
    for context in contexts:
        context.close()
    assert breaches == []
