"""That a tenant was put back from a backup, and how far that is. In `public`; the acts are in `tenants.backups`."""

from django.db import models
from django.db.models import Q


class Restoration(models.Model):
    """One restore of a tenant, which is named by its schema: the row outlives what it is about.

    `backup` is the backup's id and `made_at` when it was made. `state_before` is what the tenant goes back to; it is
    closed until `opened_at`. `kept_schema` holds what was there before, since `swapped_at`, until an operator drops it.
    `reconciled_at`: what Stripe knows and the backup does not is settled since then.
    """

    schema_name = models.CharField(max_length=63)
    backup = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    began_at = models.DateTimeField()
    state_before = models.CharField(max_length=10)
    kept_schema = models.CharField(max_length=63, blank=True)
    swapped_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    reconciled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schema_name"], condition=Q(opened_at=None), name="restoration_at_a_time"),
        ]
        indexes = [
            # Serves "what was this tenant restored from".
            models.Index(fields=["schema_name", "-id"], name="restoration_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.schema_name} as of {self.made_at:%Y-%m-%d %H:%M}"
