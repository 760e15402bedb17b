"""The list of bookings: what each filter leaves, its order, its pages, its file, and what it costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django_tenants.utils import tenant_context

from bookings import cancelling, visits
from bookings.cancelling import Cancellation
from bookings.lifecycle import book_for
from bookings.models import Booking, BookingMessage
from bookings.records import SYSTEM, Actor
from schemas.clock import database_now
from tenants.models import Tenant
from tests.bookings.changing import wish
from tests.bookings.scenes import began, slot
from tests.desk.bookings.scenes import codes, make, person, place
from tests.desk.today.scene import noon_zone
from tests.flows.pages import Visitor
from tests.flows.test_query_counts import counted
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
LIST = "/desk/bookings/"


@pytest.fixture
def scene(alpha: World) -> dict[str, Booking]:
    """A booking of each kind, at hours of its own."""
    first, second = place(alpha, "first"), place(alpha, "second")
    found = {
        "asked": make(alpha, first, 8, "pending"),
        "open": make(alpha, first, 10),
        "paid": make(alpha, second, 12, "paid"),
        "late": make(alpha, second, 14, ahead=40),
        "cancelled": make(alpha, first, 16),
        "missed": make(alpha, first, 18),
    }
    with tenant_context(alpha.tenant):
        cancelling.cancel(found["cancelled"], SYSTEM, Cancellation())
        found["desk"] = book_for(
            wish(second, slot(16), person(alpha, "stranger")), Actor.of(person(alpha, "front_desk"))
        )
        began(found["missed"], timedelta(hours=3))
        visits.mark_no_show(found["missed"], Actor.of(person(alpha, "owner")))
        Booking.objects.filter(pk=found["paid"].pk).update(agent="partner", refund_due_minor=500)
        BookingMessage.objects.create(
            booking=found["open"], side=BookingMessage.Side.CUSTOMER, text="When?", at=database_now()
        )
    return found


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("when=all", ["asked", "open", "paid", "late", "cancelled", "desk", "missed"]),
        ("", ["asked", "open", "paid", "late", "cancelled", "desk", "missed"]),
        ("when=30days", ["asked", "open", "paid", "cancelled", "desk", "missed"]),
        ("when=past", ["missed"]),
        ("when=today", ["missed"]),
        ("state=approval", ["asked"]),
        ("state=confirmed", ["open", "paid", "late", "desk"]),
        ("state=cancelled", ["cancelled"]),
        ("state=no_show&when=all", ["missed"]),
        ("state=completed&when=all", []),
        ("state=unfinished&when=all", []),
        ("money=unpaid", ["open", "late", "desk", "missed"]),
        ("money=back", ["paid"]),
        ("source=app", ["paid"]),
        ("source=desk", ["desk"]),
        ("source=online", ["asked", "open", "late", "cancelled", "missed"]),
        ("unread=1", ["open"]),
    ],
)
def test_each_filter_leaves_what_it_says(
    alpha: World, visitor: Come, scene: dict[str, Booking], query: str, left: list[str]
) -> None:
    # "Today" is the business's, and has three hours behind it.
    Tenant.objects.filter(pk=alpha.tenant.pk).update(time_zone=noon_zone())
    page = visitor("owner").open(f"{LIST}?{query}")
    assert sorted(codes(page, *scene.values())) == sorted(scene[name].reference_code for name in left)


def test_search_finds_by_code_name_address_and_the_end_of_a_number(
    alpha: World, visitor: Come, scene: dict[str, Booking]
) -> None:
    owner, one = visitor("owner"), scene["open"]
    for typed in (one.reference_code, one.reference_code.lower()):
        assert codes(owner.open(f"{LIST}?q={typed}"), *scene.values()) == [one.reference_code]
    everybody = {each.reference_code for each in scene.values()}
    for typed in ("gina", "gues", "1234567"):
        assert set(codes(owner.open(f"{LIST}?q={typed}"), *scene.values())) == everybody
    assert codes(owner.open(f"{LIST}?q=stranger@{alpha.canary}"), *scene.values()) == [scene["desk"].reference_code]
    assert "No booking fits that." in owner.open(f"{LIST}?q=nobody").text


def test_days_places_and_nonsense(alpha: World, visitor: Come, scene: dict[str, Booking]) -> None:
    owner = visitor("owner")
    day = scene["late"].start.date()
    assert codes(owner.open(f"{LIST}?since={day}&until={day}"), *scene.values()) == [scene["late"].reference_code]
    place_id = scene["paid"].resource_id
    found = codes(owner.open(f"{LIST}?resource={place_id}"), *scene.values())
    assert found == [scene[name].reference_code for name in ("paid", "late", "desk")]
    odd = owner.open(f"{LIST}?since=tomorrow&venue=999999&page=x&state=strange&series=-1")
    assert odd.status == 200
    assert "Enter a valid date." in odd.text


def test_latest_come_first_where_that_is_asked(alpha: World, visitor: Come, scene: dict[str, Booking]) -> None:
    owner = visitor("owner")
    soonest = owner.open(LIST).html
    latest = owner.open(f"{LIST}?order=latest").html
    asked, late = (f"/desk/bookings/{scene[name].pk}/" for name in ("asked", "late"))
    assert soonest.index(asked) < soonest.index(late)
    assert latest.index(late) < latest.index(asked)


def test_managers_see_their_venues_and_nothing_else(alpha: World, visitor: Come, scene: dict[str, Booking]) -> None:
    manager = visitor("manager")
    assert codes(manager.open(f"{LIST}?when=all"), *scene.values()) == []
    with tenant_context(alpha.tenant):
        venue_id = scene["open"].resource.venue_id
    assert codes(manager.open(f"{LIST}?when=all&venue={venue_id}"), *scene.values()) == []
    assert "reference_code" in _file(manager, "when=all")


def test_file_has_what_the_list_shows_and_the_front_desk_gets_none(
    alpha: World, visitor: Come, scene: dict[str, Booking]
) -> None:
    lines = _file(visitor("accountant"), "state=cancelled").splitlines()
    assert [line.split(",")[1] for line in lines] == ["reference_code", scene["cancelled"].reference_code]
    desk = visitor("front_desk")
    assert desk.client.get(f"{LIST}export.csv").status_code == 403
    assert "Export as CSV" not in desk.open(LIST).text


def test_pages_are_fifty_long_and_cost_the_same_with_many(alpha: World, visitor: Come) -> None:
    where = place(alpha)
    make(alpha, where, 10)
    owner = visitor("owner")
    with counted() as few:
        owner.open(LIST)
    with tenant_context(alpha.tenant):
        one = Booking.objects.get()
        fresh = [_later(one, number) for number in range(1, 121)]
        Booking.objects.bulk_create(fresh)
    with counted() as many:
        page = owner.open(LIST)
    assert len(many) == len(few) + 1  # how many match, which one page does not ask
    assert "1–50 of 121 bookings" in page.text
    last = owner.open(f"{LIST}?page=3")
    assert "101–121 of 121 bookings" in last.text
    assert 'rel="next"' not in last.html


def _file(someone: Visitor, query: str) -> str:
    answer: Any = someone.client.get(f"{LIST}export.csv?{query}")
    return b"".join(answer.streaming_content).decode()


def _later(one: Booking, hours: int) -> Booking:
    values = {field.attname: getattr(one, field.attname) for field in Booking._meta.concrete_fields}
    times = {"start": one.start + timedelta(hours=hours), "end": one.end + timedelta(hours=hours)}
    return Booking(**{**values, **times, "id": uuid4(), "reference_code": f"MANY{hours:04}"})


def test_accountants_look_and_choose_nothing(alpha: World, visitor: Come, scene: dict[str, Booking]) -> None:
    page = visitor("accountant").open(LIST)
    assert 'name="booking"' not in page.html
    assert "Cancel them" not in page.text
