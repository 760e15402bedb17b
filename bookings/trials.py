"""What a booking would cost and whether it could be had, with nothing held: what quotes say, what the desk tries."""

from dataclasses import replace
from datetime import datetime

from bookings import plans, quotas
from bookings.plans import Estimate, Stage, Terms
from bookings.requests import HoldRequest
from kernel.errors import Refused
from venues.models import CustomerGroup
from venues.pricelists import Standing


def estimated(wish: HoldRequest, now: datetime, group: CustomerGroup | None = None) -> Estimate:
    """The price of a wish at a moment, and why it cannot be had then. `Refused` where there is no price.

    With a `group`, as it would be for somebody in it.
    """
    stage = Stage(wish, plans.product_of(wish), Terms(now))
    if group is not None:
        standing = Standing(group.pk, group.name, group.percent_off, None, None)
        for facts in stage.facts.values():
            facts.standings = (standing,)
    estimate = stage.estimate(wish)
    return estimate if estimate.refusal else replace(estimate, refusal=_beyond_quota(estimate, now))


def _beyond_quota(estimate: Estimate, now: datetime) -> Refused | None:
    try:
        quotas.check(estimate.plan, now)
    except Refused as refusal:
        return refusal
    return None
