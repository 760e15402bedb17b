"""Every page that links lead to, one of each route, whatever its parameters."""

from collections import deque
from collections.abc import Iterator, Sequence
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page

HREFS = "links => links.map(link => link.href)"
NOT_PAGES = ("api/", "oauth/", "static/", "pictures/", "embed/")
FILES = (".pdf", ".ics", ".xml", ".txt", ".css", ".js", ".webmanifest", ".csv", ".webp", ".png")


def crawl(page: Page, starts: Sequence[str]) -> Iterator[str]:
    """The routes of pages, breadth first from the starts; at each one the window is on it.

    What is fetched rather than looked at is left out: files, the API, other hosts.
    """
    waiting, seen = deque(starts), set[str]()
    while waiting:
        path = waiting.popleft()
        route = route_of(path)
        if route in seen or not is_page(route):
            continue
        seen.add(route)
        if not _went_to(page, path):
            continue
        ends_at = route_of(_path(page.url))
        if ends_at != route and ends_at in seen:
            continue
        seen.add(ends_at)
        yield ends_at
        here = urlsplit(page.url).netloc
        found = [urlsplit(href) for href in page.eval_on_selector_all("a[href]", HREFS)]
        waiting.extend(_spelt(parts) for parts in found if parts.netloc == here)


def route_of(path: str) -> str:
    """As the URLconf of tenants has it; empty for what is not there."""
    try:
        return resolve(path.partition("?")[0], settings.ROOT_URLCONF).route
    except Resolver404:
        return ""


def is_page(route: str) -> bool:
    """Whether somebody looks at it in a browser."""
    return not route.startswith(NOT_PAGES) and not route.endswith(FILES)


def _went_to(page: Page, path: str) -> bool:
    try:
        page.goto(path)
    except Error as problem:
        if "Download is starting" in problem.message or "ERR_ABORTED" in problem.message:
            return False
        raise
    return True


def _path(url: str) -> str:
    return _spelt(urlsplit(url))


def _spelt(parts: SplitResult) -> str:
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
