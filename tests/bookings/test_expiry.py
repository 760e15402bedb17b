"""A hold is a predicate on the database's clock: no worker, no task and no luck is needed for it to be over (I9)."""

from datetime import timedelta

import pytest

from bookings import cancelling, lifecycle
from bookings.models import Booking, Occupancy
from bookings.records import Actor
from kernel.errors import Refused
from schemas.clock import database_now
from tests.bookings.scenes import (
    GUEST,
    digest,
    facts,
    held,
    let_lapse,
    slot,
    story,
    units_of,
)
from venues.models import Resource


def test_expired_hold_frees_the_slot_with_all_workers_stopped(in_alpha, guest):
    """I9

    Asked for in cal.diy#2170, padelcampus#41.
    """
    old = held(in_alpha.court_1, slot(10), customer=guest)
    with pytest.raises(Refused, match="held"):
        held(in_alpha.court_1, slot(10))
    let_lapse(old)
    new = held(in_alpha.court_1, slot(10))
    old.refresh_from_db()
    assert (old.state, old.hold_expires_at) == ("expired", None)
    assert story(old) == [("", "held", "customer", guest.pk, ""), ("held", "expired", "system", None, "time ran out")]
    assert list(Occupancy.objects.values_list("booking_id", flat=True)) == [new.pk]


def test_a_hold_is_over_in_the_very_instant_that_it_names(in_alpha):
    booking = held(in_alpha.court_1, slot(10))
    court, day = Resource.objects.get(pk=in_alpha.court_1), slot(10).start.date()
    wish = next(w for w in facts(court, day, booking.created_at).wishes(60) if w.period == slot(10))
    just_before = booking.hold_expires_at - timedelta(microseconds=1)
    assert facts(court, day, just_before).reason(wish) == "held"
    assert facts(court, day, booking.hold_expires_at).reason(wish) is None


def test_only_the_lapsed_holds_that_stand_in_the_way_are_tidied_up(in_alpha):
    in_the_way, elsewhere = held(in_alpha.court_1, slot(10)), held(in_alpha.court_1, slot(15))
    other_court = held(in_alpha.court_2, slot(10))
    for booking in (in_the_way, elsewhere, other_court):
        let_lapse(booking)
    held(in_alpha.court_1, slot(10))
    states = dict(Booking.objects.values_list("pk", "state"))
    assert (states[in_the_way.pk], states[elsewhere.pk], states[other_court.pk]) == ("expired", "held", "held")


def test_a_lapsed_hold_of_a_whole_goes_altogether_when_a_part_is_taken(in_alpha):
    whole = held(in_alpha.hall, slot(10))
    let_lapse(whole)
    part = held(in_alpha.half_a, slot(10))
    assert Booking.objects.get(pk=whole.pk).state == "expired"
    assert list(Occupancy.objects.values_list("booking_id", "resource_id")) == [(part.pk, in_alpha.half_a)]
    held(in_alpha.half_b, slot(10))


def test_lapsed_holds_of_parts_make_way_for_the_whole(in_alpha):
    parts = [held(in_alpha.half_a, slot(10)), held(in_alpha.half_b, slot(10, minutes=120))]
    for part in parts:
        let_lapse(part)
    whole = held(in_alpha.hall, slot(10))
    assert set(Booking.objects.exclude(pk=whole.pk).values_list("state", flat=True)) == {"expired"}
    assert Occupancy.objects.count() == Occupancy.objects.filter(booking=whole).count() == 3


def test_a_lapsed_hold_whose_buffer_alone_is_in_the_way_makes_way_too(in_alpha):
    Resource.objects.filter(pk=in_alpha.court_1).update(buffer_after_minutes=60)
    old = held(in_alpha.court_1, slot(10))
    let_lapse(old)
    held(in_alpha.court_1, slot(11))
    assert Booking.objects.get(pk=old.pk).state == "expired"


def test_a_lapsed_hold_on_one_unit_frees_that_unit(in_alpha):
    holds = [held(in_alpha.kayaks, slot(10)) for _ in range(3)]
    let_lapse(holds[1])
    assert units_of(held(in_alpha.kayaks, slot(10))) == [1]


@pytest.mark.parametrize("act", ["submit", "confirm", "cancel"])
def test_a_lapsed_hold_can_no_longer_become_anything(in_alpha, staff, act):
    """R13, R16"""
    booking = held(in_alpha.court_1, slot(10))
    let_lapse(booking)
    before = digest()
    acts = {
        "submit": lambda: lifecycle.submit(booking, GUEST, Actor.of(None)),
        "confirm": lambda: lifecycle.confirm(booking, staff),
        "cancel": lambda: cancelling.cancel(booking, staff, cancelling.Cancellation()),
    }
    with pytest.raises(Refused) as refused:
        acts[act]()
    assert refused.value.code == ("not_cancellable" if act == "cancel" else "hold_expired")
    assert digest() == before


def test_the_clock_tidies_up_a_lapsed_hold_once(in_alpha):
    booking = held(in_alpha.court_1, slot(10))
    let_lapse(booking)
    for _ in range(3):
        lifecycle.let_time_pass(booking.pk)
    booking.refresh_from_db()
    assert booking.state == "expired"
    assert Occupancy.objects.count() == 0
    assert len(story(booking)) == 2


def test_the_clock_leaves_a_hold_alone_that_was_confirmed_in_time(in_alpha, staff):
    """R16"""
    booking = lifecycle.confirm(held(in_alpha.court_1, slot(10)), staff)
    before = digest()
    lifecycle.let_time_pass(booking.pk)
    assert digest() == before
    assert booking.hold_expires_at is None


def test_a_pending_booking_keeps_its_slot_until_it_starts(in_alpha):
    booking = lifecycle.submit(held(in_alpha.court_1, slot(10)), GUEST, Actor.of(None))
    with pytest.raises(Refused, match="booked"):
        held(in_alpha.court_1, slot(10))
    now = database_now()
    Booking.objects.filter(pk=booking.pk).update(start=now - timedelta(seconds=1), end=now + timedelta(hours=1))
    lifecycle.let_time_pass(booking.pk)
    booking.refresh_from_db()
    assert (booking.state, booking.pending_reason) == ("expired", "")
    assert Occupancy.objects.count() == 0
    assert story(booking)[-1] == ("pending", "expired", "system", None, "time ran out")
