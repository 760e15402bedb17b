"""`manage.py demo_code`: what a demo operator's authenticator shows, from `var/demo.json` alone."""

import argparse
import json
from typing import Any

import pyotp
from django.core.management.base import BaseCommand, CommandError

from accounts.codes import STEP
from operators.demo.logins import OPERATORS, demo_file
from schemas.clock import database_now


class Command(BaseCommand):
    """The app of somebody who is made up. Where there is no demo there is no file, and nothing to show."""

    help = "Shows the code with which a demo operator signs in now; the secret is that of var/demo.json."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("who", nargs="?", default="operator", choices=list(OPERATORS), help="(default: operator)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Six digits; a code that was used already is refused, and the next one comes within half a minute."""
        try:
            secret = json.loads(demo_file().read_text())["platform"][options["who"]]["totp"]
        except (OSError, ValueError, KeyError):
            raise CommandError(f"{demo_file()} names no such operator: run `make run` first.") from None
        step, past = divmod(int(database_now().timestamp()), STEP)
        self.stdout.write(pyotp.TOTP(secret).generate_otp(step))
        self.stderr.write(f"Good once; the next one comes in {STEP - past} s.")
