"""What the clock calls in a tenant's schema."""

from uuid import UUID

from bookings import joining, lifecycle, moves, waitlist
from tenants import due


@due.handles(moves.CLOCK)
def let_time_pass(booking_id: str) -> None:
    """Expire a hold that has lapsed, or complete a booking that is over; as often as it is called."""
    lifecycle.let_time_pass(UUID(booking_id))


@due.handles(waitlist.CLOCK)
def serve_waiting(resource_id: str) -> None:
    """Give what is free on a resource to those who wait for it; as often as it is called."""
    waitlist.serve_now(int(resource_id))


@due.handles(joining.CLOCK)
def end_waiting(entry_id: str) -> None:
    """End an entry whose time has come; as often as it is called."""
    joining.end(int(entry_id))
