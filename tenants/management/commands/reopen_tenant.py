"""`manage.py reopen_tenant`: a business that its owner has closed goes on."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import tenant_context

from kernel.errors import Refused
from tenants import closing
from tenants.models import Tenant


class Command(BaseCommand):
    """Thin over `closing.take_back`."""

    help = "Takes back the closing of a business, as its owner does with one button; owners are told by mail."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("slug", help="as list_tenants shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take it back, or say why not."""
        tenant = Tenant.objects.filter(slug=options["slug"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['slug']}.")
        try:
            with tenant_context(tenant):
                closing.take_back(tenant)
        except Refused as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"{tenant.name} goes on.")
