"""A row remembers the schema it was read from."""

from collections.abc import Collection
from typing import Any, Self

from django.db import models

from schemas.current import current_schema


class WrongSchema(RuntimeError):
    """A row of one schema was about to be written, deleted or re-read in another (T03)."""


class SchemaBound(models.Model):
    """Base of every model that exists in tenant schemas.

    Two tenants have rows with equal ids, so saving a row after the schema was
    switched would overwrite somebody else's. The row refuses instead.
    """

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any) -> Self:
        """Read a row and note where it came from."""
        row = super().from_db(db, field_names, values, **more)
        row._schema = current_schema()
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, in the schema of origin only."""
        self._stay_home()
        super().save(*args, **kwargs)
        self._schema = current_schema()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete, in the schema of origin only."""
        self._stay_home()
        return super().delete(*args, **kwargs)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Read again, in the schema of origin only."""
        self._stay_home()
        super().refresh_from_db(*args, **kwargs)

    def _stay_home(self) -> None:
        origin = getattr(self, "_schema", None)
        if origin is not None and origin != current_schema():
            raise WrongSchema(
                f"{type(self).__name__} {self.pk} belongs to {origin}, but the current schema is "
                f"{current_schema()}. Enter its tenant_context first."
            )
