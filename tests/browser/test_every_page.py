"""Every page that a link leads to, for visitors, customers and owners, on a business that has something of everything.

axe finds nothing (WCAG 2.2 AA), nothing is wider than a phone, nothing breaks. And every page is linked from somewhere:
what nobody can find is not there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

import pytest
from playwright.sync_api import Page

from tests import servers
from tests.browser.conftest import WIDTHS, Open
from tests.browser.crawl import crawl, is_page
from tests.browser.test_accessibility import VIEWS, faults, told
from tests.conftest import pointed_at
from tests.isolation.scene import furnish_bookings, kept_session, values
from tests.routes import tenant_routes
from tests.servers import Server
from tests.worlds import ALPHA, world_of

STARTS = {"": ["/"], "guest": ["/bookings/"], "owner": ["/desk/"]}
OK = 200
UNLINKED = {
    "account/earlier/": "where bookings of the address are that somebody made as a guest",
    "bookings/<uuid:booking_id>/ask/": "where what was written was not taken",
    "bookings/calendar/revoke/": "where one has subscribed",
    "desk/bookings/<uuid:booking_id>/answer/": "where an answer was not taken",
    "desk/bookings/views/<int:view_id>/": "while one looks through a view of one's own",
    "desk/calendar/bookings/<uuid:booking_id>/": "on a day with bookings",
    "desk/calendar/closures/<int:closure_id>/": "on a day on which something is blocked out",
    "desk/calendars/<int:connection_id>/again/": "where access was taken away elsewhere",
    "desk/messages/templates/<slug:kind>/<slug:channel>/<slug:language>/preview/": "inside the page of the words",
    "desk/prices/services/<int:product_id>/copy/": "where a service has prices of its own",
}
"""Pages that no link leads to in this business, by route, and when one does."""


@dataclass(frozen=True)
class Place:
    """Alpha with something of everything, behind a web server: whose session is which, a value for every parameter."""

    server: Server
    sessions: dict[str, str]
    known: dict[str, object]

    def enter(self, browse: Open, who: str, width: int, scheme: str) -> Page:
        """A window of somebody who is signed in."""
        base = f"http://{ALPHA['slug']}.localhost:{self.server.port}"
        page = browse(width, color_scheme=scheme, base_url=base)
        if who:
            page.context.add_cookies([{"name": "sessionid", "value": self.sessions[who], "url": base}])
        return page


@pytest.fixture(scope="module")
def place(django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[Place]:
    """It, for this file."""
    with django_db_blocker.unblock():
        template = request.getfixturevalue("template")
        with servers.copied(template, "pages") as database, pointed_at(database):
            alpha = world_of(ALPHA)
            furnish_bookings(alpha)
            sessions = {who: kept_session(alpha, who) for who in STARTS if who}
            with servers.web(database, workers=1) as server:
                yield Place(server, sessions, values(alpha, alpha))


@pytest.fixture(scope="module")
def walked() -> dict[str, set[str]]:
    """Which routes somebody came to at the width of a desk: the way is long, and gone once where it can be."""
    return {}


@pytest.mark.parametrize("who", STARTS)
@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_on_any_page(
    place: Place, browse: Open, walked: dict[str, set[str]], who: str, width: int, scheme: str
) -> None:
    page = place.enter(browse, who, width, scheme)
    found = {route: faults(page) for route in crawl(page, STARTS[who])}
    if width == WIDTHS[0]:
        walked[who] = set(found)
    assert len(found) > 2
    assert told(found) == []


def test_every_page_is_linked_from_somewhere(place: Place, browse: Open, walked: dict[str, set[str]]) -> None:
    linked: set[str] = set()
    for who, starts in STARTS.items():
        linked |= walked.get(who) or set(crawl(place.enter(browse, who, *VIEWS[0]), starts))
    routes = [route for route in tenant_routes() if is_page(route.path[1:]) and route.path[1:] not in linked]
    unlinked = {route.path[1:] for route in routes if _is_read(place, route.filled(place.known))}
    assert unlinked == set(UNLINKED)


def _is_read(place: Place, path: str) -> bool:
    """Whether it is looked at at all, and not only sent to."""
    asked = HTTPConnection("127.0.0.1", place.server.port, timeout=60)
    host = f"{ALPHA['slug']}.localhost:{place.server.port}"
    asked.request("GET", path, headers={"Host": host, "Cookie": f"sessionid={place.sessions['owner']}"})
    answer = asked.getresponse()
    answer.read()
    asked.close()
    return answer.status == OK and "text/html" in (answer.getheader("Content-Type") or "")
