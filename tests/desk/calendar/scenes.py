"""What tests of the calendar set up and ask for."""

from datetime import timedelta
from typing import Any

from bookings import lifecycle
from bookings.models import Booking
from bookings.records import SYSTEM
from bookings.requests import Contact, HoldRequest
from kernel.periods import Period
from tests.flows.pages import Visitor

GINA = Contact("Gina Guest", "gina@example.org", "+49 89 1234567")
PART: dict[str, Any] = {"HTTP_X_PART": "1"}


def booked(resource_id: int, period: Period, **fields: Any) -> Booking:
    """A confirmed booking for Gina, to be paid at the venue."""
    return lifecycle.book_for(HoldRequest(period=period, resource_id=resource_id, contact=GINA, **fields), SYSTEM)


def asked(someone: Visitor, path: str, **query: Any) -> Any:
    """What a path answers, redirects not followed."""
    return someone.client.get(path, query)


def day_of(period: Period) -> str:
    """The day of a period in Berlin, as addresses have it."""
    return (period.start + timedelta(hours=2)).date().isoformat()
