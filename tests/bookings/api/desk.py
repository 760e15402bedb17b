"""What tests of the staff's calls need: bookings in whatever state, and paths."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from rest_framework.test import APIClient

from bookings.models import Booking
from schemas.clock import database_now
from tests.bookings.scenes import slot
from tests.conftest import Caller
from tests.worlds import World
from venues.models import CancellationPolicy, CancellationStep, Resource

ADMIN = "/api/v1/admin/bookings/"
OWN = "/api/v1/bookings/"


def at_once(*resource_ids: int) -> None:
    """Bookings of these resources need no approval."""
    Resource.objects.filter(pk__in=resource_ids).update(needs_approval=False)


def wish(resource_id: int, hour: int = 10, minutes: int = 60, ahead: int = 7, **changes: Any) -> dict[str, Any]:
    """The body of a booking at an hour of the wall in Berlin, some days ahead."""
    period = slot(hour, minutes=minutes, ahead=ahead)
    times = {"start_datetime": period.start.isoformat(), "end_datetime": period.end.isoformat()}
    return {"resource": resource_id, **times, **changes}


def booked(api: Caller, world: World, who: str = "guest", hour: int = 10, **changes: Any) -> str:
    """A confirmed booking of Court 1, to be paid on site; its id."""
    at_once(world.court_1)
    answer = api(who).post(OWN, wish(world.court_1, hour, **changes))
    assert (answer.status_code, answer.json().get("status")) == (201, "confirmed"), answer.json()
    return str(answer.json()["id"])


def starts_in(booking_id: str, left: timedelta) -> datetime:
    """Move a booking so that it starts so long after now; its occupancy stays behind. Its new start."""
    booking = Booking.objects.get(pk=booking_id)
    start = database_now() + left
    Booking.objects.filter(pk=booking_id).update(start=start, end=start + (booking.end - booking.start))
    return start


def under(booking_id: str, *steps: dict[str, Any], grace: int = 0, no_show: int = 10_000) -> None:
    """Put a booking under a policy of its own; each step as the columns of `CancellationStep`."""
    policy = CancellationPolicy.objects.create(name="Own", grace_minutes=grace, no_show_percent=no_show)
    CancellationStep.objects.bulk_create(CancellationStep(policy=policy, **step) for step in steps)
    Booking.objects.filter(pk=booking_id).update(policy=policy)


def paid(api: Caller, booking_id: str, amount: str) -> None:
    """Money taken at the desk."""
    answer = api("front_desk").post(f"{ADMIN}{booking_id}/payments/", {"amount": amount})
    assert answer.status_code == 201, answer.json()


class AtHome(Caller):
    """Calls a world's API as anybody of its cast, from a test that runs inside the world's schema, and stays there."""

    def __call__(self, who: str | None, **headers: Any) -> APIClient:
        """A client that speaks JSON to the world's host with the token of `who`."""
        client = super().__call__(who, **headers)
        outer = client.request

        def request(**arguments: Any) -> Any:
            try:
                return outer(**arguments)
            finally:
                connection.set_tenant(self.world.tenant)  # type: ignore[attr-defined]

        client.request = request  # type: ignore[method-assign]
        return client
