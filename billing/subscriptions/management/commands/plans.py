"""`plans`: bring rows and Stripe up to the definition, or say where they differ from it."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing.gateway import tax
from billing.subscriptions import catalogue
from billing.subscriptions.models import Plan
from kernel.money import as_text

HEAD = ("code", "name", "a month", "a year", "fee", "venues", "resources", "staff", "bookings", "prices at Stripe")
NO_TAX = (
    "Stripe Tax is not set up: say at Stripe where the business sits and where it is registered for VAT"
    " (docs/stripe.md), or set STRIPE_TAX=0 to sell plans without VAT."
)


class Command(BaseCommand):
    """Writes the plans, or with `--check` compares them; exits non-zero on a difference."""

    help = "Writes the plans that tenants can subscribe to, here and at Stripe; --check only compares."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--check`."""
        parser.add_argument("--check", action="store_true", help="change nothing, exit 1 where something differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, or compare, and print the table."""
        at_stripe = bool(settings.STRIPE_SECRET_KEY)
        if at_stripe and settings.STRIPE_TAX and not tax.is_ready():
            raise CommandError(NO_TAX)
        if options["check"]:
            found = [*catalogue.row_differences(), *(catalogue.stripe_differences() if at_stripe else ())]
        else:
            found = [*catalogue.write(), *(catalogue.write_to_stripe() if at_stripe else ())]
        self._table([HEAD, *(_row(plan) for plan in Plan.objects.all())])
        if not at_stripe:
            self.stdout.write("No Stripe key is configured: products and prices were left alone.")
        elif not settings.STRIPE_TAX:
            self.stdout.write("STRIPE_TAX is off: plans are sold without VAT.")
        for each in found:
            said = "differs" if options["check"] else "put right"
            self.stdout.write(f"{said}: {each.plan}, {each.what} ({each.where})")
        if options["check"] and found:
            raise CommandError(f"{len(found)} differences; run `manage.py plans` to put them right.")

    def _table(self, rows: list[tuple[str, ...]]) -> None:
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(plan: Plan) -> tuple[str, ...]:
    limits = (plan.most_venues, plan.most_resources, plan.most_staff, plan.most_bookings)
    return (
        plan.code,
        plan.name,
        f"{as_text(plan.monthly_minor, plan.currency)} {plan.currency}",
        f"{as_text(plan.yearly_minor, plan.currency)} {plan.currency}",
        f"{plan.fee / 100:g} %",
        *("any" if most is None else str(most) for most in limits),
        " ".join(filter(None, (plan.stripe_monthly, plan.stripe_yearly))) or "-",
    )
