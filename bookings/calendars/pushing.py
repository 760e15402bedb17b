"""Bookings as events in calendars elsewhere: written on confirmation, brought up to date, deleted with them."""

from bookings.models import BookingEvent


def on_event(event: BookingEvent) -> None:
    """Have the copies of a booking brought up to date soon, in the transaction of the outbox."""
