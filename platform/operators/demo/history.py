"""What happened to an entry of the diary up to now, step by step, as the lifecycle would have done it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bookings.models import BookingEvent
from bookings.states import CancelReason, State
from operators.demo.demand import Crowd
from operators.demo.diary import Channel, Entry, Fate

Who = BookingEvent.ActorKind

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
USUAL_LEAD_DAYS = 5.0
LONGEST_LEAD = 25 * DAY
GRACE = 20 * MINUTE
"""After so much of it has passed without anybody, a booking is a no-show."""

BY = {Channel.ACCOUNT: Who.CUSTOMER, Channel.GUEST: Who.GUEST, Channel.DESK: Who.STAFF}


@dataclass(frozen=True)
class Step:
    """A move: when, to which state, by whom, and why."""

    at: datetime
    state: State
    by: BookingEvent.ActorKind
    why: str = ""


def history(entry: Entry, crowd: Crowd, now: datetime, rng: Random) -> list[Step]:
    """The steps, oldest first: at least the hold. All lie before `now` and follow `bookings.states.MOVES`."""
    steps = _booked(entry, now, rng)
    if entry.fate is Fate.CANCELS:
        return [*steps, _cancelled(entry, crowd, steps[-1].at, now, rng)]
    if steps[-1].state != State.CONFIRMED:
        return steps
    if entry.fate is Fate.STAYS_AWAY and entry.period.start + GRACE <= now:
        steps.append(Step(entry.period.start + GRACE, State.NO_SHOW, Who.STAFF))
    elif entry.fate is Fate.COMES and entry.period.end <= now:
        steps.append(Step(entry.period.end, State.COMPLETED, Who.SYSTEM))
    return steps


def _booked(entry: Entry, now: datetime, rng: Random) -> list[Step]:
    made = _made_at(entry, now, rng)
    steps = [Step(made, State.HELD, BY[entry.channel])]
    if entry.channel is Channel.DESK:
        return [*steps, Step(made + 2 * MINUTE, State.CONFIRMED, Who.STAFF)]
    asked = made + rng.randint(1, 12) * MINUTE
    steps.append(Step(asked, State.PENDING, BY[entry.channel]))
    is_new = entry.period.start > now and now - asked < 2 * DAY
    if is_new and rng.random() < 0.5:  # noqa: PLR2004 - the desk has looked at half of what is new
        return steps
    answered = asked + (min(entry.period.start, now) - asked) * rng.uniform(0.02, 0.4)
    return [*steps, Step(_whole(answered), State.CONFIRMED, Who.STAFF)]


def _made_at(entry: Entry, now: datetime, rng: Random) -> datetime:
    resource = entry.resource
    lead = min(DAY * rng.expovariate(1 / USUAL_LEAD_DAYS), LONGEST_LEAD) + HOUR
    usual = entry.period.start - resource.lead_minutes * MINUTE - lead
    latest = now - HOUR * rng.uniform(1, 400)
    earliest = entry.period.start - resource.horizon_days * DAY
    return _whole(max(min(usual, latest), earliest))


def _cancelled(entry: Entry, crowd: Crowd, after: datetime, now: datetime, rng: Random) -> Step:
    at = _whole(after + (min(entry.period.start, now) - after) * rng.uniform(0.1, 0.9))
    by = Who.STAFF if rng.random() < 0.15 else BY[entry.channel]  # noqa: PLR2004
    reasons = [CancelReason.USER_REQUEST, CancelReason.OTHER, CancelReason.WEATHER]
    reason = rng.choices(reasons, (75, 15, 30 if crowd is Crowd.OUTDOOR else 0))[0]
    return Step(at, State.CANCELLED, by, str(reason))


def _whole(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
