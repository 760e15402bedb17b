import importlib

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """The tenants themselves, their hosts, and the table of due work: all in the public schema."""

    name = "tenants"

    def ready(self) -> None:
        """What providers tell of letters is heard from the start."""
        importlib.import_module("tenants.mailnews")
