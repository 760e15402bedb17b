"""What the platform tells those who work for tenants, on every page of the desk, for a time. In `public`."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject, Now
from django.utils.translation import gettext_lazy as _

MOST = 3
"""Shown at a time; the newest."""


class Announcement(models.Model):
    """A sentence or two in every language of the product; with a schema for one tenant, else for all."""

    class Tone(models.TextChoices):
        """How much it matters."""

        INFO = "info", _("For information")
        WARNING = "warning", _("Important")

    schema_name = models.CharField(max_length=63, blank=True)
    text_en = models.CharField(max_length=400)
    text_de = models.CharField(max_length=400)
    tone = models.CharField(max_length=7, choices=Tone.choices, default=Tone.INFO)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="announcement_span"),
        ]

    def __str__(self) -> str:
        return self.text_en[:60]


def current_for(schema_name: OuterRef) -> ArraySubquery:
    """What is told to a tenant now, newest first, for a query that reads the tenant: no further one is needed."""
    rows = Announcement.objects.filter(starts_at__lte=Now(), ends_at__gt=Now())
    mine = rows.filter(Q(schema_name="") | Q(schema_name=schema_name)).order_by("-starts_at", "-pk")[:MOST]
    told = JSONObject(pk="pk", tone="tone", en="text_en", de="text_de")
    return ArraySubquery(mine.values(told=told))
