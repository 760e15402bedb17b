"""`manage.py stripe_webhooks --url https://platform.host`: have Stripe tell us of exactly what we listen to."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import registration
from config.registration import Finding, variable
from kernel.errors import Refused


class Command(BaseCommand):
    """Both endpoints, made or changed; a second run changes nothing."""

    help = (
        "Registers both webhook endpoints at Stripe, or brings them up to date, with the events of config/webhooks.py"
        " and the pinned API version. The secret of a new endpoint is printed once: Stripe never tells it again."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """`--url`, `--check` and `--retire`."""
        parser.add_argument("--url", required=True, help="the platform's address, such as https://forecourt.example")
        parser.add_argument("--check", action="store_true", help="change nothing; fail if anything differs")
        parser.add_argument(
            "--retire",
            action="store_true",
            help="delete older endpoints at the same addresses (when the new secrets are in place)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and put right what differs."""
        try:
            findings = registration.look(options["url"])
            if options["check"]:
                self._check(findings)
            else:
                for finding in findings:
                    self._put_right(finding, is_retiring=options["retire"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        except Refused as refusal:
            raise CommandError(f"{refusal.detail} ({refusal.code})") from refusal

    def _check(self, findings: list[Finding]) -> None:
        faults = [f"{finding.name}: {fault}" for finding in findings for fault in finding.faults]
        if faults:
            raise CommandError("\n".join(["The endpoints at Stripe differ.", *faults]))
        self.stdout.write("Both endpoints are as they should be.")

    def _put_right(self, finding: Finding, *, is_retiring: bool) -> None:
        secret = registration.put_right(finding)
        if secret:
            self.stdout.write(f"{finding.url}: made. Put this into the environment, it is not shown again:")
            self.stdout.write(f"{variable(finding.name)}={secret}")
        else:
            word = "up to date" if not finding.faults else "changed"
            self.stdout.write(f"{finding.url}: {word}. Its secret is in {variable(finding.name)}.")
        if is_retiring:
            self.stdout.write(f"{finding.url}: {registration.retire(finding)} old endpoints deleted.")
        elif finding.old:
            self.stdout.write(
                f"{finding.url}: older endpoints are there too. Keep both secrets, separated by a comma,"
                " restart, then run this again with --retire."
            )
