from django.apps import AppConfig


class BookingsConfig(AppConfig):
    """Bookings: what is free, how a booking lives, and the faces that show it."""

    name = "bookings"
