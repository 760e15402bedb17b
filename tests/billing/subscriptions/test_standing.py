"""What a subscription means is worked out from what Stripe says now, whatever was before (RELIABILITY.md, 6)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from billing.gateway.subscriptions import Facts, Invoice
from billing.subscriptions import standing
from billing.subscriptions.models import Plan, Subscription
from billing.subscriptions.standing import GRACE, Plans

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OPEN = Invoice("in_1", "A-1", "open", 7900, 7900, 0, False, "EUR", NOW, 1, NOW + 3 * DAY, "https://pay", "https://pdf")
ACTIVE = Facts("sub_1", "active", "forecourt_pro", "si_1", "price_1", False, None, NOW + 30 * DAY, None, None)
PAST_DUE = replace(ACTIVE, status="past_due", invoice=OPEN)
PLANS = Plans(paid=Plan(code="starter"), tried=Plan(code="pro"), free=Plan(code="free"))


def learnt(*answers: Facts | None, row: Subscription | None = None, now: datetime = NOW) -> Subscription:
    """The row after Stripe said one thing after another."""
    row = row or Subscription(plan=PLANS.free, updated_at=NOW)
    for found in answers:
        standing.learn(row, found, PLANS, now)
    return row


def meaning(row: Subscription) -> tuple[str, str, bool]:
    """Status, plan, whether the public is kept out."""
    return row.status, row.plan.code, row.blocked_at is not None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, ("free", "free", False)),
        (replace(ACTIVE, status="trialing", trial_ends_at=NOW + DAY), ("trialing", "starter", False)),
        (ACTIVE, ("active", "starter", False)),
        (PAST_DUE, ("past_due", "starter", False)),
        (replace(PAST_DUE, status="unpaid"), ("unpaid", "starter", True)),
        (replace(ACTIVE, status="paused"), ("paused", "free", False)),
        (replace(ACTIVE, status="canceled"), ("canceled", "free", False)),
        (replace(PAST_DUE, status="canceled"), ("canceled", "free", True)),
        (
            replace(ACTIVE, status="canceled", invoice=replace(OPEN, status="uncollectible")),
            ("canceled", "free", True),
        ),
        (replace(ACTIVE, status="canceled", invoice=replace(OPEN, status="void")), ("canceled", "free", False)),
    ],
)
def test_status_means_a_plan_and_whether_the_public_may_book(found, expected):
    assert meaning(learnt(found)) == expected


@pytest.mark.parametrize("order", list(permutations([ACTIVE, PAST_DUE, replace(PAST_DUE, status="unpaid"), None])))
def test_only_the_last_answer_counts(order):
    """R24: whatever was learnt before, the row says what Stripe says now."""
    final = replace(ACTIVE, status="canceled")
    fresh, used = learnt(final), learnt(*order, final)
    for name in ("status", "plan", "past_due_since", "grace_until", "blocked_at", "ends_at", "next_attempt_at"):
        assert getattr(used, name) == getattr(fresh, name), name


def test_grace_lasts_ten_days_from_the_first_time_and_then_the_public_is_kept_out():
    row = learnt(PAST_DUE)
    assert (row.past_due_since, row.grace_until, row.next_attempt_at) == (NOW, NOW + GRACE, NOW + 3 * DAY)
    later = learnt(PAST_DUE, row=row, now=NOW + GRACE - timedelta(seconds=1))
    assert (later.grace_until, later.blocked_at) == (NOW + GRACE, None)
    assert learnt(PAST_DUE, row=row, now=NOW + GRACE).blocked_at == NOW + GRACE
    paid = learnt(ACTIVE, row=row, now=NOW + GRACE + DAY)
    assert (paid.past_due_since, paid.grace_until, paid.blocked_at) == (None, None, None)


def test_own_trial_ends_as_the_free_plan():
    row = Subscription(plan=PLANS.tried, status="trialing", trial_ends_at=NOW + DAY, updated_at=NOW)
    assert meaning(learnt(None, row=row)) == ("trialing", "pro", False)
    assert meaning(learnt(None, row=row, now=NOW + DAY)) == ("free", "free", False)


def test_product_that_is_no_plan_leaves_the_plan_as_it_was():
    row = Subscription(plan=PLANS.tried, updated_at=NOW)
    standing.learn(row, ACTIVE, replace(PLANS, paid=None), NOW)
    assert meaning(row) == ("active", "pro", False)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"trial_ends_at": NOW + 14 * DAY}, NOW + 11 * DAY),
        ({"trial_ends_at": NOW + 2 * DAY}, NOW + 2 * DAY),
        ({"grace_until": NOW + DAY, "stripe_subscription": "sub_1", "period_ends_at": NOW + 9 * DAY}, NOW + DAY),
        ({"ends_at": NOW + DAY, "stripe_subscription": "sub_1"}, NOW + DAY + standing.LATE),
    ],
)
def test_clock_wakes_for_what_comes_next(fields, expected):
    assert standing.wakes_at(Subscription(plan=PLANS.free, updated_at=NOW, **fields), NOW) == expected
