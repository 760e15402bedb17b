"""The pages of figures: who reads which, what they say, their files, and what they cost."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from bookings.models import Booking
from tests.bookings.api.admin.test_search import made
from tests.flows.pages import Page, Visitor
from tests.worlds import World

Come = Callable[..., Visitor]
PAGES = ["", "utilisation/", "revenue/", "bookings/", "customers/"]
JUNE = "first=2027-06-01&last=2027-06-30"


@pytest.fixture
def june(alpha: World) -> World:
    """Two visits of one customer on court 1 and one in the annex, in June 2027."""
    with tenant_context(alpha.tenant):
        for number, (place, day) in enumerate([(alpha.court_1, 7), (alpha.court_1, 8), (alpha.annex_room, 9)]):
            made(
                alpha,
                f"BK-JUNE-{number}",
                resource_id=place,
                start=datetime(2027, 6, day, 10, tzinfo=UTC),
                customer_id=alpha.users["guest"],
                total_minor=2500,
            )
    return alpha


@pytest.mark.parametrize(
    ("who", "revenue"), [("owner", 200), ("manager", 200), ("accountant", 200), ("front_desk", 403)]
)
def test_who_reads_which(june: World, visitor: Come, who: str, revenue: int) -> None:
    someone = visitor(who)
    answers = [someone.open(f"/desk/reports/{page}?{JUNE}").status for page in PAGES]
    assert answers == [200, 200, revenue, 200, 200]
    assert ("€75.00" in someone.open(f"/desk/reports/?{JUNE}").text) == (who in {"owner", "accountant"})
    assert ("Revenue" in someone.open(f"/desk/reports/?{JUNE}").text) == (revenue == 200)


def test_managers_read_of_their_venues_only(june: World, visitor: Come) -> None:
    page = visitor("manager").open(f"/desk/reports/revenue/?{JUNE}")
    assert "€50.00" in page.text
    assert "€75.00" not in page.text
    assert f"Room {june.canary}" not in page.text
    assert "Select a valid choice" in visitor("manager").open(f"/desk/reports/revenue/?{JUNE}&venue=annex").text


def test_only_the_first_page_asks_what_to_compare_with(june: World, visitor: Come) -> None:
    owner = visitor("owner")
    texts = [owner.open(f"/desk/reports/{page}?{JUNE}").text for page in PAGES]
    assert ["Compared with" in text for text in texts] == [True, False, False, False, False]
    assert ["compared with" in text for text in texts] == [True, False, False, False, False]


def test_what_figures_are_held_against_comes_after_the_page(june: World, visitor: Come) -> None:
    """At once it comes for whoever asks for it, as those do who have no scripts."""
    owner = visitor("owner")
    page = owner.open(f"/desk/reports/?{JUNE}")
    tiles = next(given for tag, given in page.elements if given.get("id") == "tiles")
    assert (tiles["hx-trigger"], "from 0" in page.text) == ("load", False)
    after = Page("/desk/reports/", owner.client.get(f"/desk/reports/{tiles['hx-get']}", headers={"HX-Request": "true"}))
    assert ("from 0" in after.text, "<html" in after.html, "hx-get" in after.html) == (True, False, False)
    assert after.text.split("Revenue")[1].split()[:1] == ["€75.00"]
    held = owner.open(f"/desk/reports/{page.link('held=1')}")
    assert ("from 0" in held.text, 'hx-trigger="load"' in held.html) == (True, False)
    assert "hx-get" not in owner.open(f"/desk/reports/?{JUNE}&compare=none").html


def test_customers_and_strangers_read_nothing(june: World, visitor: Come) -> None:
    assert [visitor("guest").open(f"/desk/reports/{page}").status for page in PAGES] == [403] * 5
    assert visitor().open("/desk/reports/").path.startswith("/login/")


def test_a_table_is_a_file_with_the_same_rows(june: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/reports/revenue/?{JUNE}")
    file = owner.client.get(f"/desk/reports/revenue/{page.link('file=revenue-resource')}")
    assert file["Content-Disposition"] == 'attachment; filename="revenue-resource-2027-06-01-2027-06-30.csv"'
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [(row["key"], row["bookings"], row["booked"]) for row in rows] == [
        (f"Court 1 {june.canary}", "2", "50.00"),
        (f"Room {june.canary}", "1", "25.00"),
    ]
    assert owner.open(f"/desk/reports/revenue/?{JUNE}&file=nothing").status == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("first=2027-06-30&last=2027-06-01", "The end must be after the start."),
        ("first=2026-01-01&last=2027-06-01", "Ask for 400 days at most."),
        ("first=0001-01-01&last=0001-01-02", "There is nothing to be seen in that year."),
        ("first=then&last=now", "Enter a valid date."),
        (f"{JUNE}&venue=nowhere", "Select a valid choice."),
    ],
)
def test_what_does_not_fit_is_said_and_this_month_is_shown(june: World, visitor: Come, query: str, said: str) -> None:
    page = visitor("owner").open(f"/desk/reports/?{query}")
    assert page.status == 200
    assert said in page.text


@pytest.mark.parametrize("page", [*PAGES, "?held=1"])
def test_a_page_costs_as_many_queries_with_many_bookings(june: World, visitor: Come, page: str) -> None:
    owner = visitor("owner")
    owner.open(_path(page))
    few = _queries(owner, page)
    with tenant_context(june.tenant):
        some = list(Booking.objects.filter(reference_code__startswith="BK-JUNE"))
        for number in range(40):
            row = some[number % 3]
            row.pk, row.reference_code = None, f"BK-MORE-{number}"
            row._state.adding = True
            row.id = Booking._meta.get_field("id").get_default()
            row.start += timedelta(days=number % 9)
            row.end = row.start + timedelta(hours=1)
            row.save(force_insert=True)
    assert _queries(owner, page) == few


def _path(page: str) -> str:
    return f"/desk/reports/{page}{'&' if '?' in page else '?'}{JUNE}"


def _queries(owner: Visitor, page: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert owner.open(_path(page)).status == 200
    return len(asked)
