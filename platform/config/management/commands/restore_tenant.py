"""`manage.py restore_tenant`: a tenant as a backup has it, swapped in, and then held against Stripe."""

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import tenant_context

from billing.gateway.trouble import ProviderTrouble
from billing.subscriptions import acts
from billing.subscriptions.models import Subscription
from bookings.own import again
from config.reconciling import restored, rounds
from kernel.errors import Refused
from operators import record
from schemas.clock import database_now
from tenants import erasures
from tenants.backups import kept, reading, restoring
from tenants.backups.manifests import Manifest
from tenants.backups.restoring import Restored
from tenants.models import Tenant


class Command(BaseCommand):
    """Thin over `backups.restoring` and `reconciling.rounds`."""

    help = (
        "Puts a tenant back as a backup has it: everything that happened since is lost, but for money, which is settled"
        " with Stripe. Interrupted, it is called again and finishes. What was there is kept until --drop-old."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which backup; or what to do about the schemas that restores have kept."""
        parser.add_argument("path", nargs="?", help="a file of backup_tenant")
        parser.add_argument("--slug", default="", help="of a tenant that is gone: under which name it comes back")
        parser.add_argument("--yes", action="store_true", help="really; without it the backup is only looked through")
        parser.add_argument("--old", action="store_true", help="list what restores have kept")
        parser.add_argument("--drop-old", metavar="SLUG", help="drop what restores have kept of a tenant; needs --yes")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, or see to what is kept."""
        try:
            if options["old"]:
                self._list()
            elif options["drop_old"]:
                self._drop(options["drop_old"], is_sure=options["yes"])
            elif not options["path"]:
                raise CommandError("Say PATH, --old, or --drop-old SLUG.")
            else:
                self._restore(Path(options["path"]), options["slug"], is_sure=options["yes"])
        except Refused as refusal:
            raise CommandError(refusal.detail) from refusal
        except FileNotFoundError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error

    def _restore(self, path: Path, slug: str, *, is_sure: bool) -> None:
        if not is_sure:
            manifest = reading.verify(path)
            raise CommandError(f"{_meaning(manifest)} Repeat with --yes.")
        done = restoring.restore(path, slug, self.stdout.write)
        tenant, restoration = done.tenant, done.restoration
        record.note(None, "restore_tenant", tenant, about=f"as of {restoration.made_at:%Y-%m-%d %H:%M:%S} UTC")
        self.stdout.write(_told(done))
        self._name_ahead(done)
        if restoration.kept_schema:
            self.stdout.write(f"What was there is kept as {restoration.kept_schema}: --drop-old {tenant.slug} --yes.")
        self._reconcile(tenant)

    def _name_ahead(self, done: Restored) -> None:
        """Bookings of people who were erased since: they had been cancelled, which the backup does not know."""
        noted = erasures.since(done.restoration.made_at).filter(schema_name=done.tenant.schema_name)
        with tenant_context(done.tenant):
            found = again.ahead(noted)
        if found:
            number = "1 booking" if len(found) == 1 else f"{len(found)} bookings"
            self.stdout.write(
                f"Of people who were erased since there is {number} ahead without a name: {', '.join(found)}"
            )

    def _reconcile(self, tenant: Tenant) -> None:
        again = f"Repeat `manage.py reconcile --tenant {tenant.slug}` until it finds nothing."
        if not settings.STRIPE_SECRET_KEY:
            self.stdout.write("No STRIPE_SECRET_KEY: payments were not compared with Stripe.")
            return
        ((_tenant, found),) = rounds.of_tenants([tenant], timedelta(days=3))
        for each in found:
            state = "healed" if each.is_healed else f"NOT HEALED: {each.advice}"
            self.stdout.write(f"{each.subject} {each.object_id}: {each.what} ({state})")
        is_away = any(each.subject in restored.TROUBLES for each in found)
        if Subscription.objects.filter(tenant=tenant).exclude(stripe_customer="").exists():
            try:
                acts.refresh(tenant.pk)
            except (ProviderTrouble, Refused):
                is_away = True
        if is_away:
            raise CommandError(f"The restore stands. Stripe could not be asked about everything. {again}", returncode=1)
        if not all(each.is_healed for each in found):
            raise CommandError(f"The restore stands. What is not healed needs somebody. {again}", returncode=1)
        self.stdout.write(f"Compared with Stripe: {len(found)} differences, all healed.")

    def _list(self) -> None:
        found = kept.of()
        for each in found:
            self.stdout.write(f"{each.name}  {each.size / 1e6:.1f} MB")
        if not found:
            self.stdout.write("Nothing is kept.")

    def _drop(self, slug: str, *, is_sure: bool) -> None:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {slug}.")
        names = [each.name for each in kept.of(tenant.schema_name)]
        if not is_sure:
            raise CommandError(f"This drops {', '.join(names) or 'nothing'}. Repeat with --yes.")
        for name in kept.drop(tenant.schema_name):
            self.stdout.write(f"{name} is gone.")


def _meaning(manifest: Manifest) -> str:
    tenant = Tenant.objects.filter(schema_name=manifest.schema).first()
    age = database_now() - manifest.made_at
    what = f"{manifest.slug} as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC ({age - age % timedelta(minutes=1)} ago)"
    if tenant is None:
        return f"This brings back {what}, which is gone."
    return f"This puts {tenant.slug} back to {what}: everything since then is lost."


def _told(done: Restored) -> str:
    closed = "" if done.closed_seconds is None else f" It was closed for {done.closed_seconds:.1f} s."
    return f"{done.tenant.slug} is as of {done.restoration.made_at:%Y-%m-%d %H:%M:%S} UTC.{closed}"
