"""What is told: an event of a booking as messages with a type, a sequence and a body, and who gets them."""

from bookings.models import BookingEvent


def on_event(event: BookingEvent) -> None:
    """Write the messages of an event and their deliveries, in the transaction of the outbox."""
