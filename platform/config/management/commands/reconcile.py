"""`manage.py reconcile`: is everything as Stripe has it? Puts right what can be, and says what differed."""

import argparse
import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.reconciling import rounds
from config.reconciling.findings import Difference
from tenants.models import Tenant

HEADINGS = ("TENANT", "WHAT", "WHICH", "DIFFERENCE", "HEALED")


class Command(BaseCommand):
    """A table of differences; exits with 1 if there was any, healed or not. A second run finds nothing."""

    help = (
        "Compares payments, refunds, disputes, books, payouts, accounts and events with Stripe, tenant by tenant, and "
        "puts right what can be. Exits with 1 if anything differed."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """`--tenant`, `--json` and `--days`."""
        parser.add_argument("--tenant", help="the slug of one tenant; all of them, and the platform, without it")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
        parser.add_argument("--days", type=int, default=3, help="how far back single objects are compared (default: 3)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, heal, print."""
        if not settings.STRIPE_SECRET_KEY:
            raise CommandError("Set STRIPE_SECRET_KEY: without it there is nothing to compare with.")
        window = timedelta(days=options["days"])
        found: list[Difference] = []
        tenants = list(self._tenants(options["tenant"]))
        for number, (tenant, differences) in enumerate(rounds.of_tenants(tenants, window), start=1):
            self.stderr.write(f"{number}/{len(tenants)} {tenant.slug}: {len(differences)} differences")
            found += differences
        if not options["tenant"]:
            found += rounds.of_platform(window)
        if options["json"]:
            self._print_json(len(tenants), found)
        elif found:
            self._print(found)
        if found:
            raise CommandError(
                f"{len(found)} differences, {sum(each.is_healed for each in found)} healed.", returncode=1
            )
        if not options["json"]:
            self.stdout.write(f"{len(tenants)} tenants compared with Stripe: no difference.")

    def _tenants(self, slug: str | None) -> list[Tenant]:
        tenants = list(rounds.connected())
        if slug is None:
            return tenants
        chosen = [tenant for tenant in tenants if tenant.slug == slug]
        if not chosen:
            raise CommandError(f"There is no tenant {slug} with a Stripe account.")
        return chosen

    def _print_json(self, tenants: int, found: list[Difference]) -> None:
        told = [{**asdict(each), "advice": each.advice} for each in found]
        self.stdout.write(json.dumps({"tenants": tenants, "differences": told}, ensure_ascii=False))

    def _print(self, found: list[Difference]) -> None:
        rows = [HEADINGS]
        rows += [
            (each.tenant, each.subject, each.object_id, each.what, "yes" if each.is_healed else "NO") for each in found
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        for subject in sorted({each.subject for each in found if not each.is_healed}):
            advice = next(each.advice for each in found if each.subject == subject and not each.is_healed)
            self.stdout.write(f"{subject}: {advice}.")
