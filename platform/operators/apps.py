from importlib import import_module

from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    """Those who run the platform, on the platform's host only."""

    name = "operators"

    def ready(self) -> None:
        """Have what operators do about their own accounts noted."""
        import_module("operators.hearing")
