from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """The platform's own business with its tenants, in `public`."""

    name = "billing.subscriptions"
    label = "subscriptions"
