"""Settings in a real browser: a calendar is connected, a domain brought, data kept, all from the overview."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import nameserver, servers
from tests.browser.conftest import HEIGHT, Open, windows
from tests.browser.steps import sign_in
from tests.browser.test_accessibility import faults
from tests.nameserver import Zone
from tests.radicale import PEOPLE, Radicale, radicale
from tests.servers import Server
from tests.worlds import ALPHA

OWNER = f"owner@{ALPHA['canary']}.example"
HOST = f"{ALPHA['slug']}.localhost"
HOME = "192.0.2.7"


@dataclass(frozen=True)
class Outside:
    """The web server, and what it finds outside: the DNS and a CalDAV server."""

    server: Server
    zone: Zone
    dav: Radicale


@pytest.fixture(scope="module")
def outside(django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[Outside]:
    """All three, for this file."""
    with django_db_blocker.unblock():
        template = request.getfixturevalue("template")
        with servers.copied(template, "settings") as database, nameserver.serving() as zone, radicale() as dav:
            zone.say(HOST, "A", HOME)
            dns = {"DNS_RESOLVERS": "127.0.0.1", "DNS_PORT": str(zone.port), "DNS_SECONDS": "20"}
            with servers.web(database, dns, workers=1) as server:
                yield Outside(server, zone, dav)


@pytest.fixture
def come(outside: Outside, chromium: Browser) -> Iterator[Open]:
    """A fresh window at Alpha."""
    yield from windows(chromium, f"http://{HOST}:{outside.server.port}")


def clean(page: Page) -> None:
    """axe finds nothing, and nothing sticks out to the side."""
    assert faults(page) == []


def entered(come: Open, width: int) -> Page:
    """The owner's window; on a phone the way out is behind "Menu", which signing in looks for."""
    owner = come()
    sign_in(owner, OWNER)
    owner.set_viewport_size({"width": width, "height": HEIGHT})
    return owner


@pytest.mark.parametrize("width", [1280, 390])
def test_a_calendar_is_connected_from_the_overview(outside: Outside, come: Open, width: int) -> None:
    name = f"Courts {width}"
    outside.dav.calendar(name)
    owner = entered(come, width)
    owner.goto("/desk/settings/")
    clean(owner)
    owner.get_by_role("heading", name="Calendars", exact=True).get_by_role("link").click()
    owner.get_by_role("link", name="CalDAV: iCloud, Fastmail, Nextcloud").click()
    owner.get_by_label("Server").fill(outside.dav.url)
    owner.get_by_label("User name").fill("olga")
    owner.get_by_label("App password").fill(PEOPLE["olga"])
    owner.get_by_role("button", name="Look for calendars").click()
    owner.get_by_label("Calendar", exact=True).select_option(label=name)
    clean(owner)
    owner.get_by_role("main").get_by_role("button", name="Connect").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text(name)
    owner.goto("/desk/settings/")
    card = owner.get_by_role("listitem").filter(has=owner.get_by_role("heading", name="Calendars", exact=True))
    expect(card).not_to_contain_text("No calendar is connected")
    clean(owner)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_domain_is_brought_from_the_overview_and_proven(outside: Outside, come: Open, width: int) -> None:
    name = f"courts{width}.club.com"
    owner = entered(come, width)
    owner.goto("/desk/settings/")
    owner.get_by_role("heading", name="Domains", exact=True).get_by_role("link").click()
    clean(owner)
    owner.get_by_label("Your domain").fill("co.uk")
    owner.get_by_role("button", name="Continue").click()
    expect(owner.get_by_role("alert")).to_contain_text("Many share this ending")
    clean(owner)
    owner.get_by_label("Your domain").fill(f"https://{name.upper()}/")
    owner.get_by_role("button", name="Continue").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text(name)
    expect(owner.get_by_role("main")).to_contain_text("Waits for proof")
    clean(owner)
    values = owner.locator("dd.font-mono")
    record, token = values.nth(0).inner_text(), values.nth(1).inner_text()
    assert record == f"_forecourt-challenge.{name}"
    outside.zone.say(record, "TXT", token)
    outside.zone.say(name, "A", HOME)
    owner.get_by_role("button", name="Check now").click()
    expect(owner.get_by_text("Proven: the record is there.")).to_be_visible()
    expect(owner.get_by_role("main")).to_contain_text("It leads here.")
    clean(owner)
    owner.get_by_role("link", name="Give it up").click()
    clean(owner)
    owner.get_by_role("button", name="Yes, give it up").click()
    expect(owner.get_by_text(f"{name} is given up.")).to_be_visible()
    expect(owner.get_by_role("main")).to_contain_text(HOST)


@pytest.mark.parametrize("width", [1280, 390])
def test_who_is_over_the_time_is_counted_once_the_page_has_come(come: Open, width: int) -> None:
    owner = entered(come, width)
    owner.goto("/desk/settings/")
    with owner.expect_response("**/desk/settings/retention/?count=1"):
        owner.get_by_role("heading", name="How long data is kept", exact=True).get_by_role("link").click()
    expect(owner.get_by_role("status").filter(has_text="Nobody is over the time today")).to_be_visible()
    expect(owner.get_by_role("link", name="Count who is over the time")).to_have_count(0)
    clean(owner)
