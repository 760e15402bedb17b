"""Bookings and the versions that callers have seen: `ETag` and `If-Match` in every dialect."""

from datetime import datetime

from rest_framework.request import Request
from rest_framework.response import Response

from bookings.models import Booking
from bookings.versions import version
from rest.conditions import seen_by


def as_seen(request: Request, booking: Booking) -> Booking:
    """The booking, to be changed only as the caller has seen it: an act then raises `Outdated` (412) under its lock."""
    booking.seen = seen_by(request)
    return booking


def tagged(response: Response, booking: Booking, now: datetime) -> Response:
    """The answer with the booking's version. A reading one gets the digest of its body added on its way out."""
    response["ETag"] = f'"{version(booking, now)}"'
    return response
