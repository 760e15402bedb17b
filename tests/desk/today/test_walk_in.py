"""Somebody comes by: a free place is tapped, then how it is paid; it is booked, paid and they are in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking, OnSitePayment
from tests.desk.today.scene import at_noon, comes
from tests.flows.pages import Page, Visitor
from tests.threads import at_once
from tests.worlds import ALPHA, PASSWORD, World, world_of
from venues.models import Rate

Come = Callable[..., Visitor]
MAIN = "/desk/?venue=main"


def sheet(someone: Visitor, world: World, resource: int = 0) -> Page:
    """The sheet of a place that is free, tapped in the day."""
    page = someone.open(MAIN)
    return someone.open(page.link(f"/desk/walk-in/?resource={resource or world.court_1}&"))


def made(world: World) -> list[tuple[str, str, int, bool]]:
    """Every booking: name, state, what is paid, whether they are in."""
    with tenant_context(world.tenant):
        rows = Booking.objects.order_by("created_at")
        return [(each.name, each.state, each.paid_minor, each.checked_in_at is not None) for each in rows]


@pytest.mark.parametrize(
    ("way", "paid", "told"),
    [("cash", 2500, "€25.00 are noted as paid."), ("card", 2500, "€25.00 are noted as paid."),
     ("later", 0, "They are checked in."), ("free", 0, "They are checked in.")],
)  # fmt: skip
def test_two_taps_book_note_the_money_and_let_in(noon: World, visitor: Come, way: str, paid: int, told: str) -> None:
    staff = visitor("front_desk")
    page = sheet(staff, noon)
    assert "€25.00" in page.text
    after = staff.send(page, page.form_with("way"), way)
    assert (after.path, told in after.text) == ("/desk/", True)
    assert made(noon) == [("Walk-in", "confirmed", paid, True)]
    with tenant_context(noon.tenant):
        ways = list(OnSitePayment.objects.values_list("way", flat=True))
        assert ways == ([way] if paid else [])
        assert Booking.objects.get().total_minor == (0 if way == "free" else 2500)


def test_name_people_and_length_are_kept(noon: World, visitor: Come) -> None:
    staff = visitor("front_desk")
    page = sheet(staff, noon)
    longer = staff.open(f"{page.path}&minutes=120&people=3&name=Wanda")
    assert "€50.00" in longer.text
    staff.send(longer, longer.form_with("way"), "card")
    with tenant_context(noon.tenant):
        found = Booking.objects.get()
    length = found.end - found.start
    assert (found.name, found.participants, length, found.paid_minor) == ("Wanda", 3, timedelta(hours=2), 5000)


def test_what_was_taken_meanwhile_is_refused_and_nothing_is_lost(noon: World, visitor: Come) -> None:
    staff = visitor("front_desk")
    page = sheet(staff, noon)
    comes(noon, -30, minutes=120, name="Quick Quinn")
    refused = staff.send(page, page.form_with("name"), "cash", name="Slow Sue", way="cash")
    assert refused.status == 409
    assert "Somebody else has booked this time." in refused.text
    assert "Nothing was booked." in refused.text
    assert refused.form_with("name").fields["name"] == "Slow Sue"
    assert made(noon) == [("Quick Quinn", "confirmed", 0, False)]


def test_price_that_changed_meanwhile_is_shown_before_it_is_taken(noon: World, visitor: Come) -> None:
    staff = visitor("front_desk")
    page = sheet(staff, noon)
    with tenant_context(noon.tenant):
        Rate.objects.filter(resource=noon.court_1).update(amount_minor=3000)
    refused = staff.send(page, page.form_with("name"), way="cash")
    assert (refused.status, "The price has changed." in refused.text, "€30.00" in refused.text) == (409, True, True)
    assert made(noon) == []
    staff.send(refused, refused.form_with("name"), way="cash")
    assert made(noon) == [("Walk-in", "confirmed", 3000, True)]


@pytest.mark.parametrize(
    "typed", [{"people": "0"}, {"people": "x"}, {"start": "soon"}, {"minutes": ""}, {"way": "gold"}]
)
def test_nonsense_is_400_and_books_nothing(noon: World, visitor: Come, typed: dict[str, str]) -> None:
    staff = visitor("front_desk")
    page = sheet(staff, noon)
    answer = staff.send(page, page.form_with("name"), **{"way": "cash", "name": "Nora", **typed})
    assert answer.status == 400
    assert answer.form_with("name").fields["name"] == "Nora"
    assert made(noon) == []


def test_place_of_another_venue_is_not_found(noon: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = sheet(manager, noon)
    form = page.form_with("name")
    start = form.fields["start"]
    for other in (str(noon.annex_room), "999999", "x"):
        assert manager.open(f"/desk/walk-in/?resource={other}").status == 404
        assert manager.send(page, form, resource=other, start=start, way="cash").status == 404
    assert made(noon) == []


def test_without_a_place_the_first_free_one_is_meant(noon: World, visitor: Come) -> None:
    comes(noon, -10, minutes=600)
    page = visitor("front_desk").open("/desk/walk-in/")
    assert "Walk-in: Court 2" in page.text
    assert f"/desk/walk-in/?resource={noon.hall}&" in page.link(f"resource={noon.hall}")


def test_of_two_at_once_one_wins(scratch: str) -> None:
    world = world_of(ALPHA)
    at_noon(world)
    visitors = [Visitor(world.host) for _each in range(2)]
    pages = []
    for someone, who in zip(visitors, ("front_desk", "owner"), strict=True):
        someone.sign_in(f"{who}@{world.canary}.example", PASSWORD)
        pages.append(sheet(someone, world))
    works = [
        lambda someone=someone, page=page: someone.send(page, page.form_with("name"), way="cash")
        for someone, page in zip(visitors, pages, strict=True)
    ]
    answers = at_once(*works)
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert made(world) == [("Walk-in", "confirmed", 2500, True)]
