"""How far each schema has come in a roll-out of migrations: what an operator sees, and where the next run goes on.

What a schema has is in its own `django_migrations` (`tenants.behind` asks it). These rows say what was last tried.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SchemaMigration(models.Model):
    """The last roll-out that reached a schema. A schema that was never behind has no row."""

    class State(models.TextChoices):
        """`running` of a migrator that is dead is taken over by the next one."""

        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    schema_name = models.CharField(max_length=63, unique=True)
    # MD5 of the names of all migrations that were wanted.
    target = models.CharField(max_length=32)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    # Which migration, the kind of error and PostgreSQL's first line: no values of rows.
    error = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "running", "done", "failed"]),
                name="schemamigration_state_known",
            ),
        ]
        indexes = [
            # Serves the list of what is not done, whatever the number of schemas.
            models.Index(
                fields=["state", "schema_name"],
                condition=~models.Q(state="done"),
                name="schemamigration_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schema_name}: {self.state}"
