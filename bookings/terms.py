"""What giving up costs. Pure: the terms that were agreed, the booking's figures and a moment in, a fee out.

Of the steps that fit the customer's groups and the reason, those that name both count before those that
name one (a reason before a group), and those before steps for everybody. Among equals the one with the
most `minutes_before` that are still left counts; of several groups, the kindest. Where no step is left,
everything is charged. Time is real time: 24 hours before is 24 hours before, whatever the clocks do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from bookings.models import Booking
from bookings.states import CancelReason
from kernel.money import rounded
from kernel.periods import elapsed
from venues.models import FULL, CancellationPolicy

MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Step:
    """`CancellationStep` as data: fee of `percent` basis points plus `fee_minor`."""

    minutes_before: int
    percent: int = 0
    fee_minor: int = 0
    keeps_deposit: bool = False
    group_id: int | None = None
    reason: str = ""

    @property
    def specificity(self) -> tuple[bool, bool]:
        """What it names: a reason weighs more than a group."""
        return (bool(self.reason), self.group_id is not None)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A cancellation policy as data."""

    steps: tuple[Step, ...]
    grace_minutes: int = 0
    no_show_percent: int = FULL


STANDARD = Agreed(steps=(Step(DAY_MINUTES), Step(0, reason=CancelReason.WEATHER)))
"""Free until 24 hours before the start, nothing back after that; for weather, which only staff declare, free.

Bookings without a policy were agreed on these terms: never change them, make a policy.
"""

ALL = Step(0, percent=FULL)
NOTHING = Step(0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cancellation costs: the fee in minor units, and which part of prepaid hours is kept (basis points)."""

    fee_minor: int
    hours_kept: int
    is_grace: bool = False


def agreed(booking: Booking) -> Agreed:
    """The terms of a booking: its policy's, or the standard ones. One query where there is a policy."""
    return of_policy(booking.policy) if booking.policy_id and booking.policy else STANDARD


def of_policy(policy: CancellationPolicy) -> Agreed:
    """A policy as data."""
    steps = tuple(
        Step(step.minutes_before, step.percent, step.fee_minor, step.keeps_deposit, step.group_id, step.reason)
        for step in policy.steps.all()
    )
    return Agreed(steps, policy.grace_minutes, policy.no_show_percent)


def outcome(terms: Agreed, booking: Booking, reason: CancelReason, now: datetime) -> Outcome:
    """What cancelling costs at a moment, for the reason given."""
    if now < booking.start and now < booking.created_at + terms.grace_minutes * MINUTE:
        return Outcome(0, 0, is_grace=True)
    found = step(terms.steps, elapsed(now, booking.start), frozenset(booking.groups), reason)
    return Outcome(fee(found, booking), FULL if found.fee_minor else found.percent)


def step(steps: Iterable[Step], left: timedelta, groups: frozenset[int], reason: str) -> Step:
    """The step that counts with so much time left; `ALL` where none does."""
    fitting = [
        found
        for found in steps
        if found.minutes_before * MINUTE <= left and found.group_id in {None, *groups} and found.reason in {"", reason}
    ]
    if not fitting:
        return ALL
    return max(fitting, key=lambda found: (found.specificity, found.minutes_before, -found.percent, -found.fee_minor))


def fee(found: Step, booking: Booking) -> int:
    """The fee of a step in minor units: never more than the price."""
    charged = rounded(Fraction(booking.total_minor * found.percent, FULL)) + found.fee_minor
    if found.keeps_deposit:
        charged = max(charged, booking.deposit_minor)
    return min(charged, booking.total_minor)


def no_show_fee(terms: Agreed, booking: Booking) -> int:
    """What staying away costs."""
    return rounded(Fraction(booking.total_minor * terms.no_show_percent, FULL))
