"""A day at the desk that is the same at whatever hour the tests run: at the venues it is noon."""

from datetime import timedelta
from uuid import UUID

from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import lifecycle
from bookings.models import Booking
from bookings.plans import STAFF_MAY_OVERRULE
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest
from kernel.periods import Period, elapsed_minutes
from schemas.clock import database_now
from tests.worlds import World
from venues.models import Resource, Venue

MINUTE = timedelta(minutes=1)
NOON = 12


def at_noon(world: World) -> None:
    """Put the venues into a zone where it is noon, and have no resource wait for an answer."""
    with tenant_context(world.tenant):
        Venue.objects.update(time_zone=noon_zone())
        Resource.objects.update(needs_approval=False)


def noon_zone() -> str:
    """The name of a zone where it is between twelve and one."""
    west = database_now().hour - NOON
    return f"Etc/GMT{west:+d}"


def comes(world: World, starts_in: int, *, minutes: int = 60, **fields: object) -> UUID:
    """A confirmed booking of Court 1 that begins so many minutes from now, to be paid on site; its id.

    `resource_id`, `name`, `participants` and the phone are as said; what runs now may have begun before.
    """
    with tenant_context(world.tenant):
        start = database_now().replace(second=0, microsecond=0) + starts_in * MINUTE
        given = {"resource_id": world.court_1, "participants": 2, **fields}
        contact = Contact(str(given.pop("name", "Gina Guest")), phone="+49 89 1234567")
        request = HoldRequest(period=Period(start, start + minutes * MINUTE), contact=contact, **given)  # type: ignore[arg-type]
        return lifecycle.book_for(request, staff_of(world), STAFF_MAY_OVERRULE).pk


def minutes_late(world: World, booking_id: UUID) -> int:
    """How late they are at this moment: it is another minute by the time that the page is made, now and then."""
    with tenant_context(world.tenant):
        return elapsed_minutes(Booking.objects.get(pk=booking_id).start, database_now())


def staff_of(world: World, who: str = "front_desk") -> Actor:
    """Somebody of the team, inside the tenant."""
    return Actor.of(User.objects.get(pk=world.users[who]))


def booking(world: World, booking_id: UUID) -> Booking:
    """It, as it is now."""
    with tenant_context(world.tenant):
        return Booking.objects.get(pk=booking_id)
