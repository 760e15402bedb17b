"""Migrating one schema: plan only what lives there.

Stock django-tenants plans and records every shared app's migrations in each
tenant's schema too; only the SQL is left out. That costs up to a minute a
tenant. (Tenant apps have no migration dependency on public ones; a guard
test sees to it.)
"""

from typing import Any
from unittest import mock

from django.apps import apps
from django.conf import settings
from django.core.management.commands import migrate
from django.db.migrations.graph import MigrationGraph
from django_tenants.utils import get_public_schema_name

from schemas.current import current_schema


class Command(migrate.Command):
    """`migrate` whose plan, in a tenant's schema, ends at the leaves of tenant apps."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan for the current schema and run."""
        if current_schema() == get_public_schema_name() or options.get("app_label"):
            super().handle(*args, **options)
            return
        labels = {config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS}
        stock = MigrationGraph.leaf_nodes

        def leaves(graph: MigrationGraph, app: str | None = None) -> list[tuple[str, str]]:
            return [node for node in stock(graph, app) if node[0] in labels]

        with mock.patch.object(MigrationGraph, "leaf_nodes", leaves):
            super().handle(*args, **options)
