"""Booking for somebody and blocking out from the calendar: the price first, and what is in the way."""

from collections.abc import Callable
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking, BookingChange, Occupancy
from tests.bookings.scenes import slot
from tests.desk.calendar.scenes import PART, booked, day_of
from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import Closure, Rate

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def book(world: World) -> str:
    """The page that books at the main venue."""
    return f"/desk/calendar/venues/{world.venue}/book/"


def block(world: World) -> str:
    """The page that blocks out there."""
    return f"/desk/calendar/venues/{world.venue}/block/"


def priced(someone: Visitor, world: World, **wanted: Any) -> Page:
    """The page with the price of a wish."""
    query = {"resource": world.court_1, "day": day_of(slot(18)), "time": "18:00", "minutes": 60, "people": 2, **wanted}
    return Page(book(world), someone.client.get(book(world), query))


def bookings(world: World) -> int:
    """How many there are."""
    with tenant_context(world.tenant):
        return Booking.objects.count()


def test_a_walk_in_is_booked_at_the_price_that_was_shown(alpha: World, visitor: Come) -> None:
    desk = visitor("front_desk")
    page = priced(desk, alpha)
    assert "Price €25.00" in page.text
    done = desk.send(page, page.form_with("quote"))
    with tenant_context(alpha.tenant):
        made = Booking.objects.get()
        assert (made.name, made.email, made.participants, made.total_minor) == ("Walk-in", "", 2, 2500)
        assert (made.state, made.payment_state, made.payment_way) == ("confirmed", "unpaid", "on_site")
        assert (made.resource_id, made.start, made.end) == (alpha.court_1, slot(18).start, slot(18).end)
        assert made.events.latest("pk").actor_kind == "staff"
    assert f"{made.reference_code} is booked" in done.text


def test_a_customer_is_found_and_has_it_among_the_own(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = priced(owner, alpha, who="guest@")
    assert f"guest {alpha.canary} · guest@{alpha.canary}.example" in page.text
    assert "Nobody is found by that." in priced(owner, alpha, who="nobody at all").text
    page = priced(owner, alpha, customer=alpha.users["guest"])
    form = page.form_with("quote")
    owner.send(page, form, customer=str(alpha.users["guest"]))
    with tenant_context(alpha.tenant):
        made = Booking.objects.get()
        assert (made.customer_id, made.email) == (alpha.users["guest"], f"guest@{alpha.canary}.example")


def test_staff_are_no_customers(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = priced(owner, alpha)
    refused = owner.send(page, page.form_with("quote"), customer=str(alpha.users["manager"]))
    assert (refused.status, "There is no such customer." in refused.text) == (400, True)
    assert bookings(alpha) == 0


def test_another_price_than_was_shown_books_nothing(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = priced(owner, alpha)
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource=alpha.court_1).update(amount_minor=3000)
    refused = owner.send(page, page.form_with("quote"))
    assert (refused.status, "The price has changed." in refused.text) == (409, True)
    assert "Price €30.00" in refused.text
    assert bookings(alpha) == 0
    owner.send(refused, refused.form_with("quote"))
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().total_minor == 3000


def test_what_is_taken_is_said_and_not_booked(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        booked(alpha.court_1, slot(18))
    owner = visitor("owner")
    page = priced(owner, alpha)
    assert "Somebody else has booked this time." in page.text
    assert "Book for €25.00" not in page.text
    owner.send(page, page.form_with("quote"))
    assert bookings(alpha) == 1


def test_a_rule_is_set_aside_with_a_word(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    assert "The venue is closed at that time." in priced(owner, alpha, time="05:00").text
    page = priced(owner, alpha, time="05:00", overrule="closed")
    refused = owner.send(page, page.form_with("quote"))
    assert (refused.status, bookings(alpha)) == (400, 0)
    page = priced(owner, alpha, time="05:00", overrule="closed", because="Early birds")
    owner.send(page, page.form_with("quote"))
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().start == slot(5).start
        assert BookingChange.objects.get(field="overruled_because").after == "Early birds"


@pytest.mark.parametrize(("who", "status"), [("accountant", 404), ("guest", 403)])
def test_who_may_not_book_or_block(alpha: World, visitor: Come, who: str, status: int) -> None:
    someone = visitor(who)
    assert (someone.open(book(alpha)).status, someone.open(block(alpha)).status) == (status, status)


def test_managers_book_at_their_own_venues(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    assert manager.open(book(alpha)).status == 200
    assert manager.open(f"/desk/calendar/venues/{alpha.annex}/book/").status == 404
    assert manager.open(f"/desk/calendar/venues/{alpha.annex}/block/").status == 404


def blocked(someone: Visitor, world: World, **typed: str) -> Page:
    """The form for blocking out, filled in and sent."""
    page = someone.open(f"{block(world)}?first_day={day_of(slot(10))}")
    form = page.form_with("first_day")
    form.fields.pop("is_public")
    return someone.send(page, form, **{"resource": str(world.hall), "reason": "Floor", **typed})


def test_time_is_blocked_out_and_opened_again(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    done = blocked(owner, alpha, first_time="10:00", last_time="12:00")
    assert "The time is blocked out." in done.text
    with tenant_context(alpha.tenant):
        closure = Closure.objects.get()
        assert (closure.start, closure.end) == (slot(10).start, slot(11).end)
        assert Occupancy.objects.filter(closure=closure).count() == 3
    page = owner.open(f"/desk/calendar/closures/{closure.pk}/")
    assert "Blocked out: Floor" in page.text
    back = owner.send(page, page.form(f"/closures/{closure.pk}/"))
    assert "The time is open again." in back.text
    with tenant_context(alpha.tenant):
        assert (Closure.objects.count(), Occupancy.objects.count()) == (0, 0)


def test_bookings_in_the_way_are_listed_before_and_after_and_nothing_is_closed(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.half_b, slot(10))
    owner, day = visitor("owner"), day_of(slot(10))
    seen = owner.client.get(f"{block(alpha)}?resource={alpha.hall}&first_day={day}", **PART)
    assert (seen.status_code, made.reference_code in seen.content.decode()) == (200, True)
    refused = blocked(owner, alpha)
    assert (refused.status, made.reference_code in refused.text) == (400, True)
    with tenant_context(alpha.tenant):
        assert Closure.objects.count() == 0


def test_closures_of_other_venues_and_tenants_are_not_there(alpha: World, beta: World, visitor: Come) -> None:
    blocked(visitor("owner"), alpha)
    with tenant_context(alpha.tenant):
        closure = Closure.objects.get()
        Closure.objects.filter(pk=closure.pk).update(venue=alpha.annex, resource=None)
    path = f"/desk/calendar/closures/{closure.pk}/"
    assert visitor("manager").open(path).status == 404
    assert visitor("owner").open("/desk/calendar/closures/987654/").status == 404
    accountant = visitor("accountant")
    page = accountant.open(path)
    token = accountant.client.cookies["csrftoken"].value
    assert accountant.client.post(path, {"csrfmiddlewaretoken": token}).status_code == 404
    assert page.status == 200
    with tenant_context(alpha.tenant):
        assert Closure.objects.count() == 1


def test_the_sheet_names_who_comes_and_who_has_not_paid(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10), participants=3, notes="By the door, please")
    page = visitor("accountant").open(f"/desk/calendar/sheet/?venue=main&day={day_of(slot(10))}")
    for said in ("Gina Guest", "+49 89 1234567", "€25.00 at the venue", "By the door, please", made.reference_code):
        assert said in page.text
