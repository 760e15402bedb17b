"""Busy times of other calendars as occupancy, as far as nothing is booked there; the rest is a conflict."""

from bookings.models import BookingEvent


def on_event(event: BookingEvent) -> None:
    """Have busy times take the time that a booking gave back, in the transaction of the outbox."""
