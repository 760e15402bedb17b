"""What is to be told about an event of a booking: plans notices, and drops those that are not true any more."""

from bookings.models import BookingEvent


def on_event(event: BookingEvent) -> None:
    """Plan what follows from an event, in the transaction of the outbox; it may see the booking in a later state."""
