import importlib

from django.apps import AppConfig


class BookingsConfig(AppConfig):
    """Bookings: what is free, how a booking lives, and the faces that show it."""

    name = "bookings"

    def ready(self) -> None:
        """Bookings of a month are counted here, for plans; letters ask here whom they may go to."""
        importlib.import_module("bookings.allowance")
        importlib.import_module("bookings.letters.standing")
        importlib.import_module("bookings.notices.news")
        importlib.import_module("bookings.letters.invitations")
