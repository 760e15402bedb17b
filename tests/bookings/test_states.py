"""The table of moves, and every move tried from every state (I7)."""

import pytest

from bookings import cancelling, lifecycle, visits
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingEvent
from bookings.records import Actor
from bookings.states import LIVE, MOVES, WAITING, State, sources
from kernel.errors import Refused
from tests.bookings.scenes import GUEST, HOUR, began, digest, held, slot

STAFF = Actor(BookingEvent.ActorKind.STAFF, 1)


def test_the_moves_are_these_and_no_others():
    allowed = {(before.value, after.value) for before, targets in MOVES.items() for after in targets}
    assert allowed == {
        ("held", "pending"),
        ("held", "confirmed"),
        ("held", "cancelled"),
        ("held", "expired"),
        ("pending", "confirmed"),
        ("pending", "cancelled"),
        ("pending", "expired"),
        ("confirmed", "pending"),
        ("confirmed", "cancelled"),
        ("confirmed", "completed"),
        ("confirmed", "no_show"),
        ("completed", "no_show"),
        ("expired", "confirmed"),
        ("no_show", "confirmed"),
        ("no_show", "completed"),
    }
    assert set(MOVES) == set(State)


def test_sources_are_the_moves_read_backwards():
    for target in State:
        assert sources(target) == {before for before in State if target in MOVES[before]}


def test_only_live_states_take_time_and_only_waiting_ones_end_by_themselves():
    assert {State.HELD, State.PENDING, State.CONFIRMED} == LIVE
    assert {State.HELD, State.PENDING} == WAITING


ACTS = {
    # From `confirmed` to `pending` a change leads, not a submission: test_changes_of_state.py.
    State.PENDING: lambda booking: lifecycle.submit(booking, GUEST, Actor.of(None)),
    State.CONFIRMED: lambda booking: lifecycle.confirm(booking, STAFF),
    State.CANCELLED: lambda booking: cancelling.cancel(booking, STAFF, Cancellation()),
    State.NO_SHOW: lambda booking: visits.mark_no_show(booking, STAFF),
}
NEEDS_TO_HAVE_BEGUN = {State.NO_SHOW}
OTHERS_MOVES = {
    (State.CONFIRMED, State.PENDING),
    (State.EXPIRED, State.CONFIRMED),
    (State.NO_SHOW, State.CONFIRMED),
}
"""Made by a change that costs more, by late money alone (test_late_money.py), and by taking a no-show back."""


def in_state(booking: Booking, state: State) -> Booking:
    """The booking as if it had come into this state, by SQL: the acts under test have no part in it."""
    Booking.objects.filter(pk=booking.pk).update(
        state=state,
        no_show_at=booking.start if state == State.NO_SHOW else None,
        pending_reason="approval" if state == State.PENDING else "",
        hold_expires_at=booking.hold_expires_at if state == State.HELD else None,
    )
    return Booking.objects.get(pk=booking.pk)


def code_of(before: State, target: State) -> str:
    """The code of a move that is not allowed."""
    if target == State.CANCELLED:
        return "not_cancellable"
    return "hold_expired" if before == State.EXPIRED and target != State.NO_SHOW else "wrong_state"


def ripe(in_alpha, target: State) -> Booking:
    """A hold whose time has come for a move to a state: no-shows are known once it has begun, all else before."""
    return under_way(in_alpha) if target in NEEDS_TO_HAVE_BEGUN else held(in_alpha.court_1, slot(10))


def under_way(in_alpha) -> Booking:
    """A hold on Court 1 of a booking that began half an hour ago and has half an hour to go."""
    booking = held(in_alpha.court_1, slot(10))
    began(booking, HOUR / 2)
    return booking


@pytest.mark.parametrize("target", ACTS)
@pytest.mark.parametrize("before", State)
def test_an_act_moves_a_booking_if_the_table_says_so_and_else_changes_nothing(in_alpha, before, target):
    """I7"""
    booking = in_state(ripe(in_alpha, target), before)
    events, rows = BookingEvent.objects.count(), digest()
    if target in MOVES[before] and (before, target) not in OTHERS_MOVES:
        after = ACTS[target](booking)
        assert after.state == Booking.objects.get(pk=booking.pk).state == target
        assert BookingEvent.objects.count() == events + 1
        last = BookingEvent.objects.latest("pk")
        assert (last.from_state, last.to_state) == (before, target)
    elif before == target and target != State.PENDING:
        assert ACTS[target](booking).state == target
        assert digest() == rows
    else:
        with pytest.raises(Refused) as refused:
            ACTS[target](booking)
        assert refused.value.code == code_of(before, target)
        assert digest() == rows


@pytest.mark.parametrize("state", State)
def test_time_completes_what_was_confirmed_and_expires_what_was_not(in_alpha, state):
    """I7. The booking is over, and its hold too."""
    booking = under_way(in_alpha)
    began(booking, 3 * HOUR)
    Booking.objects.filter(pk=booking.pk).update(hold_expires_at=Booking.objects.get(pk=booking.pk).start)
    booking = in_state(Booking.objects.get(pk=booking.pk), state)
    lifecycle.let_time_pass(booking.pk)
    moved = {State.HELD: State.EXPIRED, State.PENDING: State.EXPIRED, State.CONFIRMED: State.COMPLETED}
    assert Booking.objects.get(pk=booking.pk).state == moved.get(state, state)
    rows = digest()
    lifecycle.let_time_pass(booking.pk)
    assert digest() == rows


@pytest.mark.parametrize("state", State)
def test_time_does_nothing_before_it_is_due(in_alpha, state):
    booking = in_state(held(in_alpha.court_1, slot(10)), state)
    rows = digest()
    lifecycle.let_time_pass(booking.pk)
    assert digest() == rows


def test_time_passes_a_booking_that_is_gone(in_alpha):
    rows = digest()
    lifecycle.let_time_pass(Booking().pk)
    assert digest() == rows


def test_a_no_show_cannot_be_known_before_the_start(in_alpha):
    booking = in_state(held(in_alpha.court_1, slot(10)), State.CONFIRMED)
    rows = digest()
    with pytest.raises(Refused) as refused:
        visits.mark_no_show(booking, STAFF)
    assert refused.value.code == "too_early"
    assert digest() == rows
