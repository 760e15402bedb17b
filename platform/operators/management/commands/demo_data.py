"""`manage.py demo_data`: three tenants with everything in them, and the keys to them in `var/demo.json`.

Where the Stripe sandbox runs, customers can pay there.
"""

import argparse
import os
import sys
from functools import partial
from http.client import HTTPException
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kernel.errors import Refused
from operators.demo import logins, making, paying
from operators.demo.plans import TenantPlan
from operators.demo.progress import Progress
from schemas.clock import database_now
from tenants.models import Tenant

SEED = 1


class Command(BaseCommand):
    """Make what is missing; with `--again`, everything."""

    help = "Makes the three demo tenants where they are missing, and writes their logins to var/demo.json."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """`--again` and `--seed`."""
        parser.add_argument("--again", action="store_true", help="remove the demo tenants and make them anew")
        parser.add_argument("--seed", type=int, default=SEED, help="another number gives other bookings (default: 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make, then write the file; costs a second when there is nothing to make."""
        port = int(os.environ.get("PORT", "8000"))
        try:
            made = {plan.slug: making.is_made(plan) for plan in making.PLANS}
            missing = [plan for plan in making.PLANS if options["again"] or not made[plan.slug]]
            if missing:
                self._make(missing, options["seed"])
        except Refused as refusal:
            raise CommandError(refusal.detail) from refusal
        tenants = [(plan, Tenant.objects.get(slug=plan.slug)) for plan in making.PLANS]
        making.answer_at_loopback(tenants[0][1])
        logins.write(tenants, port)
        if paying.is_sandbox():
            self._connect(tenants)
        if options["verbosity"]:
            self.stdout.write(
                f"Demo data: {', '.join(plan.name for plan in making.PLANS)}. Logins: {logins.demo_file()}"
            )

    def _connect(self, tenants: list[tuple[TenantPlan, Tenant]]) -> None:
        try:
            paying.connect(tenants)
        except (Refused, OSError, HTTPException) as trouble:
            self.stderr.write(f"Nobody can pay online: the Stripe sandbox does not answer ({trouble}).")

    def _make(self, plans: list[TenantPlan], seed: int) -> None:
        now = database_now()
        progress = Progress(sys.stderr, len(plans))
        for number, plan in enumerate(plans):
            making.make(plan, seed, now, partial(progress.tell, number, plan.name))
        progress.close()
