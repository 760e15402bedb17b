"""One booking as it stands in the day: how it stands with time and money, and what may be done about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bookings import visits
from bookings.cancelling import can_cancel
from bookings.models import Booking
from bookings.records import Actor
from bookings.states import PendingReason, State
from bookings.views.amounts import written
from bookings.views.settled import Money, money_of
from bookings.views.words import Words, state_at, words_for
from kernel.periods import elapsed_minutes

SOON = timedelta(hours=2)
COMES = frozenset({State.CONFIRMED, State.PENDING, State.HELD})


@dataclass(frozen=True)
class Row:
    """`late` are minutes since the start of a confirmed booking with which nobody has come yet; 0 for all others.

    `takes` is what is to be taken at the desk, as forms write it; `is_soon`: it has begun, or does within `SOON`.
    """

    booking: Booking
    state: State
    words: Words
    money: Money
    late: int
    may_check_in: bool
    may_undo_check_in: bool
    may_mark_no_show: bool
    may_undo_no_show: bool
    may_answer: bool
    may_cancel: bool
    takes: str
    is_soon: bool

    @property
    def is_here(self) -> bool:
        """Whether they have checked in."""
        return self.booking.checked_in_at is not None

    @property
    def is_live(self) -> bool:
        """Whether somebody comes, or is to be asked for money."""
        return self.state in COMES

    @property
    def is_over(self) -> bool:
        """Whether it is of the past: done, given up, or nobody came."""
        return self.state not in COMES

    @property
    def owes(self) -> bool:
        """Whether something is still to be paid."""
        return self.booking.owed_minor > 0

    @property
    def has_acts(self) -> bool:
        """Whether there is anything to do about it."""
        return any((self.may_check_in, self.may_undo_check_in, self.may_mark_no_show, self.may_undo_no_show,
                    self.may_answer, self.may_cancel, self.takes))  # fmt: skip


def row_of(booking: Booking, now: datetime, staff: Actor, may_act: bool) -> Row:
    """The row of a booking that was read with its resource and venue; no query. `may_act`: they run its venue."""
    state = state_at(booking, now)
    is_here = booking.checked_in_at is not None
    runs_now = state == State.CONFIRMED and booking.start <= now
    return Row(
        booking=booking,
        state=state,
        words=words_for(booking, now),
        money=money_of(booking),
        late=elapsed_minutes(booking.start, now) if runs_now and not is_here else 0,
        may_check_in=may_act and state == State.CONFIRMED and not is_here and now >= booking.start - visits.DOORS_OPEN,
        may_undo_check_in=may_act and state == State.CONFIRMED and is_here,
        may_mark_no_show=may_act and not is_here and (runs_now or state == State.COMPLETED),
        may_undo_no_show=may_act and _is_reversible(booking, now),
        may_answer=may_act and state == State.PENDING and booking.pending_reason == PendingReason.APPROVAL,
        may_cancel=may_act and can_cancel(booking, staff, now),
        takes=_takes(booking) if may_act else "",
        is_soon=booking.start <= now + SOON,
    )


def _is_reversible(booking: Booking, now: datetime) -> bool:
    marked = booking.no_show_at
    return booking.state == State.NO_SHOW and marked is not None and now <= marked + visits.REVERSIBLE_FOR


def _takes(booking: Booking) -> str:
    """What is to be taken for it at the desk, as forms write it; empty where nothing is."""
    waits = booking.pending_reason == PendingReason.APPROVAL or booking.state in {State.HELD, State.EXPIRED}
    if not booking.owed_minor or waits:
        return ""
    return written(booking.owed_minor, booking.currency)
