"""Two tabs: whoever saves second is told what the first has saved, loses nothing of what was typed, and may insist."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from accounts.seen import marked
from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import CustomField, Product, Rate, Resource, Venue, Voucher

Come = Callable[..., Visitor]
BOXES = {"is_shared": "", "pays_on_site": "on", "is_active": "on"}
TOLD = "Somebody has changed this meanwhile: "


def told(page: Page) -> str:
    """Which fields the page names."""
    return page.text.partition(TOLD)[2].partition(".")[0]


def test_settings_of_a_venue_are_not_overwritten_unseen(alpha: World, visitor: Come) -> None:
    owner, manager = visitor("owner"), visitor("manager")
    path = f"/desk/venues/{alpha.venue}/settings/"
    mine, theirs = owner.open(path), manager.open(path)
    manager.send(theirs, theirs.form_with("name"), name="Theirs", is_active="on")
    second = owner.send(mine, mine.form_with("name"), holds_per_day="3", is_active="on")
    assert (second.status, told(second)) == (400, "Name")
    assert second.form_with("name").fields["holds_per_day"] == "3"
    with tenant_context(alpha.tenant):
        venue = Venue.objects.get(pk=alpha.venue)
        assert (venue.name, venue.holds_per_day == 3) == ("Theirs", False)
    again = owner.send(second, second.form_with("name"), is_active="on")
    assert "Saved." in again.text
    with tenant_context(alpha.tenant):
        venue = Venue.objects.get(pk=alpha.venue)
        assert (venue.name == "Theirs", venue.holds_per_day) == (False, 3)


def test_settings_of_a_resource_name_each_field(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    mine = owner.open(f"/desk/resources/{alpha.court_1}/settings/")
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.court_1).update(name="Centre court", max_minutes=90)
    late = owner.send(mine, mine.form_with("name"), **BOXES, lead_minutes="1 h")
    assert (late.status, told(late)) == (400, "Name and Longest booking")
    with tenant_context(alpha.tenant):
        row = Resource.objects.get(pk=alpha.court_1)
        assert (row.name, row.max_minutes, row.lead_minutes) == ("Centre court", 90, 0)


def test_a_form_that_nobody_was_faster_than_is_saved(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    for name in ("First", "Second"):
        page = owner.open(f"/desk/resources/{alpha.court_1}/settings/")
        owner.send(page, page.form_with("name"), **BOXES, name=name)
        with tenant_context(alpha.tenant):
            assert Resource.objects.get(pk=alpha.court_1).name == name


def test_a_price_that_was_changed_is_not_put_back(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        rate = Rate.objects.filter(resource=alpha.court_1).earliest("pk")
        before = rate.amount_minor
    owner, path = visitor("owner"), f"/desk/prices/rates/{rate.pk}/"
    page = owner.open(path)
    shown = owner.send(page, page.form_with("amount"), name="Evening")
    with tenant_context(alpha.tenant):
        Rate.objects.filter(pk=rate.pk).update(amount_minor=before + 500)
    late = owner.send(shown, shown.form_with("seen"))
    assert (late.status, told(late)) == (400, "Price in EUR")
    fresh = owner.send(page, page.form_with("amount"), name="Evening")
    assert (fresh.status, told(fresh)) == (400, "Price in EUR")
    with tenant_context(alpha.tenant):
        row = Rate.objects.get(pk=rate.pk)
        assert (row.amount_minor, row.name) == (before + 500, rate.name)


def test_a_voucher_that_was_withdrawn_is_not_let_in_again(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        voucher = Voucher.objects.create(code="SUMMER", percent_off=1000)
    owner, path = visitor("owner"), f"/desk/vouchers/{voucher.pk}/"
    page = owner.open(path)
    with tenant_context(alpha.tenant):
        Voucher.objects.filter(pk=voucher.pk).update(is_active=False)
    late = owner.send(page, page.form_with("code"), name="Summer")
    assert (late.status, told(late)) == (400, "It can be used")
    with tenant_context(alpha.tenant):
        assert Voucher.objects.filter(pk=voucher.pk, is_active=False, name="").exists()


def test_a_service_and_a_question(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        field = CustomField.objects.create(product_id=alpha.tennis, label="Level", kind="text")
    owner = visitor("owner")
    for path, model, pk, column in (
        (f"/desk/services/{alpha.tennis}/", Product, alpha.tennis, "name"),
        (f"/desk/questions/{field.pk}/", CustomField, field.pk, "label"),
    ):
        page = owner.open(path)
        form = page.form_with("before")
        with tenant_context(alpha.tenant):
            model.objects.filter(pk=pk).update(**{column: "Theirs"})
        late = owner.send(page, form, **{column: "Mine"})
        assert (late.status, bool(told(late))) == (400, True)
        with tenant_context(alpha.tenant):
            assert getattr(model.objects.get(pk=pk), column) == "Theirs"


@pytest.mark.parametrize("marks", ["", "name", "name:x:y", ":", "x" * 3000])
def test_marks_that_are_none_are_no_obstacle(alpha: World, visitor: Come, marks: str) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/venues/{alpha.venue}/settings/")
    after = owner.send(page, page.form_with("name"), name="New", is_active="on", before=marks)
    assert "Saved." in after.text


def test_a_mark_is_of_the_value() -> None:
    assert marked({"b": 1, "a": [2]}) == marked({"a": [2], "b": 1})
    assert marked({"a": 1}) != marked({"a": 2})
