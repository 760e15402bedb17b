"""`manage.py erasures`: who was erased, as numbers, to be carried over a restore of the whole platform."""

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import tenant_context

from bookings.own import again
from schemas.clock import database_now
from tenants import erasures
from tenants.models import Erasure, Tenant

COLUMNS = ("schema", "table", "row", "at")
AT_ONCE = 1000


class Command(BaseCommand):
    """Thin over `tenants.erasures` and `own.again`."""

    help = (
        "Lists who was erased, as numbers without names, one JSON object a line. After a restore of the whole cluster"
        " to a moment, --again does what such a file lists, before anybody is let in."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Since when; or the file to do again."""
        parser.add_argument("--since", help="a moment such as 2026-11-22T11:58:00+00:00; without it, all that is kept")
        parser.add_argument("--again", metavar="PATH", help="a file of this command, or -: erase all of it again")

    def handle(self, *args: Any, **options: Any) -> None:
        """List, or do again."""
        if options["again"]:
            self._again(options["again"])
        else:
            self._list(_moment(options["since"]) if options["since"] else _oldest())

    def _list(self, since: datetime) -> None:
        for each in erasures.since(since).iterator(chunk_size=AT_ONCE):
            told = (each.schema_name, each.table, each.row, each.at.isoformat())
            self.stdout.write(json.dumps(dict(zip(COLUMNS, told, strict=True))))

    def _again(self, path: str) -> None:
        noted = _read(sys.stdin if path == "-" else Path(path).read_text().splitlines())
        erasures.write(noted)
        for schema in sorted({each.schema_name for each in noted}):
            tenant = Tenant.objects.filter(schema_name=schema).first()
            if tenant is None:
                self.stdout.write(f"{schema}: no such tenant; remembered.")
                continue
            first = min(each.at for each in noted if each.schema_name == schema)
            with tenant_context(tenant):
                done = again.erase(erasures.since(first).filter(schema_name=schema))
            self.stdout.write(f"{tenant.slug}: {done}")


def _read(lines: Iterable[str]) -> list[Erasure]:
    """All of a file, or nothing of it; of what stands there twice the latest."""
    found: dict[tuple[str, str, str], Erasure] = {}
    for number, line in enumerate(lines, start=1):
        try:
            told = json.loads(line)
            schema, table, row, at = (str(told[name]) for name in COLUMNS)
            found[schema, table, row] = Erasure(
                schema_name=schema, table=table, row=row, at=datetime.fromisoformat(at).astimezone(UTC)
            )
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(f"line {number} is none of this command: {type(error).__name__}") from error
    return list(found.values())


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise CommandError(f"{text} is no moment: write it as 2026-11-22T11:58:00+00:00") from error


def _oldest() -> datetime:
    return database_now() - timedelta(days=settings.BACKUPS_KEPT)
