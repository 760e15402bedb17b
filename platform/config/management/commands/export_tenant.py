"""`manage.py export_tenant`: the owner's archive of everything, made by an operator for an owner who leaves."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import get_public_schema_name, tenant_context

from desk.everything import handing
from kernel.errors import Refused
from operators import record
from tenants.models import Tenant


class Command(BaseCommand):
    """Thin over `desk.everything.handing`."""

    help = (
        "Writes the archive of everything that an owner can download (Settings, Everything) into a file."
        " No letter goes. Interrupted, it is called again and goes on."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Whose, and where to."""
        parser.add_argument("slug", help="as list_tenants shows it")
        parser.add_argument("--to", required=True, help="the file, a ZIP")
        parser.add_argument("--anew", action="store_true", help="delete one that its first owner has ready")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it and write it."""
        tenant = Tenant.objects.exclude(schema_name=get_public_schema_name()).filter(slug=options["slug"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['slug']}.")
        try:
            with tenant_context(tenant):
                if options["anew"]:
                    handing.give_up()
                size = handing.write(tenant, options["to"], self.stdout.write)
        except Refused as refusal:
            raise CommandError(refusal.detail) from refusal
        except OSError as error:
            raise CommandError(f"{options['to']}: {error.strerror}") from error
        record.note(None, "export_tenant", tenant)
        self.stdout.write(f"{options['to']}: {size / 1e6:.1f} MB, everything of {tenant.name}.")
