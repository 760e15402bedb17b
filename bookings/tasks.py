"""What the clock calls in a tenant's schema."""

from uuid import UUID

from bookings import lifecycle, moves
from tenants import due


@due.handles(moves.CLOCK)
def let_time_pass(booking_id: str) -> None:
    """Expire a hold that has lapsed, or complete a booking that is over; as often as it is called."""
    lifecycle.let_time_pass(UUID(booking_id))
