"""A short way out for whoever had to wait: was the very same time booked meanwhile?

Where many want one slot, each in turn holds its lock. To lose should take one question and not a whole
plan, or the last in the queue wait too long (R01, R05, R45). The answer is the one that the plan would
give; where it is not sure of that it gives none.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from bookings import refusals
from bookings.facts import MINUTE, Reason
from bookings.models import Booking
from bookings.requests import HoldRequest
from bookings.states import LIVE, WAITING, State
from venues.models import Product


def refuse_if_gone(
    request: HoldRequest, product: Product | None, candidates: Sequence[int], now: datetime, ignoring: Collection[UUID]
) -> None:
    """Refuse where each candidate has a live booking of exactly this period. Call it under their locks."""
    if product and product.duration_minutes != request.period.minutes:
        return
    rivals = {booking.resource_id: booking for booking in _rivals(request, candidates, now, ignoring)}
    if not candidates or not rivals.keys() >= set(candidates):
        return
    for booking in rivals.values():
        if refusals.is_own(booking, request):
            raise refusals.own_booking(booking)
    first = rivals[candidates[0]]
    raise refusals.unavailable(Reason.HELD if first.state == State.HELD else Reason.BOOKED)


def _rivals(
    request: HoldRequest, candidates: Sequence[int], now: datetime, ignoring: Collection[UUID]
) -> Collection[Booking]:
    period = request.period
    found = Booking.objects.filter(
        Q(resource__in=candidates, start=period.start, end=period.end, state__in=LIVE),
        Q(resource__units=1, resource__capacity__gte=request.participants),
        Q(resource__is_active=True, resource__venue__is_active=True),
    ).exclude(state__in=WAITING, hold_expires_at__lte=now)
    rows = found.exclude(pk__in=ignoring).annotate(lead=F("resource__lead_minutes"))
    return [booking for booking in rows if period.start >= now + booking.lead * MINUTE]
