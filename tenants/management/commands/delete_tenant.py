"""`manage.py delete_tenant`: everything of a tenant, gone for good."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import get_public_schema_name

from tenants import provisioning
from tenants.models import Tenant


class Command(BaseCommand):
    """Thin over `provisioning.delete`."""

    help = "Deletes a tenant for good: schema, hosts, due work, cache entries and files. There is no way back."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Whose, and the confirmation."""
        parser.add_argument("slug", help="as list_tenants shows it")
        parser.add_argument("--yes", action="store_true", help="really; without it nothing is changed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete, or say what would be deleted and fail."""
        slug = options["slug"]
        tenant = Tenant.objects.exclude(schema_name=get_public_schema_name()).filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {slug}.")
        if not options["yes"]:
            raise CommandError(f"This deletes all data of {tenant.name} ({tenant.schema_name}). Repeat with --yes.")
        provisioning.delete(tenant)
        self.stdout.write(f"{tenant.name} is gone.")
