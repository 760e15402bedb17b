"""Busy times elsewhere take what is free; over a booking they are a conflict, and the booking stays."""

import pytest

from bookings import cancelling, changes, closures
from bookings.agreed import Change
from bookings.busy import FIT
from bookings.calendars import fitting
from bookings.cancelling import Cancellation
from bookings.closures import ClosureRequest
from bookings.facts import Reason, Wish
from bookings.models import Booking, BookingEvent, BusyTime, CalendarConflict, CalendarCopy, Connection, Occupancy
from schemas.clock import database_now
from schemas.current import current_schema
from tenants.models import DueWork
from tests.bookings.scenes import HOUR, at, confirmed, facts, held, let_lapse, resource_in, slot
from tests.bookings.waiting import offer, wait
from tests.busy import elsewhere
from venues.models import Resource, Venue


def taken(resource_id: int) -> list[tuple[int, object, object]]:
    """Unit, start and end of what calendars elsewhere take from a resource."""
    rows = Occupancy.objects.filter(resource=resource_id, kind="external").order_by("unit", "during")
    return [(row.unit, row.during.lower, row.during.upper) for row in rows]


def conflicts() -> list[tuple[int, object]]:
    """Open conflicts: busy time and booking."""
    return list(CalendarConflict.objects.filter(settled_at=None).values_list("busy", "booking").order_by("busy"))


def gone(busy: BusyTime) -> None:
    """The event is not in its calendar any more."""
    BusyTime.objects.filter(pk=busy.pk).update(is_gone=True)


def told() -> None:
    """Hand on what happened, and do what that has scheduled for resources."""
    for event in BookingEvent.objects.order_by("pk"):
        fitting.on_event(event)
    works = DueWork.objects.filter(kind=FIT, schema_name=current_schema())
    for name in works.values_list("object_id", flat=True):
        fitting.fit(int(name))
    works.delete()


def test_a_busy_time_takes_what_is_free_and_says_so_to_whoever_asks(in_alpha):
    court = in_alpha.court_1
    elsewhere(court, at(10), at(12))
    assert fitting.fit(court) == 1
    assert taken(court) == [(0, at(10), at(12))]
    assert fitting.fit(court) == 0
    resource = Resource.objects.get(pk=court)
    known = facts(resource, at(10).date(), database_now())
    assert known.reason(Wish(slot(11))) == Reason.EXTERNAL_CALENDAR
    assert known.reason(Wish(slot(12))) is None


def test_over_a_booking_it_takes_the_free_parts_and_is_a_conflict(in_alpha, staff):
    """R48: the booking stays as it is."""
    court = in_alpha.court_1
    booking = confirmed(court, slot(11), staff)
    before = Booking.objects.filter(pk=booking.pk).values().get()
    busy = elsewhere(court, at(10), at(13))
    fitting.fit(court)
    assert taken(court) == [(0, at(10), at(11)), (0, at(12), at(13))]
    assert conflicts() == [(busy.pk, booking.pk)]
    assert Booking.objects.filter(pk=booking.pk).values().get() == before
    assert fitting.fit(court) == 0
    assert conflicts() == [(busy.pk, booking.pk)]


def test_a_booking_that_is_cancelled_leaves_its_time_to_the_busy_time(in_alpha, staff):
    court = in_alpha.court_1
    booking = confirmed(court, slot(11), staff)
    elsewhere(court, at(11), at(12))
    fitting.fit(court)
    cancelling.cancel(booking, staff, Cancellation())
    told()
    assert taken(court) == [(0, at(11), at(12))]
    assert conflicts() == []


def test_a_booking_that_moves_away_is_no_conflict_any_more(in_alpha, staff):
    court = in_alpha.court_1
    booking = confirmed(court, slot(11), staff)
    elsewhere(court, at(11), at(12))
    fitting.fit(court)
    changes.change(booking, Change(start=at(15)), staff)
    told()
    assert taken(court) == [(0, at(11), at(12))]
    assert conflicts() == []


def test_a_hold_that_is_over_leaves_its_time_at_once(in_alpha):
    court = in_alpha.court_1
    hold = held(court, slot(11))
    elsewhere(court, at(11), at(12))
    fitting.fit(court)
    assert len(conflicts()) == 1
    let_lapse(hold)
    fitting.fit(court)
    assert taken(court) == [(0, at(11), at(12))]
    assert conflicts() == []
    assert Booking.objects.get(pk=hold.pk).state == "expired"


def test_what_is_gone_there_gives_its_time_back_and_is_forgotten(in_alpha, staff):
    court = in_alpha.court_1
    confirmed(court, slot(11), staff)
    busy = elsewhere(court, at(10), at(13))
    fitting.fit(court)
    gone(busy)
    fitting.fit(court)
    assert taken(court) == []
    assert conflicts() == []
    assert not BusyTime.objects.filter(pk=busy.pk).exists()


def test_of_two_that_overlap_the_other_takes_what_the_one_gives_back(in_alpha):
    court = in_alpha.court_1
    first, _second = elsewhere(court, at(10), at(12)), elsewhere(court, at(11), at(13))
    fitting.fit(court)
    assert taken(court) == [(0, at(10), at(12)), (0, at(12), at(13))]
    gone(first)
    fitting.fit(court)
    assert taken(court) == [(0, at(11), at(12)), (0, at(12), at(13))]


def test_a_busy_time_that_moved_takes_its_new_time(in_alpha):
    court = in_alpha.court_1
    busy = elsewhere(court, at(10), at(12))
    fitting.fit(court)
    BusyTime.objects.filter(pk=busy.pk).update(start=at(11), end=at(14))
    fitting.fit(court)
    assert taken(court) == [(0, at(11), at(14))]


def test_every_unit_of_a_pool_is_taken_but_those_that_are_booked(in_alpha):
    pool = resource_in(Venue.objects.get(pk=in_alpha.venue), "bikes", units=3)
    booking = held(pool.pk, slot(10))
    busy = elsewhere(pool.pk, at(10), at(11))
    fitting.fit(pool.pk)
    assert taken(pool.pk) == [(1, at(10), at(11)), (2, at(10), at(11))]
    assert conflicts() == [(busy.pk, booking.pk)]


def test_a_calendar_of_a_venue_takes_time_of_each_resource(in_alpha):
    connection = elsewhere(in_alpha.court_1, at(10), at(11)).connection
    Connection.objects.filter(pk=connection.pk).update(resource=None, venue=in_alpha.venue)
    places = list(Resource.objects.filter(venue=in_alpha.venue).values_list("pk", flat=True))
    for place in places:
        fitting.fit(place)
    assert len(places) > 1
    assert {tuple(taken(place)[:1]) for place in places} == {((0, at(10), at(11)),)}


def test_our_own_event_that_comes_back_takes_nothing(in_alpha, staff):
    """R48: no loop. A copy whose name was learnt late gives back what it took."""
    court = in_alpha.court_1
    booking = confirmed(court, slot(11), staff)
    busy = elsewhere(court, at(11), at(13))
    fitting.fit(court)
    assert len(conflicts()) == 1
    CalendarCopy.objects.create(connection=busy.connection, booking=booking, remote_id=busy.remote_id)
    fitting.fit(court)
    assert taken(court) == []
    assert conflicts() == []


def test_a_closure_that_is_taken_back_leaves_its_time_to_the_busy_time(in_alpha):
    court = in_alpha.court_1
    wanted = ClosureRequest(Venue.objects.get(pk=in_alpha.venue), slot(10), court)
    closure = closures.block_out(wanted)
    elsewhere(court, at(10), at(12))
    fitting.fit(court)
    assert taken(court) == [(0, at(11), at(12))]
    closures.reopen(closure)
    assert taken(court) == [(0, at(10), at(11)), (0, at(11), at(12))]


def test_a_buffer_alone_is_no_conflict(in_alpha, staff):
    court = resource_in(Venue.objects.get(pk=in_alpha.venue), "buffered", buffer_after_minutes=30)
    booking = confirmed(court.pk, slot(10), staff)
    elsewhere(court.pk, at(11), at(12))
    fitting.fit(court.pk)
    assert conflicts() == []
    row = booking.occupancies.get()
    assert taken(court.pk) == [(0, row.during.upper, at(12))]


def test_what_is_read_no_more_gives_all_back(in_alpha):
    court = in_alpha.court_1
    busy = elsewhere(court, at(10), at(12))
    fitting.fit(court)
    fitting.let_go(busy.connection, database_now())
    assert taken(court) == []
    assert BusyTime.objects.count() == 0


@pytest.mark.parametrize("units", [1, 40])
def test_a_thousand_busy_times_are_fitted_in_parts(in_alpha, units, monkeypatch):
    """No transaction holds a resource for more than a hundred busy times, or a thousand rows."""
    court = resource_in(Venue.objects.get(pk=in_alpha.venue), "full", units=units)
    busy = elsewhere(court.pk, at(0), at(0) + HOUR)
    BusyTime.objects.bulk_create(
        BusyTime(
            connection=busy.connection,
            key=f"more-{number}",
            remote_id=f"more-{number}",
            start=at(0) + number * HOUR,
            end=at(0) + (number + 1) * HOUR,
            seen_at=database_now(),
        )
        for number in range(1, 260)
    )
    sizes: list[int] = []
    write = fitting.busy.write
    monkeypatch.setattr(fitting.busy, "write", lambda fixes, now: (sizes.append(len(fixes)), write(fixes, now))[1])
    assert fitting.fit(court.pk) == 260
    assert max(sizes) == (100 if units == 1 else 25)
    assert len(taken(court.pk)) == 260 * units


def test_who_waits_is_served_when_an_event_is_gone_and_not_before(in_alpha, guest):
    court = in_alpha.court_1
    busy = elsewhere(court, at(11), at(12))
    fitting.fit(court)
    entry = wait(guest, court, slot(11))
    fitting.fit(court)
    assert offer(entry) is None
    gone(busy)
    fitting.fit(court)
    assert (offer(entry).start, offer(entry).end) == (at(11), at(12))
    assert taken(court) == []


def test_time_that_a_booking_gives_back_is_the_calendars_before_somebodys_who_waits(in_alpha, guest, staff):
    court = in_alpha.court_1
    booking = confirmed(court, slot(11), staff)
    elsewhere(court, at(11), at(12))
    fitting.fit(court)
    entry = wait(guest, court, slot(11))
    cancelling.cancel(booking, staff, Cancellation())
    assert offer(entry) is None
    assert taken(court) == [(0, at(11), at(12))]
    assert conflicts() == []
