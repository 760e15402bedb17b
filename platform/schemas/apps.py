from django.apps import AppConfig
from django.core.checks import register


class SchemasConfig(AppConfig):
    """The joints of schema-per-tenant: keys, transactions, tasks and the model that knows its schema."""

    name = "schemas"

    def ready(self) -> None:
        from schemas import checks

        register(checks.isolation_settings)
