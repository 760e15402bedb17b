"""What is booked and still to come of some resources: what a change of settings leaves standing."""

from dataclasses import dataclass

from django.db.models import QuerySet

from bookings.models import Booking
from bookings.states import LIVE, WAITING
from schemas.clock import database_now
from venues.models import Resource

MOST_COUNTED = 100
MOST_LISTED = 5


@dataclass(frozen=True)
class Ahead:
    """How many there are, up to a hundred, and the next ones."""

    count: int
    first: list[Booking]

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.count > MOST_COUNTED


def bookings_ahead(resources: QuerySet[Resource]) -> Ahead:
    """In two queries, however many there are."""
    now = database_now()
    rows = Booking.objects.filter(resource__in=resources, state__in=LIVE, end__gt=now)
    rows = rows.exclude(state__in=WAITING, hold_expires_at__lte=now).order_by("start", "pk")
    count = rows[: MOST_COUNTED + 1].count()
    return Ahead(count, list(rows.select_related("resource")[:MOST_LISTED]) if count else [])
