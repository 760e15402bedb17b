"""`migrate_schemas`: the public schema, then the template, then every tenant."""

from typing import Any

from django.conf import settings
from django.db import connection
from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand
from django_tenants.migration_executors import get_executor
from django_tenants.utils import get_public_schema_name
from psycopg import sql

from tenants.models import PUBLIC_SLUG, Domain, Tenant
from tenants.slugs import skeleton
from tenants.template import TEMPLATE

WITH_SCHEMA = """
SELECT schema_name FROM tenants_tenant WHERE schema_name <> %s AND to_regnamespace(quote_ident(schema_name)) IS NOT NULL
ORDER BY id
"""


class Command(MigrateSchemasCommand):
    """Stock django-tenants, plus the template; a tenant that is only half made is left to `heal`."""

    help = "Migrates the public schema, the template for new tenants, and all tenants."

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate what was asked for: one schema (`-s`), the shared one (`--shared`), or everything."""
        if options.get("schema_name"):
            super().handle(*args, **options)
            return
        super().handle(*args, **{**options, "shared": True, "tenant": False})
        self._platform()
        if options.get("shared"):
            return
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(TEMPLATE)))
            cursor.execute(WITH_SCHEMA, [get_public_schema_name()])
            schemas = [TEMPLATE, *(name for (name,) in cursor.fetchall())]
        get_executor(codename=self.executor)(self.args, self.options).run_migrations(tenants=schemas)

    def _platform(self) -> None:
        """The platform's own row and host, so that requests to it are found like any tenant's."""
        public, _ = Tenant.objects.get_or_create(
            schema_name=get_public_schema_name(),
            defaults={
                "name": "Forecourt",
                "slug": PUBLIC_SLUG,
                "slug_skeleton": skeleton(PUBLIC_SLUG),
                "state": Tenant.State.READY,
                "time_zone": "UTC",
                "currency": "EUR",
            },
        )
        Domain.objects.get_or_create(domain=settings.BASE_DOMAIN, defaults={"tenant": public, "is_primary": True})
