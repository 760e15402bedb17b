"""A booking that letters are about."""

import pytest

from bookings.models import Booking
from bookings.records import Actor
from tests.bookings.scenes import confirmed, slot
from tests.worlds import World


@pytest.fixture
def booking(in_alpha: World, staff: Actor) -> Booking:
    """Court 1 at six in the evening, a week ahead, for Gina Guest."""
    made = confirmed(in_alpha.court_1, slot(18), staff)
    return Booking.objects.select_related("resource__venue", "product", "customer").get(pk=made.pk)
