"""`manage.py create_tenant`: a new tenant with its owner, ready to be visited."""

import argparse
import secrets
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kernel.errors import Invalid
from tenants import provisioning


class Command(BaseCommand):
    """Thin over `provisioning.create`; a tenant that was never finished is finished by calling it again."""

    help = "Creates a tenant with its owner. Without a password file, a random password is made and shown once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The fields of `provisioning.Application`."""
        parser.add_argument("slug", help="the name in front of the base domain: 3 to 63 small letters, digits, hyphens")
        parser.add_argument("--name", required=True, help="what customers read: 'Sports Center Munich'")
        parser.add_argument("--time-zone", required=True, help="an IANA name: Europe/Berlin")
        parser.add_argument("--currency", required=True, help="an ISO 4217 code: EUR")
        parser.add_argument("--owner-email", required=True, help="the address that the owner signs in with")
        parser.add_argument("--owner-name", default="", help="the owner's name")
        parser.add_argument("--password-file", help="a file whose first line is the owner's password; - is stdin")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create, and say where the tenant answers."""
        given = options["password_file"]
        password = _first_line(given) if given else secrets.token_urlsafe(12)
        try:
            tenant = provisioning.create(
                provisioning.Application(
                    name=options["name"],
                    slug=options["slug"],
                    time_zone=options["time_zone"],
                    currency=options["currency"],
                    owner_email=options["owner_email"],
                    owner_name=options["owner_name"],
                    owner_password=password,
                )
            )
        except Invalid as refusal:
            raise CommandError(_sentences(refusal)) from refusal
        self.stdout.write(f"{tenant.name} answers at {tenant.get_primary_domain().domain}.")
        if not given:
            self.stdout.write(f"Password of {options['owner_email']}: {password}")


def _first_line(path: str) -> str:
    try:
        lines = (sys.stdin.read() if path == "-" else Path(path).read_text()).splitlines()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    return lines[0] if lines else ""


def _sentences(refusal: Invalid) -> str:
    errors = refusal.extra.get("errors")
    if not isinstance(errors, dict):
        return refusal.detail
    return "\n".join(f"{field}: {' '.join(map(str, messages))}" for field, messages in errors.items())
