"""What happened to a booking: written once, with who did it, and never again touched (I7)."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from bookings import cancelling, lifecycle, visits
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingEvent
from bookings.records import SYSTEM, Actor
from bookings.states import MOVES, State
from tests.bookings.scenes import GUEST, HOUR, began, confirmed, held, let_lapse, slot, story


def test_a_life_is_told_once_in_order_and_with_everybody_s_name(in_alpha, guest, staff):
    booking = held(in_alpha.court_1, slot(10), customer=guest)
    lifecycle.submit(booking, GUEST, Actor.of(guest))
    lifecycle.confirm(booking, staff)
    began(booking, 2 * HOUR)
    lifecycle.let_time_pass(booking.pk)
    visits.mark_no_show(booking, staff)
    assert story(booking) == [
        ("", "held", "customer", guest.pk, ""),
        ("held", "pending", "customer", guest.pk, ""),
        ("pending", "confirmed", "staff", staff.user_id, ""),
        ("confirmed", "completed", "system", None, ""),
        ("completed", "no_show", "staff", staff.user_id, ""),
    ]
    moments = list(BookingEvent.objects.filter(booking=booking).order_by("pk").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert moments[0] == booking.created_at
    assert moments[-1] == Booking.objects.get(pk=booking.pk).updated_at


@pytest.mark.parametrize(
    ("role", "kind"),
    [("owner", "staff"), ("manager", "staff"), ("front_desk", "staff"), ("accountant", "staff"), ("guest", "customer")],
)
def test_an_actor_is_staff_or_a_customer_by_role(in_alpha, role, kind):
    user = User.objects.get(pk=in_alpha.users[role])
    assert Actor.of(user) == Actor(BookingEvent.ActorKind(kind), user.pk)
    assert Actor.of(user).is_staff == (kind == "staff")


def test_nobody_is_a_guest_and_the_system_is_neither(in_alpha):
    assert Actor.of(None) == Actor(BookingEvent.ActorKind.GUEST)
    assert (Actor.of(None).is_staff, SYSTEM.is_staff) == (False, False)


@pytest.mark.parametrize(
    "statement", ["UPDATE bookings_bookingevent SET why = 'x'", "DELETE FROM bookings_bookingevent"]
)
def test_postgresql_refuses_to_change_the_record(in_alpha, statement):
    """I7"""
    booking = held(in_alpha.court_1, slot(10))
    before = story(booking)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert story(booking) == before


def test_a_booking_with_a_record_cannot_be_deleted(in_alpha):
    booking = held(in_alpha.court_1, slot(10))
    erasing = "SET CONSTRAINTS ALL IMMEDIATE; DELETE FROM bookings_occupancy; DELETE FROM bookings_booking"
    with pytest.raises(DatabaseError, match="bookingevent"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(erasing)
    assert Booking.objects.filter(pk=booking.pk).exists()


def test_a_person_who_is_erased_stays_a_number_in_the_record(in_alpha, stranger):
    booking = held(in_alpha.court_1, slot(10), customer=stranger)
    number = stranger.pk
    stranger.delete()
    assert story(booking) == [("", "held", "customer", number, "")]
    assert Booking.objects.get(pk=booking.pk).customer_id is None


def test_every_record_replays_to_the_state_of_its_booking_by_allowed_moves_only(in_alpha, staff):
    """I7"""
    resource = in_alpha.court_1
    lapsed = held(resource, slot(8))
    let_lapse(lapsed)
    held(resource, slot(8))
    lifecycle.submit(held(resource, slot(9)), GUEST, Actor.of(None))
    confirmed(resource, slot(10), staff)
    cancelling.cancel(confirmed(resource, slot(11), staff), staff, Cancellation())
    cancelling.cancel(held(resource, slot(11)), staff, Cancellation())
    over, missed, stood_up = (confirmed(resource, slot(hour), staff) for hour in (12, 13, 14))
    for booking in (over, missed, stood_up):
        began(booking, 2 * HOUR)
    lifecycle.let_time_pass(over.pk)
    lifecycle.let_time_pass(missed.pk)
    visits.mark_no_show(missed, staff)
    visits.mark_no_show(stood_up, staff)
    assert Booking.objects.count() == 9
    assert {booking.state for booking in Booking.objects.all()} == {state.value for state in State}
    for booking in Booking.objects.all():
        state = ""
        for before, after, *_who in story(booking):
            assert before == state
            assert not before or State(after) in MOVES[State(before)]
            state = after
        assert state == booking.state
