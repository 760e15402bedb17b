"""Giving time back: once, with one answer, and not too late."""

from datetime import timedelta

import pytest

from bookings import cancelling, lifecycle
from bookings.cancelling import Cancellation, can_cancel
from bookings.models import Booking, Occupancy
from bookings.records import SYSTEM, Actor
from bookings.states import CancelReason
from kernel.errors import Refused
from schemas.clock import database_now
from tests.bookings.scenes import GUEST, HOUR, began, confirmed, digest, held, let_lapse, slot, story


def test_a_cancelled_booking_frees_its_slot_at_once(in_alpha, guest, staff):
    booking = confirmed(in_alpha.hall, slot(10), staff)
    cancelling.cancel(booking, Actor.of(guest), Cancellation(CancelReason.OTHER, "Rain"))
    booking.refresh_from_db()
    assert (booking.state, booking.cancel_reason, booking.cancel_notes) == ("cancelled", "other", "Rain")
    assert booking.cancelled_at == booking.updated_at
    assert Occupancy.objects.count() == 0
    assert story(booking)[-1] == ("confirmed", "cancelled", "customer", guest.pk, "other")
    assert held(in_alpha.half_a, slot(10)).state == "held"


def test_a_second_cancel_answers_with_the_first_one_s_result(in_alpha, guest, staff):
    """R28, R29"""
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    first = cancelling.cancel(booking, Actor.of(guest), Cancellation(CancelReason.USER_REQUEST, "Rain"))
    before = digest()
    second = cancelling.cancel(booking, staff, Cancellation(CancelReason.OTHER, "Sun"))
    assert (second.cancelled_at, second.cancel_reason, second.cancel_notes) == (
        first.cancelled_at,
        "user_request",
        "Rain",
    )
    assert digest() == before


@pytest.mark.parametrize("stage", ["held", "pending", "confirmed"])
def test_every_live_booking_can_be_cancelled_before_it_starts(in_alpha, guest, staff, stage):
    booking = held(in_alpha.court_1, slot(10), customer=guest)
    if stage != "held":
        booking = lifecycle.submit(booking, GUEST, Actor.of(guest))
    if stage == "confirmed":
        booking = lifecycle.confirm(booking, staff)
    assert can_cancel(booking, Actor.of(guest), database_now())
    booking = cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert (booking.state, booking.pending_reason, booking.hold_expires_at) == ("cancelled", "", None)
    assert story(booking)[-1] == (stage, "cancelled", "customer", guest.pk, "user_request")


def test_customers_and_guests_cannot_cancel_once_it_has_begun_and_staff_can_until_it_is_over(in_alpha, guest, staff):
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    began(booking, HOUR / 2)
    for actor in (Actor.of(guest), Actor.of(None), SYSTEM):
        before = digest()
        with pytest.raises(Refused) as refused:
            cancelling.cancel(booking, actor, Cancellation())
        assert refused.value.code == "not_cancellable"
        assert digest() == before
    assert cancelling.cancel(booking, staff, Cancellation()).state == "cancelled"


def test_nobody_can_cancel_what_is_over(in_alpha, staff):
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    began(booking, 2 * HOUR)
    before = digest()
    with pytest.raises(Refused) as refused:
        cancelling.cancel(booking, staff, Cancellation())
    assert refused.value.code == "not_cancellable"
    assert digest() == before


def test_can_cancel_changes_at_the_instants_of_start_and_end(in_alpha, guest, staff):
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    tick = timedelta(microseconds=1)
    customer = Actor.of(guest)
    assert [can_cancel(booking, customer, booking.start + offset) for offset in (-tick, timedelta())] == [True, False]
    assert [can_cancel(booking, staff, booking.end + offset) for offset in (-tick, timedelta())] == [True, False]


def test_a_lapsed_hold_is_not_cancelled_but_over(in_alpha, guest):
    booking = held(in_alpha.court_1, slot(10), customer=guest)
    let_lapse(booking)
    assert not can_cancel(Booking.objects.get(pk=booking.pk), Actor.of(guest), database_now())
