"""`manage.py charge_type`: on whose Stripe account a tenant's payments are made."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.payments import merchants
from billing.payments.merchants import ChargeType
from kernel.errors import Refused
from tenants.models import Tenant


class Command(BaseCommand):
    """The platform's choice, tenant by tenant."""

    help = "Makes a tenant's payments on its own Stripe account (direct) or on the platform's for it (destination)."

    def add_arguments(self, parser: CommandParser) -> None:
        """A slug and a way."""
        parser.add_argument("slug")
        parser.add_argument("charge_type", choices=ChargeType.values)

    def handle(self, *args: Any, **options: Any) -> None:
        """Change it, or say why not."""
        tenant = Tenant.objects.filter(slug=options["slug"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['slug']}.")
        try:
            account = merchants.choose(tenant, ChargeType(options["charge_type"]))
        except Refused as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"{tenant.name}: payments are made {account.get_charge_type_display().lower()}.")
