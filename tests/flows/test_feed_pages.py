"""Calendars to subscribe to, on pages: made, shown again, revoked after a question; a customer's own."""

from collections.abc import Callable

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from bookings.models import Feed
from tests.flows.pages import Visitor
from tests.worlds import World

Come = Callable[..., Visitor]
BASE = "/desk/calendars/feeds/"


def live(world: World) -> list[tuple[str, str, bool]]:
    """Scope, name and whether it has names, of feeds that are not revoked."""
    with tenant_context(world.tenant):
        return list(Feed.objects.filter(revoked_at=None).values_list("scope", "name", "shows_names"))


def test_owner_shares_a_court_is_shown_the_address_again_and_revokes_it(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(BASE)
    assert "Nothing is shared yet." in page.text
    form = page.form(BASE)
    made = owner.send(page, form, place=f"resource:{alpha.court_1}", words="names", name="Door")
    assert live(alpha) == [("resource", "Door", True)]
    assert made.link("webcal://").startswith(f"webcal://{alpha.host}/calendars/")
    path = made.link("webcal://").removeprefix(f"webcal://{alpha.host}")
    assert Client(headers={"Host": alpha.host}).get(path).status_code == 200
    again = owner.open(BASE)
    assert "last read" in again.text
    question = owner.open(again.link("/revoke/"))
    assert live(alpha) == [("resource", "Door", True)]
    done = owner.send(question, question.form("/revoke/"))
    assert "The address leads nowhere any more." in done.text
    assert live(alpha) == []
    assert Client(headers={"Host": alpha.host}).get(path).status_code == 404


def test_manager_is_offered_own_places_alone_and_front_desk_nothing(alpha: World, visitor: Come) -> None:
    page = visitor("manager").open(BASE)
    offered = {given.get("value", "") for tag, given in page.elements if tag == "option"}
    assert f"venue:{alpha.venue}" in offered
    assert {"tenant", f"venue:{alpha.annex}", f"resource:{alpha.annex_room}"}.isdisjoint(offered)
    assert visitor("front_desk").open(BASE).status == 403
    assert visitor("guest").open(BASE).status == 403


@pytest.mark.parametrize("place", ["", "tenant", "resource:x", "venue:2", "customer:1"])
def test_manager_cannot_send_what_was_not_offered(alpha: World, visitor: Come, place: str) -> None:
    manager = visitor("manager")
    page = manager.open(BASE)
    assert manager.send(page, page.form(BASE), place=place).status == 400
    assert live(alpha) == []


def test_customer_subscribes_from_the_list_of_own_bookings(alpha: World, visitor: Come) -> None:
    guest = visitor("guest")
    page = guest.open(guest.open("/bookings/").link("/bookings/calendar/"))
    shown = guest.send(page, page.form("/bookings/calendar/"))
    assert shown.link("webcal://").startswith(f"webcal://{alpha.host}/calendars/")
    assert live(alpha) == [("customer", "", False)]
    question = guest.open(shown.link("/revoke/"))
    gone = guest.send(question, question.form("/revoke/"))
    assert "Make my address" in gone.text
    assert live(alpha) == []
