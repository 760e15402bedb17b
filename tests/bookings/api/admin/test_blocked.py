"""Who is blocked books nothing more online, in whatever way; what they have stays theirs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from bookings import cancelling, introductions, lifecycle
from bookings.cancelling import Cancellation
from bookings.introductions import Introduction
from bookings.models import Booking, CustomerFile
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest
from kernel.errors import Forbidden
from schemas.clock import database_now
from tests.bookings.api.desk import ADMIN, OWN, AtHome, at_once, wish
from tests.bookings.scenes import GUEST, digest, held, slot
from tests.bookings.waiting import cancel, states, wait
from tests.flows.pages import COURT
from tests.worlds import World

SERIES = {"start_time": "20:00", "duration_minutes": 60, "first_date": "2027-06-01", "rule": "FREQ=WEEKLY;COUNT=2"}


@pytest.fixture
def at_home(in_alpha: World) -> AtHome:
    """Calls that come back to Alpha."""
    return AtHome(in_alpha)


def block(email: str, customer: User | None = None) -> None:
    """They may not book any more."""
    CustomerFile.objects.create(email=email, customer=customer, blocked_at=database_now())


@pytest.fixture
def blocked(in_alpha: World) -> User:
    """The guest of the cast."""
    guest = User.objects.get(pk=in_alpha.users["guest"])
    block(guest.email, guest)
    return guest


def refused(answer: Any) -> None:
    """It is 403, and says to whom to turn."""
    told = {"code": "customer_blocked", "detail": "You cannot book here online. Please ask the venue."}
    assert (answer.status_code, answer.json()) == (403, told)


@pytest.mark.parametrize("way", ["booking", "series", "waiting list"])
def test_v1_refuses_the_account(in_alpha: World, at_home: AtHome, blocked: User, way: str) -> None:
    at_once(in_alpha.court_1)
    held(in_alpha.court_2, slot(10))
    calls = {
        "booking": (OWN, wish(in_alpha.court_1)),
        "series": ("/api/v1/series/", {"resource": in_alpha.court_1, **SERIES}),
        "waiting list": ("/api/v1/waitlist/", wish(in_alpha.court_2)),
    }
    before = digest()
    refused(at_home("guest").post(*calls[way]))
    assert digest() == before


def test_core_refuses_the_address_in_any_spelling(in_alpha: World, at_home: AtHome) -> None:
    block("gina@example.org")
    at_once(in_alpha.court_1, in_alpha.court_2)
    start = slot(10).start.isoformat()
    body = {"service_id": in_alpha.tennis, "start_datetime": start, "customer_phone": "1", "customer_name": "Gina"}
    before = digest()
    refused(at_home(None).post("/api/bookings/", {**body, "customer_email": "Gina@Example.org"}))
    assert digest() == before
    assert at_home(None).post("/api/bookings/", {**body, "customer_email": "ana@example.org"}).status_code == 201


@pytest.mark.parametrize(
    "act",
    [
        lambda booking, contact: lifecycle.submit(booking, contact, Actor.of(None)),
        lambda booking, contact: introductions.introduce(booking, Introduction(contact), Actor.of(None)),
    ],
    ids=["submit", "introduce"],
)
def test_guest_who_says_who_they_are_is_refused(in_alpha: World, act: Callable[[Booking, Contact], Any]) -> None:
    block("gina@example.org")
    booking, contact = held(in_alpha.court_1, slot(10)), Contact("Gina", "GINA@example.org")
    before = digest()
    with pytest.raises(Forbidden) as caught:
        act(booking, contact)
    assert caught.value.code == "customer_blocked"
    assert digest() == before


def test_account_s_address_is_blocked_for_guests_too(in_alpha: World, blocked: User) -> None:
    booking = held(in_alpha.court_1, slot(10))
    with pytest.raises(Forbidden):
        lifecycle.submit(booking, Contact("Somebody", blocked.email), Actor.of(None))


def test_staff_book_for_them_all_the_same(in_alpha: World, at_home: AtHome, blocked: User) -> None:
    answer = at_home("front_desk").post(ADMIN, wish(in_alpha.court_1, customer=blocked.pk))
    assert (answer.status_code, answer.json()["status"]) == (201, "confirmed")


def test_what_they_hold_and_have_booked_stays_theirs(in_alpha: World, at_home: AtHome) -> None:
    guest = User.objects.get(pk=in_alpha.users["guest"])
    hold = lifecycle.hold(HoldRequest(period=slot(9), resource_id=in_alpha.court_1, customer=guest))
    at_once(in_alpha.court_1)
    standing = at_home("guest").post(OWN, wish(in_alpha.court_1, 12)).json()["id"]
    block(guest.email, guest)
    assert lifecycle.submit(hold, GUEST, Actor.of(guest)).state == "confirmed"
    times = {"start_datetime": slot(14).start.isoformat(), "end_datetime": slot(14).end.isoformat()}
    moved = at_home("guest").post(f"{OWN}{standing}/reschedule/", times)
    assert moved.status_code == 200, moved.json()
    done = cancelling.cancel(Booking.objects.get(pk=standing), Actor.of(guest), Cancellation())
    assert done.state == "cancelled"


def test_nobody_blocked_is_offered_what_they_wait_for(in_alpha: World) -> None:
    people = [User.objects.create_user(f"waiter-{n}@example.org") for n in range(2)]
    taken = held(in_alpha.court_1, slot(10))
    first, second = (wait(person, in_alpha.court_1, slot(10)) for person in people)
    block(people[0].email, people[0])
    cancel(taken)
    assert states(first, second) == ["waiting", "offered"]


def test_page_says_in_words_to_ask_the_venue(in_alpha: World, blocked: User) -> None:
    client = Client(headers={"Host": in_alpha.host})
    client.force_login(blocked)
    body = {"start": slot(10).start.isoformat(), "minutes": 60, "people": 1, "holder": "0" * 32}
    answer = client.post(f"{COURT}hold/", body)
    connection.set_tenant(in_alpha.tenant)  # type: ignore[attr-defined]
    assert answer.status_code == 403
    assert "You cannot book here online. Please ask the venue." in answer.content.decode()
    assert not Booking.objects.exists()
