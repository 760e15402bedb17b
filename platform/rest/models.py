"""Answers already given, kept so that a repeated request gets the same one."""

from django.db import models

from schemas.models import SchemaBound


class IdempotencyRecord(SchemaBound):
    """The answer to one unsafe request with an `Idempotency-Key`, good for 24 hours.

    Written in the transaction of the change itself: either both are there or neither (R09, R10).
    """

    principal = models.CharField(max_length=80)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    key = models.CharField(max_length=255)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(default="")
    location = models.CharField(max_length=300, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "key", "method", "path"], name="idempotency_scope"),
        ]
        indexes = [
            # Serves the purge of answers older than a day.
            models.Index(fields=["created_at"], name="idempotency_age"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"
