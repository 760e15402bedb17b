"""How many queries the hot paths take, with no bookings and with two thousand; and which index serves them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings import availability, claims, lifecycle
from bookings.facts import Window
from bookings.models import Booking, Occupancy
from bookings.requests import HoldRequest
from schemas.clock import database_now
from tests.bookings.scenes import at, held, resource_in, slot
from tests.busy import elsewhere
from venues.models import Resource, Venue

CONTROL = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "BEGIN", "COMMIT", "SET search_path")


@contextmanager
def counting() -> Iterator[list[str]]:
    """Statements but those that only begin and end transactions, or enter a schema."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield found
    found.extend(query["sql"] for query in queries if not query["sql"].startswith(CONTROL))


@pytest.fixture
def twenty(in_alpha) -> list[int]:
    """Twenty resources in the main venue."""
    venue = Venue.objects.get(pk=in_alpha.venue)
    here = Resource.objects.filter(venue=venue).count()
    for number in range(20 - here):
        resource_in(venue, f"more-{number}")
    return list(Resource.objects.filter(venue=venue).order_by("pk").values_list("pk", flat=True))


@pytest.fixture(params=[0, 2000], ids=["no bookings", "2000 bookings"])
def crowd(request, in_alpha, twenty) -> int:
    """So many confirmed bookings at noon and later, around the days that the tests ask about."""
    fill(twenty, request.param)
    return request.param


def fill(resource_ids: list[int], count: int) -> None:
    """Confirmed bookings, one after the other on each resource, from noon of the day that the tests ask about."""
    now, noon = database_now(), at(12)
    agreed = {"state": "confirmed", "payment_state": "unpaid", "created_at": now, "updated_at": now}
    agreed |= {"price_per_unit_minor": 1, "pricing_unit": "hour", "total_minor": 1}
    agreed |= {"currency": "EUR", "time_zone": "Europe/Berlin"}
    bookings, rows = [], []
    for number in range(count):
        resource_id, turn = resource_ids[number % len(resource_ids)], number // len(resource_ids)
        start = noon + timedelta(hours=turn)
        booking = Booking(
            id=uuid.uuid4(),
            reference_code=f"BK-{number}",
            resource_id=resource_id,
            start=start,
            end=start + timedelta(hours=1),
            **agreed,
        )
        bookings.append(booking)
        rows.append(Occupancy(resource_id=resource_id, kind="booking", booking=booking, during=(start, booking.end)))
    Booking.objects.bulk_create(bookings)
    Occupancy.objects.bulk_create(rows)


def test_a_day_of_a_resource_takes_three_queries(in_alpha, crowd):
    now, day = database_now(), at(12).date()
    with counting() as statements:
        known = availability.read([in_alpha.court_1], Window(day, day), now)[in_alpha.court_1]
        free = list(known.free(60))
    assert len(statements) == 3
    assert len(free) == (31 if crowd == 0 else 9)


def test_a_month_of_a_venue_of_twenty_resources_takes_three_queries(in_alpha, twenty, crowd):
    """librebooking#522, #370, cal.diy#5277."""
    now, day = database_now(), at(12).date()
    with counting() as statements:
        known = availability.read(twenty, Window(day, day + timedelta(days=30)), now)
        total = sum(1 for facts in known.values() for _wish in facts.free(60))
    assert len(known) == 20
    assert len(statements) == 3
    # Two courts with a start every half hour, eighteen others with one every hour, from 7 to 22.
    assert (total == 31 * (2 * 31 + 18 * 16)) == (crowd == 0)


def test_the_api_s_day_takes_four_queries(in_alpha, api, crowd):
    """The caller's token, the resources with the clock, the hours, what is taken."""
    path = f"/api/v1/availability/?resource={in_alpha.court_1}&date={at(12).date()}"
    client = api("guest")
    client.get(path)
    with counting() as statements:
        answer = client.get(path)
    assert answer.status_code == 200
    assert len(statements) <= 4, statements


def test_the_api_s_month_takes_six_queries(in_alpha, api, crowd):
    path = f"/api/v1/availability/calendar/?venue={in_alpha.venue}&month={at(12):%Y-%m}"
    client = api("guest")
    client.get(path)
    with counting() as statements:
        answer = client.get(path)
    assert answer.status_code == 200
    assert len(statements) <= 6, statements


def test_a_guest_s_hold_takes_eleven_queries(in_alpha, crowd):
    period = slot(9)
    with counting() as statements:
        held(in_alpha.court_1, period)
    assert len(statements) == 11, statements


def test_a_hold_that_waited_for_its_locks_looks_once_more(in_alpha, monkeypatch):
    """Two questions more: the bookable resource again, and what is taken."""
    monkeypatch.setattr(claims, "A_WAIT", -1)
    with counting() as statements:
        held(in_alpha.court_1, slot(9))
    assert len(statements) == 13, statements


def test_a_hold_of_a_service_takes_thirteen_queries(in_alpha, crowd):
    request = HoldRequest(slot(9), product_id=in_alpha.tennis)
    with counting() as statements:
        lifecycle.hold(request)
    assert len(statements) == 13, statements


@pytest.mark.parametrize(("key", "most"), [(None, 13), ("once", 15)])
def test_holding_a_slot_over_http_takes_at_most_thirteen_queries(in_alpha, api, crowd, key, most):
    """A slot that is to be paid online, with its price lines and the customer's caps; with a key, two more."""
    Resource.objects.filter(pk=in_alpha.court_1).update(pays_online=True, needs_approval=False)
    client = api("guest", **({"HTTP_IDEMPOTENCY_KEY": key} if key else {}))
    client.get("/api/v1/bookings/")
    body = {
        "resource": in_alpha.court_1,
        "start_datetime": at(9).isoformat(),
        "end_datetime": at(10).isoformat(),
        "participant_count": 2,
    }
    with counting() as statements:
        answer = client.post("/api/v1/bookings/", body)
    assert answer.status_code == 201
    assert len(statements) <= most, statements


def test_what_is_taken_is_found_by_the_index_of_the_constraint(in_alpha, twenty):
    """A year of busy times on twenty resources: a day of the venue is read without a scan."""
    now, day = database_now(), at(12).date()
    busy = elsewhere(in_alpha.court_1, now, now + timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bookings_occupancy (resource_id, unit, during, kind, busy_id)"
            " SELECT r, 0, tstzrange(t, t + interval '1 hour'), 'external', %s"
            " FROM unnest(%s) r, generate_series(%s, %s, interval '6 hours') t",
            [busy.pk, twenty, now - timedelta(days=100), now + timedelta(days=265)],
        )
        cursor.execute("ANALYZE bookings_occupancy")
    with CaptureQueriesContext(connection) as queries:
        availability.read(twenty, Window(day, day), now)
    asked = next(query["sql"] for query in queries if 'FROM "bookings_occupancy"' in query["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT TEXT) {asked}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "occupancy_no_overlap" in plan, plan
    assert "Seq Scan on bookings_occupancy" not in plan
