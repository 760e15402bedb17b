"""`manage.py canary`: to which tenants migrations come first."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.models import Tenant


class Command(BaseCommand):
    """Without a slug it lists them."""

    help = "Makes a tenant one of those to which migrations come before the others, or lists them."

    def add_arguments(self, parser: CommandParser) -> None:
        """A tenant, and which way."""
        parser.add_argument("slug", nargs="?", help="the tenant's")
        parser.add_argument("--off", action="store_true", help="it is one no more")

    def handle(self, *args: Any, **options: Any) -> None:
        """Change the one, and say who they are."""
        if options["slug"]:
            changed = Tenant.objects.filter(slug=options["slug"]).exclude(schema_name="public")
            if not changed.update(is_canary=not options["off"]):
                raise CommandError(f"There is no tenant {options['slug']}.")
        canaries = Tenant.objects.filter(is_canary=True).order_by("slug").values_list("slug", flat=True)
        self.stdout.write(f"Canaries: {', '.join(canaries) or 'none'}")
