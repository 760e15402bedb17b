from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and their tokens, in the schema they belong to."""

    name = "accounts"

    def ready(self) -> None:
        """Have sign-ins noted."""
        import_module("accounts.recent")
