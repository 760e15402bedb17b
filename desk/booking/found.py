"""The booking that a page of the desk is about: another venue's is not there, for whoever does not see that venue."""

from uuid import UUID

from bookings.access import booking_overseen_by, booking_run_by
from bookings.models import Booking
from kernel.errors import Forbidden, NotFound
from venues.access import Anyone, check_staff


def seen(user: Anyone, booking_id: UUID) -> Booking:
    """One that the caller may look at; `NotFound` for every other, `Forbidden` for who does not work here."""
    check_staff(user)
    try:
        return booking_overseen_by(user, booking_id)
    except Forbidden as refused:
        raise NotFound("not_found", refused.detail) from None


def run(user: Anyone, booking_id: UUID) -> Booking:
    """One that the caller may act on; `Forbidden` for who may only look at it."""
    seen(user, booking_id)
    return booking_run_by(user, booking_id)
