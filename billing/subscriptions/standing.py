"""From what Stripe says to what a tenant may: the state machine of RELIABILITY.md, 6. No network, no database.

    trialing -> active -> past_due (grace: everything works) -> blocked (no new public bookings) -> canceled

Every state is worked out anew from what Stripe says now, so the order in which events come does not matter.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.gateway.subscriptions import Facts
from billing.subscriptions.models import Plan, Subscription

TRIAL = timedelta(days=14)
GRACE = timedelta(days=10)
TRIAL_NOTICE = timedelta(days=3)
LATE = timedelta(hours=1)
"""After what Stripe should have told us about: time to ask."""
FREE_STATUS, TRIALING, PAST_DUE, UNPAID = "free", "trialing", "past_due", "unpaid"
GRANTED = "granted"
"""It has a plan without paying, as an operator agreed with it."""
OWING = frozenset({PAST_DUE, UNPAID})
FALLEN = frozenset({"canceled", "paused", "incomplete_expired"})


@dataclass(frozen=True, slots=True)
class Plans:
    """The plans that can come out: subscribed to, tried, left without paying; granted in place of the last two."""

    paid: Plan | None
    tried: Plan
    free: Plan
    granted: Plan | None = None


def learn(row: Subscription, found: Facts | None, plans: Plans, now: datetime) -> None:
    """Put what Stripe says on the row; None: there is no subscription there, and only our own trial counts."""
    if found is None:
        _without_stripe(row, plans, now)
    else:
        _from_stripe(row, found, plans, now)
    if plans.granted is not None and (found is None or found.status in FALLEN):
        row.status, row.plan = GRANTED, plans.granted
    owes = row.status in OWING or _left_owing(row, found)
    row.past_due_since = (row.past_due_since or now) if owes else None
    row.grace_until = row.past_due_since + GRACE if row.status == PAST_DUE and row.past_due_since else None
    row.blocked_at = (row.blocked_at or now) if _is_blocked(row, found, now) else None


def _without_stripe(row: Subscription, plans: Plans, now: datetime) -> None:
    tries = row.trial_ends_at is not None and row.trial_ends_at > now
    row.status, row.plan = (TRIALING, _tried(row, plans)) if tries else (FREE_STATUS, plans.free)
    row.stripe_subscription, row.is_yearly = "", False
    row.period_ends_at = row.ends_at = row.next_attempt_at = None


def _tried(row: Subscription, plans: Plans) -> Plan:
    """What is tried already goes on being tried: it was chosen at sign-up, or is what everybody tries."""
    return row.plan if row.status == TRIALING else plans.tried


def _from_stripe(row: Subscription, found: Facts, plans: Plans, now: datetime) -> None:
    row.stripe_subscription, row.status, row.is_yearly = found.id, found.status, found.is_yearly
    row.plan = plans.free if found.status in FALLEN else plans.paid or row.plan
    row.trial_ends_at = found.trial_ends_at if found.status == TRIALING else None
    row.period_ends_at, row.ends_at = found.period_ends_at, found.ends_at
    row.next_attempt_at = found.invoice.next_attempt_at if found.invoice and row.status in OWING else None


def _left_owing(row: Subscription, found: Facts | None) -> bool:
    """Whether it ended because nobody paid: then it does not end as a free plan."""
    return row.status == "canceled" and found is not None and found.invoice is not None and found.invoice.is_owed


def _is_blocked(row: Subscription, found: Facts | None, now: datetime) -> bool:
    if row.status == PAST_DUE:
        return row.grace_until is not None and now >= row.grace_until
    return row.status == UNPAID or _left_owing(row, found)


def wakes_at(row: Subscription, now: datetime, granted_until: datetime | None = None) -> datetime | None:
    """When time alone changes something next; None for never."""
    moments = [
        row.trial_ends_at - TRIAL_NOTICE if row.trial_ends_at else None,
        _stripes(row, row.trial_ends_at),
        granted_until - TRIAL_NOTICE if granted_until else None,
        granted_until,
        row.grace_until,
        _stripes(row, row.ends_at),
        _stripes(row, row.period_ends_at),
    ]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def _stripes(row: Subscription, moment: datetime | None) -> datetime | None:
    return moment + LATE if moment is not None and row.stripe_subscription else moment
