from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    """Those who run the platform, on the platform's host only."""

    name = "operators"
