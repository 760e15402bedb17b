"""Waiting lists as pages: joining, one's place, taking an offer, leaving; refusals that change nothing."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import Booking, WaitlistEntry
from bookings.records import Actor
from kernel.periods import Period
from tests.bookings.changing import booked, court, wish
from tests.bookings.scenes import slot
from tests.bookings.waiting import cancel, wait
from tests.flows.pages import Page, Visitor
from tests.flows.test_query_counts import counted
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
PAGE = "/venues/first/first/wait/"
OWN = "/bookings/waiting/"


@pytest.fixture
def taken(alpha: World) -> Booking:
    """The stranger's hour at ten."""
    with tenant_context(alpha.tenant):
        stranger = User.objects.get(pk=alpha.users["stranger"])
        staff = Actor.of(User.objects.get(pk=alpha.users["owner"]))
        return booked(wish(court(), slot(10), stranger), "confirmed", staff)


def asked(period: Period) -> str:
    """The address that a taken slot leads to."""
    return f"{PAGE}?start={quote(period.start.isoformat())}&minutes={period.minutes}&people=2"


def join(someone: Visitor, period: Period, **typed: str) -> Page:
    """Open the page of a slot and press its button."""
    page = someone.open(asked(period))
    return someone.send(page, page.form_with("when"), **typed)


def entries(alpha: World) -> list[tuple[str, int]]:
    """State and people of each."""
    with tenant_context(alpha.tenant):
        return list(WaitlistEntry.objects.order_by("pk").values_list("state", "participants"))


def test_who_is_not_signed_in_comes_back_to_the_page_after_it(alpha: World, taken: Booking, visitor: Come) -> None:
    someone = visitor()
    page = someone.open(asked(slot(10)))
    assert page.path.startswith("/login/?next=")
    form = page.form_with("password")
    back = someone.send(page, form, username=f"guest@{alpha.canary}.example", password=PASSWORD)
    assert "Put me on the list" in back.text


def test_place_in_line_is_shown_and_an_offer_is_taken(alpha: World, taken: Booking, visitor: Come) -> None:
    someone = visitor("guest")
    done = join(someone, slot(10))
    assert done.path == OWN
    assert "You are number 1 in line." in done.text
    assert entries(alpha) == [("waiting", 2)]
    with tenant_context(alpha.tenant):
        cancel(taken)
    offered = someone.open(OWN)
    assert "It is your turn: kept for you until" in offered.text
    details = someone.open(offered.link("/details/"))
    form = details.form("/details/")
    assert someone.send(details, form, name="Gina", email="gina@example.org").status == 200
    assert "Taken" in someone.open(OWN).text
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(offered_to__isnull=False).state == "confirmed"


def test_second_click_waits_once_and_the_second_person_is_second(alpha: World, taken: Booking, visitor: Come) -> None:
    first = visitor("guest")
    join(first, slot(10))
    assert "You are on this waiting list already." in join(first, slot(10)).text
    second = visitor("manager")
    assert "You are number 2 in line." in join(second, slot(10)).text
    assert entries(alpha) == [("waiting", 2), ("waiting", 2)]


def test_any_time_of_the_day_is_another_wish(alpha: World, taken: Booking, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        stranger = User.objects.get(pk=alpha.users["stranger"])
        staff = Actor.of(User.objects.get(pk=alpha.users["owner"]))
        for hours in ((7, 180), (11, 240), (15, 240), (19, 240)):
            booked(wish(taken.resource, slot(hours[0], minutes=hours[1]), stranger), "confirmed", staff)
    done = join(visitor("guest"), slot(10), when="day")
    assert "any time, for 1 h" in done.text
    assert entries(alpha) == [("waiting", 2)]


def test_what_is_free_is_refused_and_leads_to_it(alpha: World, taken: Booking, visitor: Come) -> None:
    page = join(visitor("guest"), slot(14))
    assert page.status == 409
    assert "This can be had now: book it." in page.text
    assert page.link("/venues/first/first/?day=").endswith("&minutes=60&people=2")
    assert entries(alpha) == []


def test_what_can_never_be_had_is_refused_with_its_reason(alpha: World, taken: Booking, visitor: Come) -> None:
    page = join(visitor("guest"), slot(5))
    assert (page.status, "The venue is closed at that time." in page.text) == (409, True)
    assert entries(alpha) == []


def test_leaving_an_offer_serves_the_next(alpha: World, taken: Booking, visitor: Come) -> None:
    someone = visitor("guest")
    join(someone, slot(10))
    with tenant_context(alpha.tenant):
        wait(User.objects.get(pk=alpha.users["manager"]), taken.resource_id, slot(10))
        cancel(taken)
    page = someone.open(OWN)
    left = someone.send(page, page.form("/leave/"))
    assert "You have left the waiting list." in left.text
    assert [state for state, _people in entries(alpha)] == ["left", "offered"]
    again = someone.send(page, page.form("/leave/"))
    assert again.status == 200
    assert [state for state, _people in entries(alpha)] == ["left", "offered"]


def test_place_of_somebody_else_is_not_there(alpha: World, taken: Booking, visitor: Come) -> None:
    join(visitor("guest"), slot(10))
    other = visitor("manager")
    own = join(other, slot(10))
    form = own.form("/leave/")
    with tenant_context(alpha.tenant):
        first = WaitlistEntry.objects.order_by("pk").values_list("pk", flat=True)[0]
    form.action = f"{OWN}{first}/leave/"
    assert other.send(own, form).status == 404
    assert [state for state, _people in entries(alpha)] == ["waiting", "waiting"]


@pytest.mark.parametrize(
    "query", ["", "?start=x&minutes=x&people=x", "?day=2026-99-99", "?start=9999-12-31T00:00%2B00:00"]
)
def test_nonsense_in_the_address_asks_for_a_day(alpha: World, taken: Booking, visitor: Come, query: str) -> None:
    assert "Put me on the list" in visitor("guest").open(PAGE + query).text


def test_own_places_take_as_many_queries_for_many(alpha: World, taken: Booking, visitor: Come) -> None:
    someone = visitor("guest")
    join(someone, slot(10))
    with counted() as few:
        someone.open(OWN)
    with tenant_context(alpha.tenant):
        entry = WaitlistEntry.objects.get()
        WaitlistEntry.objects.bulk_create(
            WaitlistEntry(
                customer=entry.customer,
                resource=entry.resource,
                earliest=entry.earliest,
                latest=entry.latest,
                minutes=60,
                state="left",
                created_at=entry.created_at,
            )
            for _number in range(500)
        )
    with counted() as many:
        page = someone.open(OWN)
    assert "Page 1 of 26" in page.text
    assert "You are number 1 in line." in page.text
    assert len(many) == len(few) == 5, many


def test_choosing_another_time_keeps_the_offer(alpha: World, taken: Booking, visitor: Come) -> None:
    someone = visitor("guest")
    join(someone, slot(10))
    with tenant_context(alpha.tenant):
        cancel(taken)
    page = someone.open(f"/venues/first/first/?day={slot(10).start.date()}")
    form = page.form_with("start")
    other = next(value for _name, value in form.buttons if value != slot(10).start.isoformat())
    for start in (other, next(value for _name, value in form.buttons if value not in {other, ""})):
        assert someone.send(page, form, start=start).path.endswith("/details/")
    with tenant_context(alpha.tenant):
        offer = Booking.objects.get(offered_to__isnull=False)
        assert (offer.state, offer.start) == ("held", slot(10).start)
        assert Booking.objects.filter(customer=alpha.users["guest"], state="held").count() == 2, "the first choice went"
    assert "It is your turn" in someone.open(OWN).text
