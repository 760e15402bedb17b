"""Rules that staff set aside: only those of the house, no more than it takes, and with their reason in the record."""

from datetime import timedelta

import pytest

from bookings import cancelling, changes, lifecycle, overrides
from bookings.agreed import Change
from bookings.cancelling import Cancellation
from bookings.facts import Reason
from bookings.lifecycle import OnBehalf
from bookings.models import Booking, BookingChange
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest
from bookings.states import CancelReason
from kernel.errors import Forbidden, Invalid, Refused
from kernel.periods import Period
from tests.bookings.scenes import HOUR, at, confirmed, digest, slot
from tests.worlds import World

BECAUSE = "Anna from the club asked on the phone"
NIGHT = Reason.CLOSED


def at_night(world: World) -> HoldRequest:
    """Court 2 at three in the morning."""
    start = at(3)
    return HoldRequest(Period(start, start + HOUR), resource_id=world.court_2, contact=Contact("Nora Night"))


def kept(booking: Booking) -> list[tuple[str, str, str]]:
    """What the record says of rules that were set aside: field, after, to which state."""
    rows = BookingChange.objects.filter(event__booking=booking, field__startswith="overruled").order_by("pk")
    return list(rows.values_list("field", "after", "event__to_state"))


def test_a_booking_against_the_rules_is_kept_with_its_reason(in_alpha: World, staff: Actor) -> None:
    rules = frozenset({NIGHT})
    booking = lifecycle.book_for(at_night(in_alpha), staff, rules, OnBehalf(overruled_because=f" {BECAUSE} "))
    assert kept(booking) == [("overruled", "closed", "confirmed"), ("overruled_because", BECAUSE, "confirmed")]


def test_a_move_against_the_rules_is_kept_with_its_reason(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    wanted = Change(start=at(3), end=at(4), overrules=frozenset({NIGHT}), overruled_because=BECAUSE)
    moved = changes.change(booking, wanted, staff)
    assert moved.start == at(3)
    assert kept(booking) == [("overruled", "closed", "confirmed"), ("overruled_because", BECAUSE, "confirmed")]
    changes.change(booking, wanted, staff)
    assert len(kept(booking)) == 2


def test_no_more_rules_are_set_aside_than_it_takes(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)

    def attempt(rules: frozenset[Reason]) -> int:
        wanted = Change(start=at(3), end=at(3) + timedelta(minutes=37), overrules=rules)
        return changes.preview(booking, wanted, staff).booking.total_minor

    before = digest()
    _total, rules = overrides.needed(attempt)
    assert rules == {Reason.CLOSED, Reason.DURATION}
    assert digest() == before
    assert overrides.needed(len) == (0, frozenset())


def test_what_is_taken_stays_taken_whatever_is_set_aside(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    confirmed(in_alpha.court_2, slot(20), staff)
    before = digest()

    def attempt(rules: frozenset[Reason]) -> object:
        everything = rules | frozenset(Reason)
        return changes.change(booking, Change(at(20), at(21), overrules=everything, overruled_because=BECAUSE), staff)

    with pytest.raises(Refused) as refused:
        overrides.needed(attempt)
    assert refused.value.code == "booked"
    assert digest() == before


def test_customers_set_nothing_aside(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    before = digest()
    with pytest.raises(Forbidden):
        changes.change(booking, Change(start=at(3), end=at(4), overrules=frozenset({NIGHT})), Actor.of(None))
    assert digest() == before


def test_whoever_sets_rules_aside_says_why() -> None:
    overrides.check_says_why(frozenset(), "")
    overrides.check_says_why(frozenset({NIGHT}), BECAUSE)
    with pytest.raises(Invalid) as refused:
        overrides.check_says_why(frozenset({NIGHT}), "  ")
    assert refused.value.code == "reason_required"


def test_a_fee_that_is_waived_is_kept_with_its_reason(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    why = Cancellation(CancelReason.USER_REQUEST, fee_minor=0, fee_because=BECAUSE)
    gone = cancelling.cancel(booking, staff, why)
    assert (gone.state, gone.fee_minor) == ("cancelled", 0)
    rows = BookingChange.objects.filter(event__booking=booking, field="fee_because").values_list("before", "after")
    assert list(rows) == [("", BECAUSE)]
