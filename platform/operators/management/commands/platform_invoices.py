"""`manage.py platform_invoices --month 2026-10`: invoice the platform's fees of a month, once."""

import argparse
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing import charging_fees
from billing.subscriptions.models import PlatformInvoice
from kernel.money import as_text
from schemas.clock import database_now

ROW = "{:14} {:24} {:>12} {:>12} {:4} {}"


class Command(BaseCommand):
    """Issue what is missing, and print all of the month's invoices."""

    help = "Invoices the application fees of a month to each tenant, once; without --month, of the last one."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """`--month`."""
        parser.add_argument("--month", help="such as 2026-10; it has to be over (default: the last one)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Idempotent. A month that is not over is an error."""
        now = database_now()
        month = _month(options["month"]) if options["month"] else charging_fees.last_month(now)
        if charging_fees.after(month) > now:
            raise CommandError(f"{month:%Y-%m} is not over.")
        new = {paper.pk for paper in charging_fees.invoice_month(month)}
        self.stdout.write(ROW.format("number", "tenant", "total", "tax", "", ""))
        for paper in PlatformInvoice.objects.filter(month=month).order_by("number"):
            total, tax = (as_text(minor, paper.currency) for minor in (paper.total_minor, paper.tax_minor))
            buyer = paper.buyer.partition("\n")[0][:24]
            mark = "new" if paper.pk in new else ""
            self.stdout.write(ROW.format(paper.number, buyer, total, tax, paper.currency, mark).rstrip())
        self.stdout.write(f"{len(new)} new")


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise CommandError("Write the month as 2026-10.") from None
