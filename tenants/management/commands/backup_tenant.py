"""`manage.py backup_tenant`: a tenant, or all, each into one file; or a file looked through."""

import argparse
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import get_public_schema_name

from kernel.errors import Refused
from schemas.clock import database_now
from tenants.backups import reading, taking
from tenants.backups.files import STDOUT
from tenants.models import Tenant


class Command(BaseCommand):
    """Thin over `backups.taking` and `backups.reading`."""

    help = (
        "Writes a tenant into one file: its schema, what the platform has about it and its files, as of one moment."
        " Nobody is disturbed. With --verify, reads such a file to its end and checks all digests."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Whose, and where to."""
        parser.add_argument("slug", nargs="?", help="as list_tenants shows it")
        parser.add_argument("--all", action="store_true", help="every tenant that has a schema, one after the other")
        parser.add_argument("--to", help="the file; - for standard output; with --all, a folder")
        parser.add_argument("--verify", metavar="PATH", help="look a backup through; nothing is written anywhere")

    def handle(self, *args: Any, **options: Any) -> None:
        """Back up, or look through."""
        if options["verify"]:
            self._verify(Path(options["verify"]))
        elif not options["to"] or bool(options["slug"]) == options["all"]:
            raise CommandError("Say SLUG --to PATH, --all --to FOLDER, or --verify PATH.")
        elif options["all"]:
            self._all(Path(options["to"]))
        else:
            tenant = _tenants().filter(slug=options["slug"]).first()
            if tenant is None:
                raise CommandError(f"There is no tenant {options['slug']}.")
            self._one(tenant, options["to"])

    def _one(self, tenant: Tenant, to: str) -> None:
        began = time.monotonic()
        try:
            manifest = taking.take(tenant, to)
        except Refused as refusal:
            raise CommandError(refusal.detail) from refusal
        except OSError as error:
            raise CommandError(f"{to}: {error.strerror}") from error
        size = "" if to == STDOUT else f", {Path(to).stat().st_size / 1e6:.1f} MB"
        line = f"{tenant.slug}: {manifest.rows} rows{size} in {time.monotonic() - began:.1f} s"
        (self.stderr if to == STDOUT else self.stdout).write(line)

    def _all(self, folder: Path) -> None:
        """One that fails is named and does not keep the others."""
        folder.mkdir(parents=True, exist_ok=True)
        tenants, failed = list(_tenants()), 0
        for number, tenant in enumerate(tenants, start=1):
            self.stdout.write(f"{number}/{len(tenants)} ", ending="")
            name = f"{tenant.slug}-{database_now():%Y%m%dT%H%M%SZ}.tar.gz"
            try:
                self._one(tenant, str(folder / name))
            except CommandError as error:
                failed += 1
                self.stdout.write(f"{tenant.slug}: FAILED: {error}")
        if failed:
            raise CommandError(f"{failed} of {len(tenants)} tenants have no backup.", returncode=1)

    def _verify(self, path: Path) -> None:
        try:
            manifest = reading.verify(path)
        except Refused as refusal:
            raise CommandError(refusal.detail) from refusal
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        self.stdout.write(
            f"{manifest.slug} ({manifest.schema}) as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, WAL {manifest.wal},"
            f" version {manifest.product}: {len(manifest.tables)} tables, {manifest.rows} rows,"
            f" {len(manifest.files)} files: all digests right."
        )


def _tenants() -> Any:
    made = Tenant.objects.exclude(schema_name=get_public_schema_name())
    return made.exclude(state=Tenant.State.CREATING).order_by("slug")
