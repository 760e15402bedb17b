"""How much one customer, or one address, may hold unpaid (R39)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from bookings import lifecycle
from bookings.models import Booking
from bookings.records import Actor
from bookings.requests import HoldRequest
from kernel.errors import TooMany
from rest import origins
from schemas.clock import database_now
from tests.bookings.scenes import GUEST, at, digest, held, let_lapse, resource_in, slot
from tests.worlds import World
from venues.models import Resource, Venue


@pytest.fixture
def courts(in_alpha: World) -> list[int]:
    """Four courts that are free from 7 to 23, in a venue where one may hold 5 times, 3 on one court and day."""
    venue = Venue.objects.get(pk=in_alpha.venue)
    Venue.objects.filter(pk=venue.pk).update(holds_at_once=5, holds_per_day=3)
    return [resource_in(venue, f"cap-{number}").pk for number in range(4)]


def too_many(request: HoldRequest) -> TooMany:
    """The refusal; every row is as it was."""
    before = digest()
    with pytest.raises(TooMany) as refusal:
        lifecycle.hold(request)
    assert digest() == before
    return refusal.value


def test_one_more_on_a_resource_and_day_than_the_venue_allows_is_refused(courts, guest):
    for hour in (10, 12, 14):
        held(courts[0], slot(hour), customer=guest)
    refusal = too_many(HoldRequest(slot(16), courts[0], customer=guest))
    assert (refusal.code, 880 < refusal.retry_after <= 901) == ("too_many_holds", True)
    assert held(courts[0], slot(16, ahead=8), customer=guest).state == "held"
    assert held(courts[1], slot(16), customer=guest).state == "held"


def test_one_more_at_once_than_the_venue_allows_is_refused(courts, guest, stranger):
    for number in range(5):
        held(courts[number % 4], slot(10 + number), customer=guest)
    assert too_many(HoldRequest(slot(18), courts[3], customer=guest)).code == "too_many_holds"
    assert held(courts[3], slot(18), customer=stranger).state == "held"


def test_the_wait_is_until_the_first_of_them_lapses(courts, guest):
    bookings = [held(courts[0], slot(hour), customer=guest) for hour in (10, 12, 14)]
    Booking.objects.filter(pk=bookings[1].pk).update(hold_expires_at=database_now() + timedelta(seconds=60))
    assert 58 <= too_many(HoldRequest(slot(16), courts[0], customer=guest)).retry_after <= 61


def test_what_lapsed_was_finished_or_is_replaced_does_not_count(courts, guest):
    bookings = [held(courts[0], slot(hour), customer=guest) for hour in (10, 12, 14)]
    let_lapse(bookings[0])
    bookings.append(held(courts[0], slot(16), customer=guest))
    lifecycle.submit(bookings[1], GUEST, Actor.of(guest))
    bookings.append(held(courts[0], slot(18), customer=guest))
    too_many(HoldRequest(slot(20), courts[0], customer=guest))
    replacing = frozenset([bookings[-1].pk])
    assert held(courts[0], slot(20), customer=guest, replaces=replacing).state == "held"


def test_a_day_is_the_venues_own(courts, guest):
    for hour in (20, 21, 22):
        held(courts[0], slot(hour), customer=guest)
    too_many(HoldRequest(slot(7), courts[0], customer=guest))
    assert held(courts[0], slot(7, ahead=8), customer=guest).state == "held"


def test_zero_is_without_limit(courts, guest):
    Venue.objects.update(holds_at_once=0, holds_per_day=0)
    for hour in range(7, 23):
        held(courts[0], slot(hour), customer=guest)
    assert Booking.objects.count() == 16


def test_staff_on_somebodys_behalf_are_not_counted(courts, guest, staff):
    for hour in (10, 12, 14):
        held(courts[0], slot(hour), customer=guest)
    assert lifecycle.book_for(HoldRequest(slot(16), courts[0], customer=guest), staff).state == "confirmed"


# --- Guests without an account, on the pages ---


def click(world: World, court: int, hour: int, address: str = "127.0.0.1") -> int:
    """The status of a click on a slot by a browser that has never been here."""
    fields = {"start": at(hour).isoformat(), "minutes": "60", "people": "1"}
    slug = Resource.objects.get(pk=court).slug
    client = Client(headers={"Host": world.host}, REMOTE_ADDR=address)
    answer = client.post(f"/venues/main/{slug}/hold/", fields)
    connection.set_tenant(world.tenant)  # type: ignore[attr-defined]
    if answer.status_code == 429:
        assert 880 < int(answer["Retry-After"]) <= 901
    return answer.status_code


def test_a_guest_who_clears_cookies_does_not_escape(in_alpha, courts):
    """R39: three on one court and day, five in all; then another address gets the next."""
    assert [click(in_alpha, courts[0], hour) for hour in (10, 11, 12, 13)] == [302, 302, 302, 429]
    assert [click(in_alpha, court, 14) for court in courts[1:]] == [302, 302, 429]
    assert Booking.objects.filter(state="held").count() == 5
    assert click(in_alpha, courts[0], 13, "192.0.2.7") == 302


def test_the_address_itself_is_nowhere(in_alpha, courts):
    click(in_alpha, courts[0], 10, "192.0.2.7")
    click(in_alpha, courts[0], 11, "192.0.2.7")
    click(in_alpha, courts[0], 12, "192.0.2.8")
    origins = list(Booking.objects.order_by("start").values_list("origin", flat=True))
    assert [len(origin) for origin in origins] == [64] * 3
    assert origins[0] == origins[1] != origins[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(b::text, '') FROM bookings_booking b")
        assert "192.0.2" not in cursor.fetchone()[0]


def test_digests_differ_from_tenant_to_tenant_and_from_day_to_day(in_alpha, beta, rf, monkeypatch):
    request = rf.get("/", REMOTE_ADDR="192.0.2.7")
    ours = origins.origin_of(request)
    assert origins.origin_of(request) == ours
    connection.set_tenant(beta.tenant)
    assert origins.origin_of(request) != ours
    connection.set_tenant(in_alpha.tenant)
    now = database_now()
    monkeypatch.setattr(origins, "database_now", lambda: now + timedelta(days=1))
    assert origins.origin_of(request) != ours


@pytest.mark.parametrize(
    ("proxies", "forwarded", "same"),
    [
        (0, "198.51.100.1", True),  # nobody's proxy: the header is the visitor's own invention
        (1, "198.51.100.1", False),
        (1, "192.0.2.99, 192.0.2.7", True),  # what came before our proxy's entry is invented
        (2, "192.0.2.7, 10.0.0.1", True),
        (1, "", True),
    ],
)
def test_only_our_own_proxies_are_believed(in_alpha, rf, settings, proxies, forwarded, same):
    settings.PROXIES = proxies
    plain = origins.origin_of(rf.get("/", REMOTE_ADDR="192.0.2.7"))
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert (origins.origin_of(rf.get("/", REMOTE_ADDR="192.0.2.7", **headers)) == plain) == same


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("nonsense", "nonsense", True),
    ],
)
def test_a_network_of_ipv6_is_one_client(in_alpha, rf, first, second, same):
    found = [origins.origin_of(rf.get("/", REMOTE_ADDR=address)) for address in (first, second)]
    assert (found[0] == found[1]) == same
