"""The desk's files: a table is tried, read about, and imported; files to take away are asked of the API."""

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.imports import working
from bookings.models import Import
from kernel.periods import local_day
from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import Closure

Come = Callable[..., Visitor]
LIST = "/desk/imports/"
PEOPLE = b"email,name\nann@example.org,Ann\nnobody,No\n"


def brought(alpha: World, owner: Visitor, content: bytes = PEOPLE, **fields: object) -> Import:
    """A file, tried by a worker."""
    page = owner.open(LIST)
    file = SimpleUploadedFile("people.csv", content)
    done = owner.send(page, page.form_with("file"), kind="customers", file=file, **fields)
    assert done.status == 200, done.text
    with tenant_context(alpha.tenant):
        source = Import.objects.latest("pk")
        assert "0 of 2 rows" in done.text
        working.work(str(source.pk))
    return source


def test_a_table_is_tried_and_then_imported(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    assert "Nothing yet." in owner.open(LIST).text
    source = brought(alpha, owner)
    page = owner.open(f"{LIST}{source.pk}/")
    assert "1 row can be imported. Nothing has been changed yet." in page.text
    assert "This cannot be read: email" in page.text
    assert "Row 3" not in owner.open(f"{LIST}{source.pk}/?state=would_create").text
    owner.send(page, page.form("/run/"))
    with tenant_context(alpha.tenant):
        assert not User.objects.filter(email="ann@example.org").exists()
        working.work(str(source.pk))
        assert User.objects.get(email="ann@example.org").name == "Ann"
    done = owner.open(f"{LIST}{source.pk}/")
    assert "2 of 2 rows" in done.text
    assert "people.csv" in owner.open(LIST).text


def test_a_season_becomes_closures_of_one_court(alpha: World, visitor: Come, next_week: date) -> None:
    owner = visitor("owner")
    page = owner.open(LIST)
    event = f"BEGIN:VEVENT\nUID:a\nDTSTAMP:20260101T000000Z\nDTSTART;VALUE=DATE:{next_week:%Y%m%d}\nSUMMARY:Holiday\n"
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n{event}END:VEVENT\nEND:VCALENDAR\n"
    file = SimpleUploadedFile("season.ics", text.encode())
    owner.send(page, page.form_with("becoming"), file=file, resource=str(alpha.court_2), becoming="closures")
    with tenant_context(alpha.tenant):
        source = Import.objects.get()
        working.work(str(source.pk))
    page = owner.open(f"{LIST}{source.pk}/")
    owner.send(page, page.form("/run/"))
    with tenant_context(alpha.tenant):
        working.work(str(source.pk))
        closure = Closure.objects.get()
    day = local_day(next_week, ZoneInfo(alpha.tenant.time_zone))
    assert (closure.reason, closure.resource_id) == ("Holiday", alpha.court_2)
    assert (closure.start, closure.end) == (day.start, day.end)


def test_what_is_left_alone_stays_undone(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    source = brought(alpha, owner)
    page = owner.open(f"{LIST}{source.pk}/")
    done = owner.send(page, page.form("/stop/"))
    assert "Stopped. What was imported stays." in done.text
    with tenant_context(alpha.tenant):
        assert Import.objects.get().state == "cancelled"


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("customers", b"name\nAnn\n", "Columns that are missing: email"),
        ("customers", b"\x00", "This file cannot be read as text."),
        ("season", b"no calendar", "This is no calendar that we can read."),
    ],
)  # fmt: skip
def test_a_file_that_will_not_do_is_sent_back_with_the_reason(
    alpha: World, visitor: Come, kind: str, content: bytes, words: str
) -> None:
    owner = visitor("owner")
    page = owner.open(LIST)
    fields = {"resource": str(alpha.court_1), "becoming": "bookings"} if kind == "season" else {}
    file = SimpleUploadedFile("x", content)
    refused = owner.send(page, page.form_with("file"), kind=kind, file=file, **fields)
    assert refused.status == 400
    assert words in refused.text
    with tenant_context(alpha.tenant):
        assert not Import.objects.exists()


def test_while_it_is_at_work_its_beginning_is_asked_for_and_then_the_whole_page(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(LIST)
    owner.send(page, page.form_with("file"), kind="customers", file=SimpleUploadedFile("x", PEOPLE))
    with tenant_context(alpha.tenant):
        source = Import.objects.get()
    part = owner.client.get(f"{LIST}{source.pk}/", headers={"HX-Request": "true"})
    assert b"every 2s" in part.content
    assert b"<html" not in part.content
    with tenant_context(alpha.tenant):
        working.work(str(source.pk))
    part = owner.client.get(f"{LIST}{source.pk}/", headers={"HX-Request": "true"})
    assert part.headers["HX-Refresh"] == "true"


def test_who_may_bring_and_take_what(alpha: World, visitor: Come) -> None:
    for who, imports, exports in (("manager", 200, 200), ("accountant", 403, 200), ("front_desk", 403, 403)):
        someone = visitor(who)
        assert (someone.client.get(LIST).status_code, someone.client.get("/desk/exports/").status_code) == (
            imports, exports,
        )  # fmt: skip
    page = visitor("accountant").open("/desk/exports/")
    for name in ("bookings", "payments", "customers"):
        assert page.form(f"/{name}/").action == f"/api/v1/admin/exports/{name}/"
