"""Who was erased, as numbers, outside of the tenants' schemas: a backup that is older must not bring them back.

No name, no address: a schema, a table and a row of it. `note` writes in the transaction of the erasure; who does an
erasure again after a restore is `bookings.own.again`. Rows outlive their tenant, for it may be put back, too, and are
kept for as long as a backup may be (`settings.BACKUPS_KEPT`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.db.models.functions import Now

from schemas.current import current_schema

AT_ONCE = 1000


class Erasure(models.Model):
    """A row of a tenant's table lost what names somebody. `table` is a model's label, `row` its primary key as text."""

    schema_name = models.CharField(max_length=63)
    table = models.CharField(max_length=40)
    row = models.CharField(max_length=36)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schema_name", "table", "row"], name="erasure_once"),
        ]
        indexes = [
            # Serves what a restore asks: who was erased in this schema since.
            models.Index(fields=["schema_name", "at"], name="erasure_since"),
            # Serves the list of all, and the sweep of what no backup can bring back.
            models.Index(fields=["at", "id"], name="erasure_at"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row} of {self.schema_name}"


def note(table: str, rows: Iterable[object], at: datetime) -> None:
    """Remember that rows of the current tenant were erased, in the caller's transaction."""
    schema = current_schema()
    names = sorted(str(row) for row in rows)
    write(Erasure(schema_name=schema, table=table, row=name, at=at) for name in names)


def write(erasures: Iterable[Erasure]) -> None:
    """Write them, whoever brings them; what is known is so since the time that is told."""
    Erasure.objects.bulk_create(
        list(erasures),
        update_conflicts=True,
        unique_fields=["schema_name", "table", "row"],
        update_fields=["at"],
        batch_size=AT_ONCE,
    )


def since(at: datetime) -> QuerySet[Erasure]:
    """All that were noted from a moment on, in their order."""
    return Erasure.objects.filter(at__gte=at).order_by("at", "pk")


def over() -> QuerySet[Erasure]:
    """Those that no backup can bring back any more."""
    return Erasure.objects.filter(at__lt=Now() - timedelta(days=settings.BACKUPS_KEPT))
