"""`manage.py list_tenants`: one line per tenant."""

from typing import Any

from django.core.management.base import BaseCommand
from django_tenants.utils import get_public_schema_name

from tenants.models import Tenant

HEADINGS = ("SLUG", "STATE", "SCHEMA", "TIME ZONE", "CURRENCY", "HOSTS")


class Command(BaseCommand):
    """Read-only; tab-free columns, oldest tenant first."""

    help = "Lists the tenants with their state, schema and hosts."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table."""
        tenants = Tenant.objects.exclude(schema_name=get_public_schema_name())
        rows = [HEADINGS, *(_row(tenant) for tenant in tenants.prefetch_related("domains").order_by("pk"))]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _row(tenant: Tenant) -> tuple[str, ...]:
    hosts = sorted(tenant.domains.all(), key=lambda domain: (not domain.is_primary, domain.domain))
    return (
        tenant.slug,
        tenant.state,
        tenant.schema_name,
        tenant.time_zone,
        tenant.currency,
        ", ".join(domain.domain for domain in hosts),
    )
