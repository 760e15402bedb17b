"""The owner takes a report away: chooses days, and has the table as a file, on a desk and on a phone."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django_tenants.utils import tenant_context
from playwright.sync_api import Page, expect

from bookings.models import Booking
from kernel.money import from_text
from tenants import speech
from tests import servers
from tests.browser.conftest import Open
from tests.browser.test_accessibility import faults
from tests.browser.test_desk_money import Site, go_to, owner
from tests.conftest import pointed_at
from tests.isolation.scene import furnish_bookings
from tests.worlds import ALPHA, world_of

WIDTHS = (1280, 390)
COLUMNS = ["key", "utilisation", "booked_minutes", "open_minutes"]


@pytest.fixture(scope="module")
def books(django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[Site]:
    """Alpha, whose bookings stand, behind a web server, for this file."""
    with django_db_blocker.unblock():
        template = request.getfixturevalue("template")
        with servers.copied(template, "reports") as database, pointed_at(database):
            alpha = world_of(ALPHA)
            furnish_bookings(alpha)
            with tenant_context(alpha.tenant):
                Booking.objects.update(state="confirmed", pending_reason="")
            with servers.web(database, workers=1) as server:
                yield server, alpha


def rows_of(page: Page, title: str) -> list[list[str]]:
    """The body of a table, cell by cell; it is opened first where it is folded."""
    table = page.get_by_role("region", name=f"The figures: {title}").locator("table")
    if not table.is_visible():
        page.get_by_role("region", name=f"The figures: {title}").locator("xpath=..").locator("summary").click()
    expect(table).to_be_visible()
    return [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]


def as_shown(row: dict[str, str]) -> list[str]:
    """A line of the file as the page writes it."""
    month = speech.day(date.fromisoformat(f"{row['key']}-01"), form="LLLL y")
    share = speech.percent((from_text(row["utilisation"], "EUR") + 50) // 100 * 100) if row["utilisation"] else "–"
    return [month, share, *(speech.length(int(row[name])) for name in COLUMNS[2:])]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_report_is_taken_away(books: Site, browse: Open, width: int) -> None:
    page = owner(books, browse, width)
    page.goto("/desk/")
    go_to(page, "Reports", "Utilisation")
    expect(page.get_by_role("heading", name="Utilisation", level=1)).to_be_visible()
    page.get_by_role("navigation", name="Days").get_by_role("link", name="This year").click()
    expect(page.get_by_role("link", name="This year")).to_have_attribute("aria-current", "true")
    shown = rows_of(page, "Utilisation, Month")
    assert len(shown) == 12
    assert any(row[2] != "0 min" for row in shown), "nothing was booked in the year that is looked at"
    assert faults(page) == []
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("CSV.*Utilisation, Month")).click()
    kept = waiting.value
    year = shown[0][0].split()[-1]
    assert kept.suggested_filename == f"utilisation-month-{year}-01-01-{year}-12-31.csv"
    with open(kept.path(), encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == COLUMNS
    assert [as_shown(line) for line in lines] == shown
