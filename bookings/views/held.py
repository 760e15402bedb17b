"""What a visitor holds, and what of it makes way when they choose another time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from bookings.access import holds_of
from bookings.models import Booking
from bookings.views.browser import holder_of


@dataclass(frozen=True, slots=True)
class Held:
    """Live holds. `passing` are those that were made by choosing a time: nobody holds two of these (R12).

    Dates of a series that wait for their payment and what a waiting list offers are not let go of by looking around.
    """

    holds: Sequence[Booking]
    passing: frozenset[UUID]


def held_by(request: HttpRequest) -> Held:
    """The visitor's own; one query."""
    found = list(holds_of(request.user, holder_of(request)).select_related("resource", "offered_to"))
    # Django has no attribute where there is no row at the other end.
    passing = (hold.pk for hold in found if hold.series_id is None and not hasattr(hold, "offered_to"))
    return Held(found, frozenset(passing))
