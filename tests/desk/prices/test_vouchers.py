"""Vouchers: one, many, their uses, and the example beside the form."""

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from django_tenants.utils import tenant_context

from bookings.requests import Payment
from tests.bookings.scenes import held, slot
from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import Resource, Voucher

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
EMPTY = {"resources": [], "is_active": "on"}


def test_a_voucher_is_made_changed_and_withdrawn(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/vouchers/new/")
    form = page.form_with("percent_off")
    done = owner.send(page, form, **EMPTY, code="spring-27", percent_off="12.5", minimum_minor="20", name="Spring")
    assert done.path == "/desk/vouchers/"
    assert "SPRING-27 Spring 12.5% off" in done.text
    with tenant_context(alpha.tenant):
        row = Voucher.objects.get()
    assert (row.code, row.percent_off, row.amount_minor, row.minimum_minor, row.is_active) == (
        "SPRING-27", 1250, None, 2000, True,
    )  # fmt: skip
    page = owner.open(f"/desk/vouchers/{row.pk}/")
    assert page.form_with("percent_off").fields["percent_off"] == "12.5"
    done = owner.send(page, page.form_with("percent_off"), resources=[alpha.court_1], is_active="")
    assert "does not count" in done.text
    with tenant_context(alpha.tenant):
        row = Voucher.objects.get()
        assert (row.is_active, row.percent_off) == (False, 1250)
        assert list(row.resources.values_list("pk", flat=True)) == [alpha.court_1]


def test_a_code_of_ours_where_none_is_typed(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/vouchers/new/")
    owner.send(page, page.form_with("percent_off"), **EMPTY, amount_minor="5")
    with tenant_context(alpha.tenant):
        row = Voucher.objects.get()
    assert (len(row.code), row.amount_minor, row.currency) == (19, 500, "EUR")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Give either an amount or a percentage."),
        ({"percent_off": "10", "amount_minor": "5"}, "Give either an amount or a percentage."),
        ({"percent_off": "101"}, "less than or equal to 100"),
        ({"percent_off": "5", "code": "a b"}, "Use capital letters, digits and hyphens."),
        ({"percent_off": "5", "code": "taken"}, "already exists"),
        ({"percent_off": "5", "valid_from": "2027-02-01", "valid_until": "2027-01-01"}, "cannot lie before"),
    ],
)
def test_nonsense_makes_no_voucher(alpha: World, visitor: Come, typed: dict[str, str], said: str) -> None:
    with tenant_context(alpha.tenant):
        Voucher.objects.create(code="TAKEN", percent_off=100)
    owner = visitor("owner")
    page = owner.open("/desk/vouchers/new/")
    answer = owner.send(page, page.form_with("percent_off"), **EMPTY, **typed)
    assert answer.status == 400
    assert said in answer.text
    with tenant_context(alpha.tenant):
        assert Voucher.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"percent_off": "12.5"}, "A booking of €40.00 costs €35.00 with it."),
        ({"amount_minor": "50"}, "A booking of €40.00 costs €0.00 with it."),
        ({"percent_off": "10", "minimum_minor": "60"}, "A booking of €60.00 costs €54.00 with it."),
        ({}, "Say what it takes off"),
    ],
)
def test_the_example_saves_nothing(alpha: World, visitor: Come, typed: dict[str, str], said: str) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/vouchers/new/")
    answer = owner.send(page, page.form_with("percent_off"), "example", **EMPTY, **typed)
    assert answer.status == 200
    assert said in answer.text
    with tenant_context(alpha.tenant):
        assert not Voucher.objects.exists()


def test_many_at_once_and_as_a_file(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/vouchers/many/")
    typed = {"count": "60", "begins": "fair", "percent_off": "20", "name": "=Trade fair", "resources": [alpha.hall]}
    done = owner.send(page, page.form_with("count"), is_active="on", **typed)
    assert "60 codes are made." in done.text
    assert "Page 1 of 2" in done.text
    with tenant_context(alpha.tenant):
        rows = list(Voucher.objects.all())
        assert len({row.code for row in rows}) == 60
        assert all(row.code.startswith("FAIR-") and len(row.code) == 19 for row in rows)
        assert {(row.percent_off, row.most_uses, row.name) for row in rows} == {(2000, 1, "=Trade fair")}
        assert Voucher.resources.through.objects.filter(resource=alpha.hall).count() == 60
        Voucher.objects.create(code="OTHER", percent_off=100)
    file = owner.open("/desk/vouchers/codes.csv?q=trade")
    lines = list(csv.DictReader(io.StringIO(file.html.removeprefix("\ufeff"), newline="")))
    assert len(lines) == 60
    assert lines[0] == {
        "code": min(row.code for row in rows), "name": "'=Trade fair", "percent_off": "20", "amount_off": "",
        "currency": "", "valid_from": "", "valid_until": "", "uses": "0", "most_uses": "1",
    }  # fmt: skip


def test_uses_are_named_where_one_looks_after_the_venue(alpha: World, visitor: Come, today: date) -> None:
    with tenant_context(alpha.tenant):
        row = Voucher.objects.create(code="SPRING", percent_off=1000)
        Resource.objects.filter(pk=alpha.annex_room).update(pays_on_site=True)
        here = held(alpha.court_1, slot(10), payment=Payment(voucher="SPRING"))
        there = held(alpha.annex_room, slot(10), payment=Payment(voucher="SPRING"))
    owner = visitor("owner").open(f"/desk/vouchers/{row.pk}/")
    assert "Used for 2 bookings" in owner.text
    assert here.reference_code in owner.text
    assert there.reference_code in owner.text
    manager = visitor("manager").open(f"/desk/vouchers/{row.pk}/")
    assert here.reference_code in manager.text
    assert there.reference_code not in manager.text
    assert "1 of them is at a venue that you do not look after." in manager.text
    assert "used 2 times" in visitor("owner").open("/desk/vouchers/?q=spr").text
