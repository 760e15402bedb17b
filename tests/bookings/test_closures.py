"""The owner takes time out, and gives it back (R32)."""

from dataclasses import replace

import pytest

from accounts.models import User
from bookings import cancelling, closures, lifecycle
from bookings.cancelling import Cancellation
from bookings.closures import ClosureRequest, block_out, reopen
from bookings.models import Booking, Occupancy
from kernel.errors import NotFound, Refused
from kernel.periods import Period, merged
from tenants.models import Tenant
from tests.bookings.scenes import (
    at,
    confirmed,
    digest,
    held,
    let_lapse,
    resource_in,
    slot,
    units_of,
)
from tests.busy import taken_elsewhere
from venues.models import Closure, Resource, Venue


@pytest.fixture
def request_for(in_alpha):
    """Makes requests to close something of Alpha's main venue."""
    venue = Venue.objects.get(pk=in_alpha.venue)

    def request(resource_id: int | None, hour: int, minutes: int = 60) -> ClosureRequest:
        return ClosureRequest(venue, slot(hour, minutes=minutes), resource_id)

    return request


def closed(resource_id: int) -> list[tuple[int, object, object]]:
    """Unit, start and end of what closures take from a resource."""
    rows = Occupancy.objects.filter(resource=resource_id, kind="closure").order_by("unit", "during")
    return [(row.unit, row.during.lower, row.during.upper) for row in rows]


def refused(act: object, *args: object) -> Refused:
    """The refusal of an act that changes nothing."""
    before = digest()
    with pytest.raises(Refused) as caught:
        act(*args)  # type: ignore[operator]
    assert digest() == before
    return caught.value


def test_a_closure_takes_its_time_from_one_resource(in_alpha, request_for):
    owner = User.objects.get(pk=in_alpha.users["owner"])
    closure = block_out(replace(request_for(in_alpha.court_1, 10), reason="New floor", user=owner))
    assert (closure.start, closure.end, closure.reason) == (at(10), at(11), "New floor")
    assert (closure.created_by_id, closure.resource_id, closure.venue_id) == (
        owner.pk,
        in_alpha.court_1,
        in_alpha.venue,
    )
    assert closed(in_alpha.court_1) == [(0, at(10), at(11))]
    assert Occupancy.objects.count() == 1
    with pytest.raises(Refused, match="closure"):
        held(in_alpha.court_1, slot(10))
    assert held(in_alpha.court_2, slot(10)).state == "held"
    assert held(in_alpha.court_1, slot(11)).state == "held"


def test_bookings_in_the_way_are_listed_and_nothing_is_closed(in_alpha, request_for, staff):
    """R32"""
    second = confirmed(in_alpha.court_1, slot(11), staff)
    first = held(in_alpha.court_1, slot(10))
    confirmed(in_alpha.court_1, slot(12), staff)
    refusal = refused(block_out, request_for(in_alpha.court_1, 10, 120))
    assert refusal.code == "closure_conflicts"
    assert refusal.extra == {
        "bookings": [
            {
                "id": str(booking.pk),
                "reference_code": booking.reference_code,
                "resource": in_alpha.court_1,
                "start_datetime": booking.start.isoformat(),
                "end_datetime": booking.end.isoformat(),
            }
            for booking in (first, second)
        ]
    }


def test_a_buffer_in_the_way_is_a_conflict_too(in_alpha, request_for):
    Resource.objects.filter(pk=in_alpha.court_1).update(buffer_after_minutes=30)
    held(in_alpha.court_1, slot(9))
    assert refused(block_out, request_for(in_alpha.court_1, 10)).code == "closure_conflicts"


def test_a_hold_that_is_over_is_no_conflict(in_alpha, request_for):
    """I9"""
    booking = held(in_alpha.court_1, slot(10))
    let_lapse(booking)
    block_out(request_for(in_alpha.court_1, 10))
    assert Booking.objects.get(pk=booking.pk).state == "expired"
    assert closed(in_alpha.court_1) == [(0, at(10), at(11))]


def test_what_was_cancelled_is_no_conflict(in_alpha, request_for, staff):
    cancelling.cancel(confirmed(in_alpha.court_1, slot(10), staff), staff, Cancellation())
    block_out(request_for(in_alpha.court_1, 10))
    assert closed(in_alpha.court_1) == [(0, at(10), at(11))]


def test_a_whole_is_closed_with_its_parts(in_alpha, request_for):
    block_out(request_for(in_alpha.hall, 10))
    for resource_id in (in_alpha.hall, in_alpha.half_a, in_alpha.half_b):
        assert closed(resource_id) == [(0, at(10), at(11))]
        with pytest.raises(Refused, match="closure"):
            held(resource_id, slot(10))


def test_a_closed_part_closes_the_whole_and_not_the_other_part(in_alpha, request_for):
    block_out(request_for(in_alpha.half_a, 10))
    assert (closed(in_alpha.half_a), closed(in_alpha.hall)) == ([(0, at(10), at(11))], [])
    with pytest.raises(Refused, match="closure"):
        held(in_alpha.hall, slot(10))
    assert held(in_alpha.half_b, slot(10)).state == "held"


def test_a_booking_of_the_whole_is_in_the_way_of_closing_a_part(in_alpha, request_for):
    whole = held(in_alpha.hall, slot(10))
    refusal = refused(block_out, request_for(in_alpha.half_b, 10))
    assert [booking["id"] for booking in refusal.extra["bookings"]] == [str(whole.pk)]


def test_a_pool_is_closed_unit_by_unit_and_one_booking_is_in_the_way(in_alpha, request_for):
    block_out(request_for(in_alpha.kayaks, 10))
    assert closed(in_alpha.kayaks) == [(unit, at(10), at(11)) for unit in range(3)]
    held(in_alpha.kayaks, slot(12))
    assert refused(block_out, request_for(in_alpha.kayaks, 12)).code == "closure_conflicts"


def test_a_venue_is_closed_with_all_that_is_in_it_and_nothing_else(in_alpha, request_for):
    """easyappointments#432, CommonsBooking_1#87, commonsbooking#920 (hundreds of entries by hand)."""
    closure = block_out(request_for(None, 10))
    assert closure.resource_id is None
    inside = Resource.objects.filter(venue=in_alpha.venue)
    taken = set(Occupancy.objects.values_list("resource_id", "unit"))
    assert taken == {(resource.pk, unit) for resource in inside for unit in range(resource.units)}
    assert held(in_alpha.annex_room, slot(10)).state == "held"


def test_one_booking_anywhere_is_in_the_way_of_closing_the_venue(in_alpha, request_for):
    held(in_alpha.kayaks, slot(10))
    assert refused(block_out, request_for(None, 10)).code == "closure_conflicts"


def test_overlapping_closures_share_the_time(in_alpha, request_for):
    block_out(request_for(in_alpha.court_1, 10, 120))
    block_out(request_for(in_alpha.court_1, 11, 120))
    block_out(request_for(in_alpha.court_1, 9, 300))
    assert closed(in_alpha.court_1) == [
        (0, at(9), at(10)),
        (0, at(10), at(12)),
        (0, at(12), at(13)),
        (0, at(13), at(14)),
    ]


def test_a_closure_goes_around_the_busy_times_of_outside_calendars(in_alpha, request_for):
    taken_elsewhere(in_alpha.court_1, at(10), at(11))
    block_out(request_for(in_alpha.court_1, 9, 180))
    assert closed(in_alpha.court_1) == [(0, at(9), at(10)), (0, at(11), at(12))]


@pytest.mark.parametrize("first_gone", [True, False])
def test_what_one_of_two_closures_covers_stays_closed_when_the_other_goes(in_alpha, request_for, first_gone):
    one = block_out(request_for(in_alpha.court_1, 10, 120))
    other = block_out(request_for(in_alpha.court_1, 11, 120))
    gone, kept = (one, other) if first_gone else (other, one)
    reopen(gone)
    taken = [Period(start, end) for _unit, start, end in closed(in_alpha.court_1)]
    assert sum(period.minutes for period in taken) == 120
    assert merged(taken) == [Period(kept.start, kept.end)]
    assert list(Closure.objects.all()) == [kept]
    reopen(kept)
    assert Occupancy.objects.count() == 0


def test_reopening_the_venue_leaves_a_court_closed_that_was_closed_by_itself(in_alpha, request_for):
    whole = block_out(request_for(None, 10, 120))
    block_out(request_for(in_alpha.hall, 11, 120))
    reopen(whole)
    assert closed(in_alpha.court_1) == []
    for resource_id in (in_alpha.hall, in_alpha.half_a, in_alpha.half_b):
        spans = closed(resource_id)
        assert (min(start for _unit, start, _end in spans), max(end for _unit, _start, end in spans)) == (
            at(11),
            at(13),
        )


def test_reopening_a_court_leaves_it_closed_with_the_venue(in_alpha, request_for):
    court = block_out(request_for(in_alpha.court_1, 10))
    block_out(request_for(None, 10))
    reopen(court)
    assert closed(in_alpha.court_1) == [(0, at(10), at(11))]


def test_what_was_opened_again_can_be_booked(in_alpha, request_for):
    reopen(block_out(request_for(in_alpha.court_1, 10)))
    assert held(in_alpha.court_1, slot(10)).state == "held"


def test_reopening_works_though_the_pool_has_grown_and_been_booked_meanwhile(in_alpha, request_for):
    """The closures that remain cover what they can; the booking of the new unit stays."""
    gone, kept = block_out(request_for(in_alpha.kayaks, 10)), block_out(request_for(in_alpha.kayaks, 10, 120))
    Resource.objects.filter(pk=in_alpha.kayaks).update(units=4)
    booking = held(in_alpha.kayaks, slot(11))
    assert units_of(booking) == [3]
    reopen(gone)
    assert closed(in_alpha.kayaks)[-1] == (3, at(10), at(11))
    assert Booking.objects.get(pk=booking.pk).state == "held"
    assert list(Closure.objects.all()) == [kept]


def test_a_closure_can_be_taken_back_once(in_alpha, request_for):
    closure = block_out(request_for(in_alpha.court_1, 10))
    copy = Closure.objects.get(pk=closure.pk)
    reopen(closure)
    refusal = refused(reopen, copy)
    assert (type(refusal), refusal.code) == (NotFound, "not_found")


def test_the_resource_of_another_venue_cannot_be_closed(in_alpha, request_for):
    for resource_id in (in_alpha.annex_room, 10**9):
        assert refused(block_out, request_for(resource_id, 10)).code == "not_found"


def test_a_suspended_tenant_closes_nothing(in_alpha, request_for):
    """R34"""
    Tenant.objects.filter(pk=in_alpha.tenant.pk).update(state="suspended")
    assert refused(block_out, request_for(in_alpha.court_1, 10)).code == "tenant_closed"


def test_a_venue_without_resources_can_be_closed(in_alpha):
    empty = Venue.objects.create(name="Empty", slug="empty", time_zone="Europe/Berlin", currency="EUR")
    closure = block_out(ClosureRequest(empty, slot(10)))
    resource_in(empty, "later")
    reopen(closure)
    assert (Closure.objects.count(), Occupancy.objects.count()) == (0, 0)


def test_the_locks_are_those_of_a_booking():
    """R32: both go through the same door."""
    assert closures.claims.lock is lifecycle.claims.lock
