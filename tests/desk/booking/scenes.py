"""A guest's booking at Alpha, and its pages at the desk."""

from collections.abc import Callable
from datetime import date

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking
from tests.flows.pages import Visitor
from tests.flows.test_booking_without_script import booked
from tests.worlds import World
from venues.models import Resource

Come = Callable[..., Visitor]


def confirmed(world: World, come: Come, day: date, hour: int = 10) -> Booking:
    """Booked on the pages by a guest, without approval."""
    with tenant_context(world.tenant):
        Resource.objects.filter(pk=world.court_1).update(needs_approval=False)
    booked(come(), day, hour)
    return fresh(world)


def fresh(world: World) -> Booking:
    """The latest booking as it is now."""
    with tenant_context(world.tenant):
        return Booking.objects.select_related("resource__venue").latest("created_at")


def path(booking: Booking, more: str = "") -> str:
    """Of its page at the desk."""
    return f"/desk/bookings/{booking.pk}/{more}"


@pytest.fixture
def booking(alpha: World, visitor: Come, next_week: date) -> Booking:
    """A guest's confirmed booking of Court 1 at ten, next week."""
    return confirmed(alpha, visitor, next_week)
