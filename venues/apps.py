import importlib

from django.apps import AppConfig


class VenuesConfig(AppConfig):
    """Places, what can be booked there, when they are open and what it costs."""

    name = "venues"

    def ready(self) -> None:
        """What plans limit is counted here."""
        importlib.import_module("venues.counting")
