from django.apps import AppConfig


class RestConfig(AppConfig):
    """What every API dialect needs: errors, idempotency, pages and fields."""

    name = "rest"
