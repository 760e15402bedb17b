"""Django's name for the app."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The team's pages."""

    name = "desk"
