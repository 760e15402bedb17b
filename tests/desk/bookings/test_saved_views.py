"""Views by name: kept without what was searched for, one's own or the team's, and changed by whom they belong to."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from desk.models import SavedView
from schemas.clock import database_now
from tests.flows.pages import Page, Visitor
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
LIST = "/desk/bookings/"


def keep(someone: Visitor, query: str, name: str, **more: str) -> Page:
    """Filter, and keep that under a name."""
    page = someone.open(f"{LIST}?{query}")
    form = page.form("/desk/bookings/views/")
    form.fields.pop("shared", None)
    return someone.send(page, form, name=name, **more)


def kept(alpha: World) -> list[tuple[str, str, bool]]:
    """Name, filter and whether it is shared, of every view."""
    with tenant_context(alpha.tenant):
        return list(SavedView.objects.order_by("pk").values_list("name", "query", "is_shared"))


def test_filter_is_kept_without_what_was_searched_for(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = keep(owner, "q=Gina&state=confirmed&when=7days", "Gina's week")
    assert kept(alpha) == [("Gina's week", "when=7days&state=confirmed", False)]
    assert "Gina's week" in page.text
    assert page.path.endswith("?when=7days&state=confirmed")
    keep(owner, "state=cancelled&when=all", "Gina's week")
    assert kept(alpha) == [("Gina's week", "when=all&state=cancelled", False)]


def test_own_views_are_ones_own_and_shared_ones_everybodys(alpha: World, visitor: Come) -> None:
    keep(visitor("owner"), "state=cancelled", "Mine")
    keep(visitor("manager"), "state=no_show", "Ours", shared="on")
    desk = visitor("front_desk").open(LIST)
    assert ("Ours" in desk.text, "Mine" in desk.text) == (True, False)


def test_front_desk_keeps_for_itself_and_shares_nothing(alpha: World, visitor: Come) -> None:
    desk = visitor("front_desk")
    keep(desk, "state=cancelled", "Own")
    said = keep(desk, "state=no_show", "Theirs", shared="on").text
    assert "Only the owner and managers share a view with the team." in said
    assert kept(alpha) == [("Own", "state=cancelled", False)]


def test_who_may_rename_and_delete(alpha: World, visitor: Come) -> None:
    keep(visitor("owner"), "state=no_show", "Ours", shared="on")
    keep(visitor("owner"), "state=cancelled", "Mine")
    with tenant_context(alpha.tenant):
        shared, own = (SavedView.objects.get(name=name).pk for name in ("Ours", "Mine"))
    assert visitor("front_desk").open(f"{LIST}views/{shared}/").status == 404
    manager = visitor("manager")
    assert manager.open(f"{LIST}views/{own}/").status == 404
    page = manager.open(f"{LIST}views/{shared}/")
    manager.send(page, page.form_with("name"), name="Missed", shared="on")
    assert kept(alpha) == [("Missed", "state=no_show", True), ("Mine", "state=cancelled", False)]
    owner = visitor("owner")
    page = owner.open(f"{LIST}views/{own}/")
    assert (
        "There is a view of this name already."
        in owner.send(page, page.form_with("name"), name="Missed", shared="on").text
    )
    owner.send(page, page.form_with("delete"), "1")
    assert kept(alpha) == [("Missed", "state=no_show", True)]


def test_nothing_is_not_kept_and_there_is_an_end_to_it(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"{LIST}?state=cancelled")
    form = page.form("/desk/bookings/views/")
    form.fields.pop("shared", None)
    assert "Choose a filter first" in owner.send(page, form, name="All", query="").text
    assert kept(alpha) == []
    with tenant_context(alpha.tenant):
        mine = {"user_id": alpha.users["owner"], "query": "when=all", "created_at": database_now()}
        SavedView.objects.bulk_create(SavedView(name=f"View {number}", **mine) for number in range(30))
    assert "You have many views already." in owner.send(page, form, name="One more").text
    assert len(kept(alpha)) == 30


def test_everybody_has_the_usual_ones(visitor: Come) -> None:
    page = visitor("accountant").open(f"{LIST}?when=7days&money=unpaid")
    for name in ("Today", "Waits for approval", "Unpaid, next 7 days", "To be returned"):
        assert name in page.text
    current = [given for href, given in page.links if given.get("aria-current") == "true"]
    assert [given["href"] for given in current if "btn" in given["class"]] == [f"{LIST}?when=7days&money=unpaid"]
