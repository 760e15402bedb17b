"""What giving up costs. Pure: the terms that were agreed, the booking's figures and a moment in, a fee out.

Of the steps that fit the customer's groups and the reason, those that name both count before those that
name one (a reason before a group), and those before steps for everybody. Among equals the one with the
most `minutes_before` that are still left counts; of several groups, the kindest. Where no step is left,
everything is charged; for weather, where the policy does not speak of it, nothing. Time is real time:
24 hours before is 24 hours before, whatever the clocks do. docs/cancellation.md has worked examples whose
figures are run as tests.
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


def outcome(terms: Agreed, booking: Booking, reason: str, now: datetime) -> Outcome:
    """What cancelling costs at a moment, for the reason given. Once it has begun, what it cost at the start."""
    if now < min(booking.start, grace_ends(terms, booking)):
        return Outcome(0, 0, is_grace=True)
    left = max(timedelta(), elapsed(now, booking.fee_counts_to))
    return charged(step(terms.steps, left, booking, reason), booking)


def charged(found: Step, booking: Booking) -> Outcome:
    """What a step costs. A fixed fee cannot be taken from prepaid hours: it keeps them all."""
    return Outcome(fee(found, booking), FULL if found.fee_minor else found.percent)


def grace_ends(terms: Agreed, booking: Booking) -> datetime:
    """Until then everything comes back, as long as the booking has not started."""
    return booking.created_at + terms.grace_minutes * MINUTE


def step(steps: Iterable[Step], left: timedelta, booking: Booking, reason: str) -> Step:
    """The step that counts with so much time left; `ALL` where none does."""
    for_them = fitting(steps, booking, reason)
    if reason == CancelReason.WEATHER and not any(found.reason for found in for_them):
        return NOTHING
    still = [found for found in for_them if found.minutes_before * MINUTE <= left]
    return max(
        still,
        key=lambda found: (found.specificity, found.minutes_before, -fee(found, booking), -found.percent),
        default=ALL,
    )


def fitting(steps: Iterable[Step], booking: Booking, reason: str) -> list[Step]:
    """The steps for this customer and reason."""
    groups = {None, *booking.groups}
    return [found for found in steps if found.group_id in groups and found.reason in {"", reason}]


def fee(found: Step, booking: Booking) -> int:
    """The fee of a step in minor units: never more than the price."""
    total = booking.total_minor
    step_of_money = booking.resource.venue.rounding_minor
    amount = rounded(Fraction(total * found.percent, FULL), step_of_money) + found.fee_minor
    if found.keeps_deposit:
        amount = max(amount, booking.deposit_minor)
    return min(amount, total)


def no_show(terms: Agreed, booking: Booking) -> Outcome:
    """What staying away costs."""
    return charged(Step(0, percent=terms.no_show_percent), booking)


@dataclass(frozen=True, slots=True)
class Rung:
    """What cancelling costs until an instant, which counts in. The last one reaches to the start."""

    until: datetime
    minutes_before: int
    outcome: Outcome


def ladder(terms: Agreed, booking: Booking, reason: str) -> list[Rung]:
    """The terms as this customer meets them for a reason, from long before to the start; grace apart."""
    found: list[Rung] = []
    for minutes in sorted(
        {0, *(known.minutes_before for known in fitting(terms.steps, booking, reason))}, reverse=True
    ):
        until = booking.fee_counts_to - minutes * MINUTE if minutes else booking.start
        here = charged(step(terms.steps, minutes * MINUTE, booking, reason), booking)
        if found and found[-1].outcome == here:
            found.pop()
        found.append(Rung(until, minutes, here))
    return found


def changes(terms: Agreed, booking: Booking, reason: str, now: datetime) -> list[datetime]:
    """The instants to come, in order, after which cancelling may cost something else."""
    edges = {rung.until for rung in ladder(terms, booking, reason)}
    edges.add(min(booking.start, grace_ends(terms, booking)))
    return sorted(edge for edge in edges if edge >= now)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What giving up does with the money, in minor units.

    `refund_minor` of what was paid comes back, `credit_back_minor` to the gift credit; `owed_minor` of the
    fee is still to be paid. `hours_kept`: basis points of the prepaid minutes that are lost.
    """

    fee_minor: int
    refund_minor: int
    credit_back_minor: int
    owed_minor: int
    hours_kept: int
    is_grace: bool = False

    @property
    def figures(self) -> str:
        """The money on one line: what somebody agrees to who was shown it."""
        money = (self.fee_minor, self.refund_minor, self.credit_back_minor, self.owed_minor, self.hours_kept)
        return "/".join(map(str, money))


def settlement(booking: Booking, found: Outcome) -> Settlement:
    """Gift credit pays the fee first, then what was paid; the rest goes back where it came from."""
    credit_kept = min(booking.credit_minor, found.fee_minor)
    paid_kept = min(booking.here_minor, found.fee_minor - credit_kept)
    return Settlement(
        fee_minor=found.fee_minor,
        refund_minor=booking.here_minor - paid_kept,
        credit_back_minor=booking.credit_minor - credit_kept,
        owed_minor=found.fee_minor - credit_kept - paid_kept,
        hours_kept=found.hours_kept,
        is_grace=found.is_grace,
    )
