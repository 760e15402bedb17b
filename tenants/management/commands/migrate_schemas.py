"""`migrate_schemas`: the public schema, the template, canaries, then every tenant (docs/operations/upgrade.md)."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connection
from django_tenants.migration_executors.base import run_migrations
from django_tenants.utils import get_public_schema_name, schema_exists
from psycopg import sql

from tenants import drift, rollout
from tenants.behind import Schema, Wanted, behind, public_lacks, wanted
from tenants.models import PUBLIC_SLUG, Domain, Tenant
from tenants.slugs import skeleton
from tenants.template import TEMPLATE

NAMED = 20
"""Schemas that are listed by name."""


class Command(BaseCommand):
    """A run may be interrupted at any point; the next one goes on. Two at once share the work."""

    help = (
        "Migrates the public schema, the template for new tenants, canaries, then all tenants at once. What is up to"
        " date is skipped. Interrupted runs go on where they were; exits with 1 if anything is left behind."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what may be left out, and how many work at it."""
        which = parser.add_mutually_exclusive_group()
        which.add_argument("-s", "--schema", dest="schema_name", help="only this schema")
        which.add_argument("--shared", action="store_true", help="only the public schema")
        which.add_argument("--canary", action="store_true", help="as far as the canaries, and not the others")
        which.add_argument(
            "--check", "--plan", action="store_true", help="only say what is behind; exits with 1 if any"
        )
        parser.add_argument(
            "--verify", action="store_true", help="then hold the tables of every tenant against the template's"
        )
        parser.add_argument(
            "--workers",
            type=int,
            default=settings.MIGRATION_WORKERS,
            help="processes that migrate tenants (%(default)s)",
        )
        parser.add_argument("--fake", action="store_true", help="with -s: only write down that they were done")
        parser.add_argument("app_label", nargs="?", help="with -s or --shared: an app")
        parser.add_argument("migration_name", nargs="?", help="and how far, backwards too; `zero` for none")
        parser.add_argument("--noinput", action="store_false", dest="interactive", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked for: one schema, the public one, a look, or everything."""
        self.verbosity = int(options["verbosity"])
        if options["app_label"] and not (options["schema_name"] or options["shared"]):
            raise CommandError("Name a schema (-s) to migrate one app of it. All schemas only go forward, to the end.")
        if options["check"]:
            self._check(verify=options["verify"])
            return
        if options["schema_name"]:
            if not schema_exists(options["schema_name"]):
                raise CommandError(f"There is no schema {options['schema_name']}.")
            self._stock(options["schema_name"], options)
            return
        self._stock(get_public_schema_name(), {**options, "verbosity": max(0, self.verbosity - 1)})
        if not options["app_label"]:
            self._platform()
        if not options["shared"]:
            self._tenants(wanted(), options)

    def _stock(self, schema_name: str, options: dict[str, Any]) -> None:
        """Django's own command (`tenants.migrating.Command`) in one schema."""
        passed = ("verbosity", "interactive", "fake", "no_color", "force_color", "traceback", "stdout", "stderr")
        given = {name: options[name] for name in passed if name in options}
        given.update(database=DEFAULT_DB_ALIAS, fake_initial=False, plan=False, run_syncdb=False, skip_checks=True)
        given.update(check_unapplied=False, prune=False)
        given.update(app_label=options["app_label"], migration_name=options["migration_name"])
        run_migrations([], given, "forecourt", schema_name)

    def _platform(self) -> None:
        """The platform's own row and host, so that requests to it are found like any tenant's."""
        public, _ = Tenant.objects.get_or_create(
            schema_name=get_public_schema_name(),
            defaults={
                "name": "Forecourt",
                "slug": PUBLIC_SLUG,
                "slug_skeleton": skeleton(PUBLIC_SLUG),
                "state": Tenant.State.READY,
                "time_zone": "UTC",
                "currency": "EUR",
            },
        )
        Domain.objects.get_or_create(domain=settings.BASE_DOMAIN, defaults={"tenant": public, "is_primary": True})

    def _tenants(self, code: Wanted, options: dict[str, Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(TEMPLATE)))
        try:
            outcome = rollout.RollOut(code, options["workers"], self._say).run(canaries_only=options["canary"])
        except rollout.Stuck as stuck:
            raise CommandError(f"Somebody else has been migrating these for ten minutes: {stuck}") from stuck
        self._say(f"{len(outcome.migrated)} schemas migrated, {len(outcome.failed)} failed.")
        if outcome.stopped_at:
            raise CommandError(
                f"Stopped: the migrations fail at the {outcome.stopped_at} ({_listed(outcome.failed)}); no other tenant"
                " was touched. See the lines above."
            )
        if outcome.failed:
            raise CommandError(f"Failed, while all others went on: {_listed(outcome.failed)}. See the lines above.")
        if options["verify"]:
            self._verify()

    def _check(self, verify: bool) -> None:
        lacks, left = public_lacks(), behind(wanted())
        self._say(f"public: {_count(lacks)}")
        for schema in left[:NAMED]:
            self._say(f"{_title(schema)}: {_count(schema.missing)}")
        if len(left) > NAMED:
            self._say(f"and {len(left) - NAMED} more")
        if lacks or left:
            raise CommandError(f"{len(left) + bool(lacks)} schemas are behind.")
        self._say("Every schema is up to date.")
        if verify:
            self._verify()

    def _verify(self) -> None:
        differ = drift.drifted()
        if differ:
            raise CommandError(f"The tables of these differ from the template's: {_listed(differ)}")
        self._say("Every tenant's tables are like the template's.")

    def _say(self, line: str) -> None:
        if self.verbosity:
            self.stdout.write(line)
            self.stdout.flush()


def _count(missing: int) -> str:
    return f"lacks {missing} migration{'s' if missing > 1 else ''}" if missing else "up to date"


def _title(schema: Schema) -> str:
    return f"{schema.name} (canary)" if schema.is_canary else schema.name


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
