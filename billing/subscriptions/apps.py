import importlib

from django.apps import AppConfig

from billing.mirror import network


class SubscriptionsConfig(AppConfig):
    """The platform's own business with its tenants, in `public`."""

    name = "billing.subscriptions"
    label = "subscriptions"

    def ready(self) -> None:
        """New tenants begin with a trial, the clock knows what to call, and dj-stripe has no network."""
        importlib.import_module("billing.subscriptions.tasks")
        network.cut()
