"""Taking a slot: what is written, how long it lasts, and every way to be refused without a trace."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from bookings import lifecycle
from bookings.models import Booking, Occupancy
from bookings.requests import Contact, HoldRequest
from kernel.errors import Refused
from kernel.periods import Period
from schemas.clock import database_now
from tenants.models import DueWork, Tenant
from tests.bookings.scenes import (
    at,
    confirmed,
    digest,
    held,
    resource_in,
    slot,
    story,
    units_of,
)
from tests.busy import taken_elsewhere
from venues.models import Closure, OpeningHours, Rate, Resource, Venue


def refusal(request: HoldRequest) -> str:
    """The code with which a hold is refused; every row is as it was."""
    before = digest()
    with pytest.raises(Refused) as refused:
        lifecycle.hold(request)
    assert digest() == before
    return refused.value.code


def ask(resource_id: int, period: Period) -> HoldRequest:
    """A guest's request."""
    return HoldRequest(period=period, resource_id=resource_id)


def test_a_hold_lasts_fifteen_minutes_by_the_clock_of_the_database(in_alpha):
    before = database_now()
    booking = held(in_alpha.court_1, slot(10))
    after = database_now()
    assert before <= booking.created_at <= after
    assert booking.hold_expires_at == booking.created_at + timedelta(minutes=15)
    assert DueWork.objects.filter(object_id=str(booking.pk)).values_list(
        "schema_name", "kind", "due_at", "attempts", "is_dead"
    ).get() == (in_alpha.tenant.schema_name, "booking_clock", booking.hold_expires_at, 0, False)


def test_a_hold_writes_what_was_asked_and_what_was_agreed(in_alpha, guest):
    contact = Contact("Gina", "gina@example.org", "+49 89 1")
    booking = held(
        in_alpha.court_1, slot(10, minutes=90), customer=guest, contact=contact, participants=3, notes="Net, please"
    )
    booking = Booking.objects.get(pk=booking.pk)
    assert (booking.state, booking.payment_state, booking.pending_reason) == ("held", "unpaid", "")
    assert (booking.start, booking.end) == (at(10), at(11, 30))
    assert (booking.resource_id, units_of(booking), booking.product_id) == (in_alpha.court_1, [0], None)
    assert (booking.customer_id, booking.participants, booking.notes) == (guest.pk, 3, "Net, please")
    assert (booking.name, booking.email, booking.phone) == ("Gina", "gina@example.org", "+49 89 1")
    assert (booking.price_per_unit_minor, booking.pricing_unit, booking.total_minor) == (2500, "hour", 3750)
    assert (booking.currency, booking.time_zone) == ("EUR", "Europe/Berlin")
    assert (booking.confirmed_at, booking.paid_at, booking.cancelled_at) == (None, None, None)
    assert story(booking) == [("", "held", "customer", guest.pk, "")]


def test_what_costs_nothing_needs_no_payment(in_alpha):
    Rate.objects.filter(resource=in_alpha.court_1).update(amount_minor=0)
    assert held(in_alpha.court_1, slot(10)).payment_state == "not_required"


def test_buffers_are_in_the_occupancy_and_not_in_the_booking(in_alpha):
    Resource.objects.filter(pk=in_alpha.court_1).update(buffer_before_minutes=10, buffer_after_minutes=20)
    booking = held(in_alpha.court_1, slot(10))
    row = Occupancy.objects.get(booking=booking)
    assert (row.during.lower, row.during.upper) == (at(9, 50), at(11, 20))
    assert (booking.start, booking.end) == (at(10), at(11))


def test_a_hold_of_a_whole_takes_its_parts_and_a_hold_of_a_part_the_part_alone(in_alpha):
    whole = held(in_alpha.hall, slot(10))
    part = held(in_alpha.half_a, slot(12))
    assert set(Occupancy.objects.filter(booking=whole).values_list("resource_id", flat=True)) == {
        in_alpha.hall,
        in_alpha.half_a,
        in_alpha.half_b,
    }
    assert list(Occupancy.objects.filter(booking=part).values_list("resource_id", flat=True)) == [in_alpha.half_a]


def test_whole_and_part_exclude_each_other_and_two_parts_do_not(in_alpha):
    held(in_alpha.half_a, slot(10))
    assert refusal(ask(in_alpha.hall, slot(10))) == "held"
    held(in_alpha.half_b, slot(10))
    held(in_alpha.hall, slot(11))
    assert refusal(ask(in_alpha.half_b, slot(11))) == "held"


def test_a_pool_is_taken_unit_by_unit_until_it_is_empty(in_alpha):
    assert [units_of(held(in_alpha.kayaks, slot(10))) for _ in range(3)] == [[0], [1], [2]]
    assert refusal(ask(in_alpha.kayaks, slot(10))) == "held"
    assert units_of(held(in_alpha.kayaks, slot(11))) == [0]


def test_bookings_may_touch(in_alpha):
    """R03"""
    held(in_alpha.court_1, slot(10))
    held(in_alpha.court_1, slot(11))
    held(in_alpha.court_1, slot(9))
    assert Occupancy.objects.filter(resource=in_alpha.court_1).count() == 3


def test_every_reason_is_the_code_of_its_refusal(in_alpha, staff):
    venue = Venue.objects.get(pk=in_alpha.venue)
    court = resource_in(
        venue, "strict", capacity=4, lead_minutes=3 * 1440, horizon_days=30, buffer_after_minutes=30, grid_minutes=30
    )
    confirmed(court.pk, slot(12), staff)
    held(court.pk, slot(15))
    Closure.objects.create(venue=venue, resource=court, start=at(18), end=at(19), created_at=at(0))
    Occupancy.objects.create(resource=court, kind="closure", closure=Closure.objects.get(), during=(at(18), at(19)))
    taken_elsewhere(court.pk, at(20), at(21))
    wishes = {
        "closed": ask(court.pk, slot(3)),
        "lead_time": ask(court.pk, slot(10, ahead=2)),
        "too_far": ask(court.pk, slot(10, ahead=31)),
        "granularity": ask(court.pk, slot(10, 15)),
        "duration": ask(court.pk, slot(10, minutes=75)),
        "capacity": replace(ask(court.pk, slot(10)), participants=5),
        "closure": ask(court.pk, slot(18)),
        "booked": ask(court.pk, slot(12)),
        "held": ask(court.pk, slot(15)),
        "external_calendar": ask(court.pk, slot(20)),
        "buffer": ask(court.pk, slot(13)),
    }
    assert {code: refusal(request) for code, request in wishes.items()} == {code: code for code in wishes}


@pytest.mark.parametrize("years", [1, 50])
def test_a_booking_of_years_is_refused_for_its_length(in_alpha, years):
    assert refusal(ask(in_alpha.court_1, slot(10, minutes=years * 525_600))) == "duration"


def test_nobody_can_book_for_nobody(in_alpha):
    assert refusal(replace(ask(in_alpha.court_1, slot(10)), participants=0)) == "capacity"


def test_what_does_not_exist_is_not_active_or_has_no_price_is_unknown(in_alpha):
    """R34"""
    assert refusal(ask(10**9, slot(10))) == "resource_unknown"
    Rate.objects.filter(resource=in_alpha.court_1).delete()
    assert refusal(ask(in_alpha.court_1, slot(10))) == "resource_unknown"
    Resource.objects.filter(pk=in_alpha.court_2).update(is_active=False)
    assert refusal(ask(in_alpha.court_2, slot(10))) == "resource_unknown"
    Venue.objects.filter(pk=in_alpha.annex).update(is_active=False)
    assert refusal(ask(in_alpha.annex_room, slot(10))) == "resource_unknown"
    assert refusal(HoldRequest(period=slot(10))) == "resource_required"


@pytest.mark.parametrize("state", ["suspended", "leaving", "creating"])
def test_a_tenant_that_is_not_open_takes_no_holds(in_alpha, state):
    """R34"""
    Tenant.objects.filter(pk=in_alpha.tenant.pk).update(state=state)
    assert refusal(ask(in_alpha.court_1, slot(10))) == "tenant_closed"


def test_everything_that_decides_is_read_after_the_lock(in_alpha):
    """R33, R34: what changed while a hold waited for its turn is seen."""
    with CaptureQueriesContext(connection) as queries:
        held(in_alpha.court_1, slot(10))
    order = [
        next(number for number, query in enumerate(queries) if part in query["sql"])
        for part in (
            "FOR NO KEY UPDATE",
            "tenants_tenant",
            "venues_rate",
            "venues_openinghours",
            'FROM "bookings_occupancy"',
            'INSERT INTO "bookings_booking"',
            'INSERT INTO "bookings_occupancy"',
            'INSERT INTO "bookings_bookingevent"',
        )
    ]
    assert order == sorted(order)


def test_locks_are_taken_in_order_of_id_for_the_whole_family_at_once(in_alpha):
    """R06"""
    with CaptureQueriesContext(connection) as queries:
        held(in_alpha.hall, slot(10))
    locks = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert len(locks) == 1
    assert locks[0].startswith('SELECT "venues_resource"."id" AS "pk" FROM')
    assert locks[0].endswith('ORDER BY 1 ASC FOR NO KEY UPDATE OF "venues_resource"')


def test_later_changes_of_price_zone_and_currency_leave_the_booking_as_agreed(in_alpha):
    """R33"""
    booking = held(in_alpha.court_1, slot(10))
    before = Booking.objects.values().get(pk=booking.pk)
    Rate.objects.filter(resource=in_alpha.court_1).update(amount_minor=9900, unit="person")
    Venue.objects.filter(pk=in_alpha.venue).update(currency="JPY", time_zone="Asia/Tokyo", name="Elsewhere")
    Resource.objects.filter(pk=in_alpha.court_1).update(buffer_after_minutes=60, name="Renamed")
    assert Booking.objects.values().get(pk=booking.pk) == before
    assert (before["price_per_unit_minor"], before["total_minor"], before["currency"]) == (2500, 2500, "EUR")


def test_a_changed_price_is_the_price_of_the_next_booking(in_alpha):
    """R33"""
    Rate.objects.filter(resource=in_alpha.court_1).update(amount_minor=9900)
    assert held(in_alpha.court_1, slot(10)).total_minor == 9900


def test_shorter_hours_refuse_new_holds_and_leave_old_ones_alone(in_alpha):
    """R33"""
    booking = held(in_alpha.court_1, slot(20))
    OpeningHours.objects.filter(venue=in_alpha.venue).update(closes=time(18))
    assert refusal(ask(in_alpha.court_2, slot(20))) == "closed"
    assert Booking.objects.get(pk=booking.pk).state == "held"


def test_the_two_tenants_book_the_same_ids_at_the_same_time(in_alpha, beta):
    """T11"""
    period = slot(16)
    held(in_alpha.court_1, period)
    with tenant_context(beta.tenant):
        assert held(beta.court_1, period).currency == "USD"
        assert Booking.objects.count() == 1
    assert Booking.objects.count() == 1
