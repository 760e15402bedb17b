"""`manage.py figures --since 2026-01-01`: fill the operators' figures with days that are over."""

import argparse
from datetime import UTC, date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import get_public_schema_name

from operators import figures
from operators.demo.progress import Progress
from schemas.clock import database_now
from tenants.models import Tenant


class Command(BaseCommand):
    """Tenant by tenant; run again it counts anew."""

    help = "Counts bookings and payments of days that are over, for the operators' figures; not how tenants stood then."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """`--since`, `--tenant`."""
        parser.add_argument("--since", required=True, type=date.fromisoformat, help="the first day, in UTC")
        parser.add_argument("--tenant", help="the slug of one (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Idempotent. A day that is not over is an error."""
        today = database_now().astimezone(UTC).date()
        if options["since"] >= today:
            raise CommandError(f"{options['since']} is not over.")
        tenants = Tenant.objects.filter(state__in=Tenant.AT_WORK).exclude(schema_name=get_public_schema_name())
        if options["tenant"]:
            tenants = tenants.filter(slug=options["tenant"])
        if not tenants.exists():
            raise CommandError("There is no such tenant.")
        found = list(tenants.order_by("pk"))
        progress = Progress(self.stderr, len(found))  # type: ignore[arg-type]
        for number, tenant in enumerate(found):
            progress.tell(number, tenant.name, 0, "counts")
            figures.fill(tenant, options["since"], today)
        progress.close()
        self.stdout.write(f"{len(found)} tenants, from {options['since']} on.")
