from django.apps import AppConfig


class VenuesConfig(AppConfig):
    """Places, what can be booked there, when they are open and what it costs."""

    name = "venues"
