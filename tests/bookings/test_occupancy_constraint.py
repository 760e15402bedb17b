"""The promise itself, by direct SQL: no two rows of one unit of one resource overlap, and no row slips past (I1)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from bookings.models import Booking, Occupancy
from bookings.states import PaymentState
from tests.bookings.scenes import at, held, slot
from tests.busy import elsewhere, taken_elsewhere
from tests.constraints import refused_by
from venues.models import Closure

INSERT = (
    "INSERT INTO bookings_occupancy (resource_id, unit, during, kind, busy_id)"
    " VALUES (%s, %s, {during}, 'external', %s)"
)


def take(resource_id: int, during: str, unit: int = 0) -> None:
    """Insert a row as SQL would."""
    busy = elsewhere(resource_id, at(10), at(11))
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(during=during), [resource_id, unit, busy.pk])


def span(start: str, end: str, bounds: str = "[)") -> str:
    """A range of times on one day, as SQL."""
    return f"tstzrange('2027-05-03 {start}+02', '2027-05-03 {end}+02', '{bounds}')"


@pytest.mark.parametrize(
    ("start", "end"),
    [("10:00", "11:00"), ("10:30", "10:31"), ("09:00", "10:01"), ("10:59", "12:00"), ("09:00", "12:00")],
)
def test_overlapping_rows_of_one_unit_are_refused(in_alpha, start, end):
    """I1"""
    take(in_alpha.court_1, span("10:00", "11:00"))
    with refused_by("occupancy_no_overlap"):
        take(in_alpha.court_1, span(start, end))
    assert Occupancy.objects.count() == 1


@pytest.mark.parametrize(("start", "end"), [("09:00", "10:00"), ("11:00", "12:00")])
def test_rows_may_touch(in_alpha, start, end):
    """R03"""
    take(in_alpha.court_1, span("10:00", "11:00"))
    take(in_alpha.court_1, span(start, end))
    assert Occupancy.objects.count() == 2


def test_another_resource_and_another_unit_are_another_time(in_alpha):
    take(in_alpha.kayaks, span("10:00", "11:00"), unit=0)
    take(in_alpha.kayaks, span("10:00", "11:00"), unit=1)
    take(in_alpha.court_1, span("10:00", "11:00"))
    assert Occupancy.objects.count() == 3


@pytest.mark.parametrize(
    "during",
    [
        "'empty'",
        span("10:00", "10:00"),
        span("10:00", "11:00", "[]"),
        span("10:00", "11:00", "()"),
        span("10:00", "11:00", "(]"),
        "tstzrange(NULL, '2027-05-03 11:00+02')",
        "tstzrange('2027-05-03 10:00+02', NULL)",
        "tstzrange(NULL, NULL)",
    ],
)
def test_a_range_that_is_empty_endless_or_not_half_open_is_refused(in_alpha, during):
    with refused_by("occupancy_half_open"):
        take(in_alpha.court_1, during)
    assert Occupancy.objects.count() == 0


@pytest.mark.parametrize("infinite", ["tstzrange('2027-05-03', 'infinity')", "tstzrange('-infinity', '2027-05-03')"])
def test_a_range_that_ends_at_infinity_still_collides(in_alpha, infinite):
    """PostgreSQL's `infinity` is a value and not an open end: the constraint sees it."""
    take(in_alpha.court_1, infinite)
    with refused_by("occupancy_no_overlap"):
        take(in_alpha.court_1, infinite)


def test_no_range_at_all_is_refused(in_alpha):
    with pytest.raises(IntegrityError, match="not-null"), transaction.atomic():
        take(in_alpha.court_1, "NULL")
    assert Occupancy.objects.count() == 0


def test_bookings_closures_and_outside_calendars_share_the_constraint(in_alpha):
    """R32"""
    booking = held(in_alpha.court_1, slot(10))
    closure = Closure.objects.create(venue_id=in_alpha.venue, start=at(10), end=at(11), created_at=at(0))
    during = (at(10, 30), at(11, 30))
    with refused_by("occupancy_no_overlap"):
        Occupancy.objects.create(resource_id=in_alpha.court_1, kind="closure", closure=closure, during=during)
    with refused_by("occupancy_no_overlap"):
        taken_elsewhere(in_alpha.court_1, *during)
    with refused_by("occupancy_no_overlap"):
        Occupancy.objects.create(resource_id=in_alpha.court_1, kind="booking", booking=booking, during=during)
    assert Occupancy.objects.count() == 1


@pytest.mark.parametrize("kind", ["booking", "closure", "external", "other"])
@pytest.mark.parametrize("owners", ["", "booking", "closure", "busy", "booking closure", "booking busy"])
def test_a_row_has_the_owner_that_its_kind_says(in_alpha, kind, owners):
    booking = held(in_alpha.court_1, slot(10))
    closure = Closure.objects.create(venue_id=in_alpha.venue, start=at(15), end=at(16), created_at=at(0))
    busy = elsewhere(in_alpha.court_2, at(15), at(16))
    fields = {
        "kind": kind,
        "booking": booking if "booking" in owners else None,
        "closure": closure if "closure" in owners else None,
        "busy": busy if "busy" in owners else None,
        "during": (at(15), at(16)),
    }
    if (kind, owners) in {("booking", "booking"), ("closure", "closure"), ("external", "busy")}:
        Occupancy.objects.create(resource_id=in_alpha.court_2, **fields)
    else:
        with refused_by("occupancy_has_one_owner"):
            Occupancy.objects.create(resource_id=in_alpha.court_2, **fields)


def test_two_bookings_can_change_places_when_the_check_waits_for_the_end(in_alpha):
    """R35"""
    one, other = held(in_alpha.court_1, slot(10)), held(in_alpha.court_1, slot(11))
    places = {row.booking_id: row.during for row in Occupancy.objects.all()}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS occupancy_no_overlap DEFERRED")
    Occupancy.objects.filter(booking=one).update(during=places[other.pk])
    Occupancy.objects.filter(booking=other).update(during=places[one.pk])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS occupancy_no_overlap IMMEDIATE")
    assert {row.booking_id: row.during for row in Occupancy.objects.all()} == {
        one.pk: places[other.pk],
        other.pk: places[one.pk],
    }


def test_a_check_that_waited_is_made_in_the_end(in_alpha):
    """R35"""
    held(in_alpha.court_1, slot(10))
    with refused_by("occupancy_no_overlap"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS occupancy_no_overlap DEFERRED")
        taken_elsewhere(in_alpha.court_1, at(10), at(11))
        assert Occupancy.objects.count() == 2
        cursor.execute("SET CONSTRAINTS occupancy_no_overlap IMMEDIATE")
    assert Occupancy.objects.count() == 1


def test_without_being_asked_the_check_is_made_at_once(in_alpha):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT condeferrable, condeferred FROM pg_constraint"
            " WHERE conname = 'occupancy_no_overlap' AND connamespace = %s::regnamespace",
            [in_alpha.tenant.schema_name],
        )
        assert cursor.fetchall() == [(True, False)]


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("booking_ends_after_start", {"end": at}),
        ("booking_has_people", {"participants": 0}),
        ("booking_state_known", {"state": "lost"}),
        ("booking_payment_known", {"payment_state": "owed"}),
        ("booking_hold_expires", {"hold_expires_at": None}),
        ("booking_pending_for_a_reason", {"state": "pending", "hold_expires_at": None}),
        ("booking_pending_for_a_reason", {"pending_reason": "payment"}),
    ],
)
def test_a_booking_that_makes_no_sense_is_refused(in_alpha, constraint, changes):
    booking = held(in_alpha.court_1, slot(10))
    before = Booking.objects.values().get(pk=booking.pk)
    values = {name: booking.start if value is at else value for name, value in changes.items()}
    with refused_by(constraint):
        Booking.objects.filter(pk=booking.pk).update(**values)
    assert Booking.objects.values().get(pk=booking.pk) == before


def test_every_payment_state_of_the_house_is_known_to_postgresql(in_alpha):
    booking = held(in_alpha.court_1, slot(10))
    for state in PaymentState.values:
        Booking.objects.filter(pk=booking.pk).update(payment_state=state, updated_at=at(0) + timedelta(hours=1))
        assert Booking.objects.get(pk=booking.pk).payment_state == state
