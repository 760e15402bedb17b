"""How much one customer may hold (R39). Counted under a lock of the customer, which `customer_key` names."""

from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from bookings.models import Booking
from bookings.plans import Plan
from bookings.requests import HoldRequest
from bookings.states import State
from kernel.errors import TooMany
from kernel.periods import local_day

MOST_UNPAID_SERIES = 2
CUSTOMERS_OF_AN_APP = 5
"""An app that books for its own customers may hold as much at once as so many of the venue's."""


def customer_key(request: HoldRequest) -> str:
    """Who the request counts for: the account, or the address that it came from; empty for nobody."""
    if request.customer_id is not None:
        return account_key(request.customer_id)
    return f"origin:{request.origin}" if request.origin else ""


def account_key(customer_id: int) -> str:
    """Whom the bookings of an account count for."""
    return f"customer:{customer_id}"


def check_holds(plan: Plan, now: datetime) -> None:
    """Refuse one more unpaid hold than the venue allows one customer, at once or on one resource and day.

    Raises `TooMany("too_many_holds")` with the seconds until the next of them lapses. Series count once,
    as their dates are limited by the series. Holds that the request replaces do not count.
    """
    request, venue = plan.request, plan.basket.main.venue
    mine = _held_by(request)
    if mine is None or not (venue.holds_at_once or venue.holds_per_day):
        return
    day = local_day(request.period.start.astimezone(plan.basket.zone).date(), plan.basket.zone)
    on_that_day = Q(resource=plan.basket.main, start__gte=day.start, start__lt=day.end)
    counted = (
        Booking.objects.filter(mine, state=State.HELD, hold_expires_at__gt=now, series=None)
        .exclude(pk__in=request.replaces)
        .aggregate(at_once=Count("pk"), per_day=Count("pk", filter=on_that_day), first=Min("hold_expires_at"))
    )
    share = CUSTOMERS_OF_AN_APP if request.agent and request.customer is None else 1
    if (venue.holds_at_once and counted["at_once"] >= venue.holds_at_once * share) or (
        venue.holds_per_day and counted["per_day"] >= venue.holds_per_day
    ):
        raise _too_many(counted["first"], now)


def check_series(request: HoldRequest, now: datetime) -> None:
    """Refuse one more series to somebody who has not paid for two yet: `TooMany("too_many_holds")`."""
    mine = _held_by(request)
    if mine is None:
        return
    unpaid = Booking.objects.filter(mine, state=State.HELD, hold_expires_at__gt=now, series__isnull=False)
    counted = unpaid.aggregate(series=Count("series", distinct=True), first=Min("hold_expires_at"))
    if counted["series"] >= MOST_UNPAID_SERIES:
        raise _too_many(counted["first"], now)


def _too_many(until: datetime, now: datetime) -> TooMany:
    wait = max(timedelta(seconds=1), until - now)
    return TooMany(
        "too_many_holds",
        _("You are holding many times already. Finish or cancel some of them first."),
        retry_after=int(wait.total_seconds()) + 1,
    )


def _held_by(request: HoldRequest) -> Q | None:
    if request.customer_id is not None:
        return Q(customer=request.customer_id)
    return Q(customer=None, origin=request.origin) if request.origin else None
