"""Checking in by a code that is scanned or typed: in at once, or told what is wrong and nothing has changed."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import F
from django_tenants.utils import tenant_context

from bookings import visits
from bookings.models import Booking
from tests.desk.today.scene import booking, comes
from tests.flows.pages import Page, Visitor
from tests.worlds import World

Come = Callable[..., Visitor]
PATH = "/desk/check-in/"


def read(someone: Visitor, code: str, **typed: str) -> Page:
    """Have a code read."""
    page = someone.open(PATH)
    return someone.send(page, page.form_with("code"), code=code, **typed)


def ticket(world: World, booking_id: UUID) -> str:
    """What the QR code of a booking says."""
    with tenant_context(world.tenant):
        return visits.code(Booking.objects.get(pk=booking_id))


def outcome(page: Page) -> str:
    """How the page says that it ended."""
    return next((given["data-outcome"] for _tag, given in page.elements if "data-outcome" in given), "")


def test_ticket_lets_them_in_and_shows_who_they_are(noon: World, visitor: Come) -> None:
    pk = comes(noon, 20, name="Gina Guest")
    page = read(visitor("front_desk"), f" {ticket(noon, pk)}\n")
    assert (page.status, outcome(page)) == (200, "in")
    facts = ("Welcome: they are in", "Gina Guest", "Court 1", "2 people", "€25.00 at the venue", "Cash €25.00")
    assert [fact in page.text for fact in facts] == [True] * 6
    assert booking(noon, pk).checked_in_at is not None


@pytest.mark.parametrize("spell", [str.lower, str, lambda code: f" {code[:3]} {code[3:]} "])
def test_reference_code_is_typed_as_people_do(noon: World, visitor: Come, spell: Callable[[str], str]) -> None:
    pk = comes(noon, 20)
    page = read(visitor("front_desk"), spell(booking(noon, pk).reference_code))
    assert outcome(page) == "in"
    assert booking(noon, pk).checked_in_at is not None


def test_payment_is_noted_at_the_door(noon: World, visitor: Come) -> None:
    pk = comes(noon, 20)
    staff = visitor("front_desk")
    page = read(staff, ticket(noon, pk))
    after = staff.send(page, page.form("/taken/"), **{"taken-way": "cash"})
    assert (after.path, booking(noon, pk).paid_minor) == (PATH, 2500)


def test_second_time_says_since_when(noon: World, visitor: Come) -> None:
    pk = comes(noon, 20)
    staff = visitor("front_desk")
    read(staff, ticket(noon, pk))
    before = booking(noon, pk)
    page = read(staff, ticket(noon, pk))
    assert (page.status, outcome(page), "They are in already, since" in page.text) == (409, "out", True)
    assert booking(noon, pk).updated_at == before.updated_at
    staff.send(page, page.form("/undo-check-in/"))
    assert booking(noon, pk).checked_in_at is None


@pytest.mark.parametrize(
    ("shift", "fields", "told"),
    [
        (timedelta(days=2), {}, "This booking is for another day:"),
        (timedelta(hours=2), {}, "It is too early: they can come in from"),
        (timedelta(hours=-3), {}, "This booking is over."),
        (timedelta(0), {"state": "cancelled"}, "This booking was cancelled."),
        (timedelta(0), {"state": "no_show"}, "This booking was marked as a no-show."),
        (timedelta(0), {"state": "pending", "pending_reason": "approval"}, "This booking is not confirmed yet."),
        (timedelta(0), {"state": "expired"}, "This booking was never finished."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(
    noon: World, visitor: Come, shift: timedelta, fields: dict[str, str], told: str
) -> None:
    pk = comes(noon, 20)
    with tenant_context(noon.tenant):
        Booking.objects.update(start=F("start") + shift, end=F("end") + shift, **fields)
    before = booking(noon, pk)
    page = read(visitor("front_desk"), ticket(noon, pk))
    assert (page.status, outcome(page), told in page.text) == (409, "out", True)
    after = booking(noon, pk)
    assert (after.state, after.checked_in_at, after.updated_at) == (before.state, None, before.updated_at)


def test_other_venue_is_said_and_may_be_overruled(noon: World, visitor: Come) -> None:
    pk = comes(noon, 20, resource_id=noon.annex_room)
    staff = visitor("front_desk")
    staff.open("/desk/?venue=main")
    page = read(staff, ticket(noon, pk))
    assert (page.status, "This booking is at Annex" in page.text) == (409, True)
    assert booking(noon, pk).checked_in_at is None
    again = staff.send(page, page.form_with("anyway"), "yes")
    assert outcome(again) == "in"
    assert booking(noon, pk).checked_in_at is not None


def test_code_that_is_none_is_refused_alike_for_all(noon: World, visitor: Come) -> None:
    other = comes(noon, 20, resource_id=noon.annex_room)
    manager = visitor("manager")
    texts = [
        read(manager, code) for code in (booking(noon, other).reference_code, ticket(noon, other), "BK-261122-ZZZZ")
    ]
    assert [(page.status, "There is no booking with this code here." in page.text) for page in texts] == [
        (400, True)
    ] * 3
    forged = read(manager, f"{other.hex}:nonsense")
    assert (forged.status, "This is not one of our codes." in forged.text) == (400, True)
    empty = read(manager, "  ")
    assert (empty.status, "Scan a ticket" in empty.text) == (400, True)
    assert booking(noon, other).checked_in_at is None
    assert manager.send(empty, empty.form_with("code"), code="\x00").status == 400


def test_page_is_for_those_who_work_on_site(noon: World, visitor: Come) -> None:
    assert visitor("guest").open(PATH).status == 403
    assert visitor("accountant").open(PATH).status == 403
    assert visitor().open(PATH).path == "/login/?next=%2Fdesk%2Fcheck-in%2F"


def test_part_of_the_page_is_an_answer_whatever_it_says(noon: World, visitor: Come) -> None:
    """With another status the page's script would send it once more, for ever."""
    staff = visitor("front_desk")
    form = staff.open(PATH).form_with("code")
    answer = staff.client.post(PATH, {**form.fields, "code": "BK-261122-ZZZZ"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "There is no booking with this code here." in answer.content.decode()
